"""Adjusted closes that cannot stand: factors that go and come back, and what is taken in their place or for a null."""

from collections.abc import Iterator

import polars as pl

from include.silver.actions.growth import ROUNDING
from include.silver.schema import EXACT, to_exact

LEAST_JUMP = 0.02
Factor = tuple[float, float]  # an adjusted close as received, and the raw close beside it


def add_is_factor_returning(weeks: pl.DataFrame) -> pl.DataFrame:
    """Flag the weeks whose factor goes and comes back with the next, and count their factor as unknown.

    Shape:  (n, with `growth.MEASURES`) -> is_factor_returning added, is_factor_known false where it is true.
    A retained week stays as recorded.
    """
    recorded = pl.col("is_retained") & pl.col("is_factor_returning_recorded").fill_null(value=False)
    symbols = _find_candidates(weeks)
    rows = [row for symbol in symbols for row in _find_returning(weeks.filter(symbol=symbol, is_retained=False))]
    is_returning = recorded | pl.col("row").is_in(rows) if rows else recorded
    return weeks.with_columns(
        is_returning.alias("is_factor_returning"), (pl.col("is_factor_known") & ~is_returning).alias("is_factor_known")
    )


def add_inferred_adjusted_close(weeks: pl.DataFrame) -> pl.DataFrame:
    """Add what a missing adjusted close is taken to be: the close on the factor of the week before.

    Shape:  (n, with ACTIONS) -> inferred_adjusted_close added, null where the factor is known.
    """
    if weeks["is_factor_known"].all():
        return weeks.with_columns(pl.lit(None, EXACT).alias("inferred_adjusted_close"))
    # Before the first known factor it is that of the week after; of a series without any it is 1 in the newest week.
    is_known = pl.col("is_factor_known")
    growth = (pl.col("total_return_factor") / pl.col("unit_factor")).cum_prod().over("symbol")
    level = pl.when(is_known).then(pl.col("adjusted_close").cast(pl.Float64)) / pl.col("_close") / growth
    factor = growth * pl.coalesce(
        level.forward_fill().over("symbol"), level.backward_fill().over("symbol"), 1 / growth.last().over("symbol")
    )
    inferred = to_exact(factor * pl.col("_close"))
    return weeks.with_columns(pl.when(~is_known & (inferred > 0)).then(inferred).alias("inferred_adjusted_close"))


def _find_candidates(weeks: pl.DataFrame) -> list[str]:
    low, high = pl.col("growth_low"), pl.col("growth_high").fill_null(float("inf"))
    next_low, next_high = (value.shift(-1).over("symbol") for value in (low, high))
    is_jump = (pl.col("growth") - 1).abs() > LEAST_JUMP
    comes_back = is_jump & (low * next_low <= 1) & (high * next_high >= 1)
    return weeks.filter(comes_back & pl.col("is_factor_known") & ~pl.col("is_retained"))["symbol"].unique().to_list()


def _find_returning(weeks: pl.DataFrame) -> Iterator[int]:
    # Oldest first, one after the other, so that the good week between two bad ones is not taken for one.
    adjusted = pl.when("is_factor_known").then(pl.col("adjusted_close").cast(pl.Float64))
    rows = weeks.select("row", adjusted, "_close").rows()
    factors = [(own, close) if own else None for _, own, close in rows]
    factor = factors[0]
    for place in range(1, len(rows)):
        own, after = factors[place], factors[place + 1] if place + 1 < len(rows) else None
        if factor and own and after and _comes_back(factor, own, after):
            yield rows[place][0]
            own = None
        factor = own or factor


def _comes_back(before: Factor, own: Factor, after: Factor) -> bool:
    there, back = _growth(own, before), _growth(after, own)
    low, high = there[0] * back[0], there[2] * back[2]
    has_moved = abs(there[1] - 1) > LEAST_JUMP and not there[0] <= 1 <= there[2]
    return has_moved and low <= 1 <= high


def _growth(factor: Factor, before: Factor) -> tuple[float, float, float]:
    (adjusted, close), (adjusted_before, close_before) = factor, before
    raw = close_before / close
    high = float("inf")
    if adjusted_before > ROUNDING:
        high = raw * (adjusted + ROUNDING) / (adjusted_before - ROUNDING)
    return raw * (adjusted - ROUNDING) / (adjusted_before + ROUNDING), raw * adjusted / adjusted_before, high
