"""Silver keeps what it holds: which recorded actions stay, whatever a newer payload would make of their weeks."""

import polars as pl

from include.silver.actions.growth import MEASURES
from include.silver.actions.record import recorded, split_of

SAME_AMOUNT = 1e-4  # a dividend restated in new shares has four decimals
GROWTH = tuple(f"factor_{name}" for name in MEASURES)


def add_is_kept(weeks: pl.DataFrame) -> pl.DataFrame:
    """Flag the weeks whose recorded action stays, among them all retained weeks.

    It stays as long as both raw closes and the dividend are unchanged and the new growth agrees within both intervals,
    or is not known. Where it was sure and cannot be the finer growth of a newer payload, that payload knows more; of a
    payload's oldest week after retained ones the older payload did.
    Shape:  (n, with `growth.MEASURES`, ACTIONS recorded and RESTS_ON) -> is_kept added.
    """
    is_recorded = pl.col(recorded("factor_growth")).is_not_null()
    follows_the_same = pl.col("previous_week") == pl.col("recorded_previous_week")
    is_unchanged = (
        (pl.col("_close") == pl.col("recorded_close").cast(pl.Float64))
        & (pl.col("_previous_close") == pl.col("recorded_previous_close").cast(pl.Float64))
        & pl.col("_amount").eq_missing(pl.col("recorded_dividend_amount").cast(pl.Float64))
    )
    agrees = ~pl.col("is_factor_known") | (
        pl.col("recorded_is_factor_known") & _overlaps() & (_explains() | ~_is_narrower())
    )
    moved = (pl.col("_amount") - pl.col("recorded_dividend_amount").cast(pl.Float64)).abs()
    stays = pl.when(_follows_retained()).then(moved.fill_null(0.0) <= SAME_AMOUNT).otherwise(is_unchanged & agrees)
    is_kept = pl.col("is_retained") | (is_recorded & follows_the_same & stays)
    return weeks.with_columns(is_kept.fill_null(value=False).alias("is_kept"))


def add_kept_growth(weeks: pl.DataFrame) -> pl.DataFrame:
    """Add the growth on record: the narrower of both where an action is kept, and the total return read from it.

    Shape:  (n, with is_kept) -> GROWTH added; total_return_factor of kept weeks, else null.
    """
    takes_own = ~pl.col("is_kept") | (_is_narrower() & ~pl.col("is_retained") & ~_follows_retained())
    paid = pl.col(recorded("dividend_per_share")) + pl.col(recorded("distribution_per_share"))
    # What an earlier version recorded has no total return: there it is what the adjusted closes say.
    held = pl.coalesce(recorded("total_return_factor"), "growth", 1.0)
    unit = pl.col(recorded("unit_factor"))
    is_read_from_growth = (paid > 0) & (held == unit * pl.col(recorded("factor_growth")))
    return weeks.with_columns(
        *(
            pl.when(takes_own).then(own).otherwise(recorded(name)).alias(name)
            for own, name in zip(MEASURES, GROWTH, strict=True)
        ),
        pl.when("is_kept")
        .then(pl.when(takes_own & is_read_from_growth).then(unit * pl.col("growth")).otherwise(held))
        .alias("total_return_factor"),
    )


def is_held_distribution() -> pl.Expr:
    """Whether the payment of a kept week is on record as a distribution: it stays one."""
    return pl.col("is_kept") & (pl.col(recorded("distribution_per_share")) > 0)


def _follows_retained() -> pl.Expr:
    return pl.col("is_retained").shift(1).over("symbol").fill_null(value=False)


def _overlaps() -> pl.Expr:
    low, high = pl.col(recorded("factor_growth_low")), pl.col(recorded("factor_growth_high")).fill_null(float("inf"))
    return (low <= pl.col("growth_high").fill_null(float("inf"))) & (pl.col("growth_low") <= high)


def _explains() -> pl.Expr:
    factor = split_of(recorded) * pl.col(recorded("other_factor"))
    paid = pl.col(recorded("dividend_per_share")).cast(pl.Float64)
    most, least = factor * (1 + paid / pl.col("_low")), factor * (1 + paid / pl.col("_high"))
    fits = (pl.col("growth_low") <= most) & (least <= pl.col("growth_high").fill_null(float("inf")))
    return pl.col(recorded("is_action_unsure")) | fits


def _is_narrower() -> pl.Expr:
    return (_width(*MEASURES) < _width(*map(recorded, GROWTH))) & pl.col("is_factor_known")


def _width(point: str, low: str, high: str) -> pl.Expr:
    return ((pl.col(high) - pl.col(low)) / pl.col(point)).fill_null(float("inf"))
