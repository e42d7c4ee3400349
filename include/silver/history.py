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
from include.silver.corporate_actions import ACTIONS, add_corporate_actions
from include.silver.normalize import NormalizedSeries
from include.silver.schema import EXACT, to_exact
from include.silver.weeks import WEEKLY_COLUMNS, WEEKLY_PRICES

KEY = ("symbol", "week_ending")
# What a fresh row does not have yet, and a retained one has.
NOT_YET = [pl.lit(None, dtype).alias(name) for name, dtype in {"received_adjusted_close": EXACT, **ACTIONS}.items()]


@dataclass(frozen=True)
class Restatement:
    """How a newer payload rewrote closed weeks; the adjusted close of the newest of them, None where it is null."""

    rows_changed: int
    first_week: date
    last_week: date
    old_adjusted_close: Decimal | None
    new_adjusted_close: Decimal | None
    cause: str


def merge_history(series: NormalizedSeries, stored: pl.DataFrame) -> pl.DataFrame:
    """Merge one symbol's newer payload with its stored series: the payload's weeks, and those that are retained.

    Shape:  stored (k, KEY and WEEKLY_COLUMNS) or empty -> (n, the payload's columns, is_retained, and what only
            retained rows have yet: received_adjusted_close and ACTIONS), one row per week_ending, sorted.
    """
    fresh = series.rows.with_columns(pl.lit(value=False).alias("is_retained"), *NOT_YET)
    if stored.is_empty() or fresh.is_empty():  # a payload without one good row says nothing about the history
        return fresh
    retained = _retain_lost_weeks(series, stored)
    if retained.is_empty():
        return fresh
    own = fresh.join(retained, on=KEY, how="anti")
    return pl.concat([own, retained.select(own.columns)], how="vertical_relaxed").sort("week_ending")


def add_actions_to_all(merged: Sequence[pl.DataFrame]) -> list[pl.DataFrame]:
    """Add the corporate actions to many symbols' series at once, which is several times faster than one by one.

    Shape:  -> one frame (n, KEY and WEEKLY_COLUMNS) for each given, its decimals as exact as before.
    """
    if not merged:
        return []
    recorded = {name: f"{name}_recorded" for name in ACTIONS}
    everything = add_corporate_actions(pl.concat(merged, how="vertical_relaxed").rename(recorded)).select(
        *KEY,
        *(name for name in WEEKLY_COLUMNS if name not in ACTIONS),
        # Keep the actions recorded for a retained week: they were inferred when its data was complete.
        *(pl.when("is_retained").then(recorded[name]).otherwise(name).alias(name) for name in ACTIONS),
    )
    starts = accumulate((series.height for series in merged), initial=0)
    return [
        everything.slice(start, series.height).cast({name: series.schema[name] for name in WEEKLY_PRICES.names})
        for start, series in zip(starts, merged, strict=False)
    ]


def find_restatement(series: NormalizedSeries, stored: pl.DataFrame, rows: pl.DataFrame) -> Restatement | None:
    """See whether a payload rewrote weeks that were closed, and why.

    Shape:  series and stored as for `merge_history`, rows what it gave, with all actions.
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
        cause=_cause(common, rows, last_week=newest["week_ending"]),
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
    if is_rescaled and since.filter(pl.col("split_factor") != 1).height:
        return "split"
    if is_rescaled and since.filter(pl.col("dividend_amount") > 0).height:
        return "dividend"
    return "correction"
