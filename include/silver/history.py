"""Merge a new payload with a symbol's stored history: keep weeks that the source has dropped, detect restatements.

The source cuts the oldest weeks, restates the adjusted close of all others, at times garbles a row or responds from an
old copy. Weeks outside the newer payload's span, or garbled in it, are *retained*: raw values and what happened in them
as they were, adjusted close rescaled to the newer payload's basis. Weeks that it leaves out in between are gone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import accumulate

import polars as pl

from include.exchanges import week_ending_of
from include.silver.actions.infer import add_corporate_actions
from include.silver.actions.record import ACTIONS, NOT_RECORDED, RESTS_ON
from include.silver.normalize import NormalizedSeries
from include.silver.raw_restatement import RawRestatement, restate_raw
from include.silver.schema import EXACT, to_exact
from include.silver.weeks import WEEKLY_COLUMNS, WEEKLY_PRICES

KEY = ("symbol", "week_ending")


@dataclass(frozen=True)
class Restatement:
    """How a newer payload rewrote closed weeks; the adjusted close of the newest of them, None where it is null."""

    rows_changed: int
    first_week: date
    last_week: date
    old_adjusted_close: Decimal | None
    new_adjusted_close: Decimal | None
    cause: str


def merge_history(
    series: NormalizedSeries, stored: pl.DataFrame, restated: RawRestatement | None = None
) -> pl.DataFrame:
    """Merge one symbol's newer payload with its stored series: the payload's weeks, and those that are retained.

    Shape:  stored (k, KEY and WEEKLY_COLUMNS) or empty, in other shares where raw closes are restated -> (n, the
            payload's columns, is_retained, received_adjusted_close, ACTIONS as recorded and RESTS_ON), one row per
            week_ending, sorted.
    """
    received = pl.lit(None, EXACT).alias("received_adjusted_close")
    fresh = series.rows.with_columns(pl.lit(value=False).alias("is_retained"), received)
    if stored.is_empty() or fresh.is_empty():  # a payload without one good row says nothing about the history
        return fresh.with_columns(NOT_RECORDED)
    held = restate_raw(stored, restated).sort("week_ending").pipe(_add_what_actions_rest_on)
    known = fresh.join(held.select(*KEY, *ACTIONS, *RESTS_ON), on=KEY, how="left", maintain_order="left")
    retained = _retain_lost_weeks(series, held)
    if retained.is_empty():
        return known
    own = known.join(retained, on=KEY, how="anti", maintain_order="left")
    return pl.concat([own, retained.select(own.columns)], how="vertical_relaxed").sort("week_ending")


def add_actions_to_all(merged: Sequence[pl.DataFrame]) -> list[pl.DataFrame]:
    """Add the corporate actions to many symbols' series at once, which is several times faster than one by one.

    Shape:  -> one frame (n, KEY and WEEKLY_COLUMNS) for each given, its decimals as exact as before.
    """
    if not merged:
        return []
    everything = add_corporate_actions(pl.concat(merged, how="vertical_relaxed")).select(*KEY, *WEEKLY_COLUMNS)
    starts = accumulate((series.height for series in merged), initial=0)
    return [
        everything.slice(start, series.height).cast({name: series.schema[name] for name in WEEKLY_PRICES.names})
        for start, series in zip(starts, merged, strict=False)
    ]


def find_restatement(
    series: NormalizedSeries, stored: pl.DataFrame, rows: pl.DataFrame, restated: RawRestatement | None = None
) -> Restatement | None:
    """See whether a payload rewrote weeks that were closed, and why.

    Shape:  series, stored and restated as for `merge_history`, rows what it gave, with all actions.
    """
    if stored.is_empty():
        return None
    common = _join_common(series.rows, stored)
    # A field that is null on one side was not believed there: nobody knows whether it was rewritten.
    is_rewritten = pl.any_horizontal(
        (pl.col(name) != pl.col(f"{name}_stored")).fill_null(value=False) for name in WEEKLY_PRICES.names
    )
    # A retained week that comes back differs by the rounding of its rescaled adjusted close.
    changed = common.filter(pl.col("is_complete_week_stored") & ~pl.col("is_retained") & is_rewritten)
    if changed.is_empty():
        return None
    newest = changed.row(-1, named=True)
    return Restatement(
        rows_changed=changed.height,
        first_week=changed["week_ending"][0],
        last_week=newest["week_ending"],
        old_adjusted_close=newest["adjusted_close_stored"],
        new_adjusted_close=newest["adjusted_close"],
        cause="split" if restated else _cause(common, rows, last_week=newest["week_ending"]),
    )


def _add_what_actions_rest_on(held: pl.DataFrame) -> pl.DataFrame:
    high = pl.col("factor_growth_high").fill_null(float("inf"))
    has_one = (pl.col("factor_growth_low") <= 1) & (high >= 1)
    has_none = pl.col("total_return_factor") == pl.col("unit_factor")
    # A growth that the newest week is doubted for is judged again when its way back can be known.
    is_provisional = (pl.col("week_ending") == pl.col("week_ending").max()) & pl.col("is_action_unsure")
    is_doubted = (is_provisional & has_none & ~has_one).fill_null(value=False)
    return held.with_columns(
        pl.when(~is_doubted).then("factor_growth").alias("factor_growth"),
        pl.col("close").alias("recorded_close"),
        pl.col("close").shift(1).alias("recorded_previous_close"),
        pl.col("week_ending").shift(1).alias("recorded_previous_week"),
        pl.col("dividend_amount").alias("recorded_dividend_amount"),
        (pl.col("adjusted_close").is_not_null() & ~pl.col("is_factor_returning")).alias("recorded_is_factor_known"),
    )


def _join_common(payload: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    return payload.join(stored, on=KEY, suffix="_stored").sort("week_ending")


def _is_rejected(series: NormalizedSeries) -> pl.Expr:
    """Whether the payload said something of a week that cannot be believed; if it does not say of which, of any."""
    days = series.rejected_dates
    fridays = [week_ending_of(day) for day in days if day]
    is_of_unknown_date = pl.lit(None in days) & ~pl.col("week_ending").is_in(series.rows["week_ending"].implode())
    return pl.col("week_ending").is_in(fridays) | is_of_unknown_date


def _retain_lost_weeks(series: NormalizedSeries, stored: pl.DataFrame) -> pl.DataFrame:
    common = _join_common(series.rows, stored)
    closed = common.filter(pl.col("is_complete_week") & pl.col("is_complete_week_stored"))
    week, weeks = pl.col("week_ending"), series.rows["week_ending"]
    is_beyond = (week < pl.lit(weeks.min(), pl.Date)) | (week > pl.lit(weeks.max(), pl.Date))
    lost = stored.filter(is_beyond | (pl.col("is_complete_week") & _is_rejected(series)))
    # The factor a ÷ c, not a alone: a raw close may have been corrected in between.
    ratios = closed.select("week_ending", (_factor("") / _factor("_stored")).alias("ratio")).drop_nulls()
    ratio = pl.col("ratio").fill_null(1.0)
    rescaled = to_exact(pl.col("adjusted_close").cast(pl.Float64) * ratio)
    return lost.join_asof(ratios, on="week_ending", strategy="nearest").with_columns(
        pl.when(ratio == 1).then("adjusted_close").otherwise(rescaled).alias("adjusted_close"),
        pl.coalesce("received_adjusted_close", "adjusted_close").alias("received_adjusted_close"),
        pl.lit(value=True).alias("is_retained"),
    )


def _factor(suffix: str) -> pl.Expr:
    return pl.col(f"adjusted_close{suffix}").cast(pl.Float64) / pl.col(f"close{suffix}").cast(pl.Float64)


def _cause(common: pl.DataFrame, rows: pl.DataFrame, *, last_week: date) -> str:
    # A dividend or split rescales all earlier weeks, so its cause lies after the newest rewritten week.
    is_rescaled = (
        common.filter(pl.col("week_ending") == last_week)
        .select(
            (pl.col("adjusted_close") != pl.col("adjusted_close_stored")) & (pl.col("close") == pl.col("close_stored"))
        )
        .item()
    )
    since = rows.filter(pl.col("week_ending") > last_week)
    if is_rescaled and since.filter(pl.col("split_to") != pl.col("split_from")).height:
        return "split"
    if is_rescaled and since.filter(pl.col("dividend_amount") > 0).height:
        return "dividend"
    return "correction"
