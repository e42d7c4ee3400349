"""What silver records of a week's action: the columns, and what stands there where nothing happened."""

from collections.abc import Callable, Mapping
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import polars as pl
from polars.datatypes import DataType, DataTypeClass

from include.silver.schema import EXACT, LIMIT, MOST_DECIMALS, MOST_DIGITS

ACTIONS: dict[str, DataType | DataTypeClass] = {
    "split_to": pl.Int64,
    "split_from": pl.Int64,
    "unit_factor": pl.Float64,
    "other_factor": pl.Float64,
    "total_return_factor": pl.Float64,
    "dividend_per_share": EXACT,
    "special_dividend_per_share": EXACT,
    "distribution_per_share": EXACT,
    "factor_growth": pl.Float64,
    "factor_growth_low": pl.Float64,
    "factor_growth_high": pl.Float64,
    "is_action_unsure": pl.Boolean,
    "is_action_listed": pl.Boolean,
    "is_factor_returning": pl.Boolean,
    "is_factor_coarse": pl.Boolean,
    "is_mixed_scale": pl.Boolean,
}
# What a recorded action rests on: the two weeks and the dividend as silver held them.
RESTS_ON: dict[str, DataType | DataTypeClass] = {
    "recorded_close": EXACT,
    "recorded_previous_close": EXACT,
    "recorded_previous_week": pl.Date,
    "recorded_dividend_amount": EXACT,
    "recorded_is_factor_known": pl.Boolean,
}
NOT_RECORDED = [pl.lit(None, dtype).alias(name) for name, dtype in {**ACTIONS, **RESTS_ON}.items()]


def recorded(name: str) -> str:
    """The column that holds what silver recorded, beside what is inferred now."""
    return f"{name}_recorded"


def split_of(name_of: Callable[[str], str] = str) -> pl.Expr:
    """Shares that a share became, as a float."""
    return pl.col(name_of("split_to")) / pl.col(name_of("split_from"))


def exact(number: float | Decimal) -> Fraction:
    """A number as it is written, so that 1.02 is 2 % above 1."""
    return Fraction(str(number))


def factor_of(week: Mapping[str, Any]) -> Fraction:
    """F of a week, exactly: split × unit × other."""
    return Fraction(week["split_to"], week["split_from"]) * exact(week["unit_factor"]) * exact(week["other_factor"])


def to_decimal(amount: Fraction) -> Decimal | None:
    """An amount as silver holds it; None where it is larger than any price."""
    if amount >= LIMIT:
        return None
    with localcontext(prec=MOST_DIGITS):
        return round(Decimal(amount.numerator) / Decimal(amount.denominator), MOST_DECIMALS)
