"""Weeks whose raw open, high and low are on two scales, because the action fell inside the week."""

from fractions import Fraction
from math import log
from typing import Any

import polars as pl

from include.silver.actions.record import exact, factor_of, recorded

LEAST_JUMP = Fraction(2, 100)


def add_is_mixed_scale(weeks: pl.DataFrame) -> pl.DataFrame:
    """Flag the weeks on two scales; a retained week stays as recorded.

    Shape:  (n, with the action's factors, _open, _previous_close) -> is_mixed_scale added.
    """
    is_factor = (
        (pl.col("split_to") != pl.col("split_from")) | (pl.col("other_factor") != 1) | (pl.col("unit_factor") != 1)
    )
    next_unit = pl.col("unit_factor").shift(-1).over("symbol").alias("_next_unit")
    moved = weeks.with_columns(next_unit).filter(is_factor & pl.col("growth").is_not_null()).iter_rows(named=True)
    mixed = [week["row"] for week in moved if _is_in_another_unit(week) or _is_inside(week)]
    return weeks.with_columns(
        pl.when("is_retained")
        .then(recorded("is_mixed_scale"))
        .otherwise(pl.col("row").is_in(mixed) if mixed else pl.lit(value=False))
        .alias("is_mixed_scale")
    )


def _is_in_another_unit(week: dict[str, Any]) -> bool:
    """Whether the week alone is in another unit: the next has the one before."""
    unit, next_unit = week["unit_factor"], week["_next_unit"]
    return unit != 1 and next_unit is not None and exact(unit) * exact(next_unit) == 1


def _is_inside(week: dict[str, Any]) -> bool:
    factor = factor_of(week)
    if abs(factor - 1) <= LEAST_JUMP:
        return False
    if week["_open"] is None:
        return True
    gap = log(week["_open"] / week["_previous_close"])
    return abs(gap + log(factor.numerator) - log(factor.denominator)) >= abs(gap)
