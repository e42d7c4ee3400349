"""Lay a newer answer over the history that silver holds of the symbol: carry old weeks, see what was rewritten.

The source cuts the oldest weeks and restates the adjusted close of all others. Weeks that the newer answer no longer
holds are *carried*: raw values as they were, adjusted close rescaled to the newer answer's basis.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import accumulate

import polars as pl

from include.errors import ReusedTicker
from include.silver.corporate_actions import add_corporate_actions
from include.silver.schema import MOST_DECIMALS, MOST_DIGITS, WEEKLY_COLUMNS

SAME_SECURITY_SHARE = 0.9  # of the common raw closes; corrections touch single weeks, never a tenth of them
ENOUGH_TO_JUDGE = 10  # common weeks: in fewer, one corrected close would be more than that tenth
ACCEPT = "held back; to begin a new history with it: make replay SYMBOLS=… FROM=<the day it was fetched>"
RECEIVED = ("open", "high", "low", "close", "adjusted_close", "volume", "dividend_amount")
KEY = ("symbol", "week_ending")
MONEY_COLUMNS = ("open", "high", "low", "close", "adjusted_close", "dividend_amount")


@dataclass(frozen=True)
class Restatement:
    """How a newer answer rewrote closed weeks; old and new value of the newest changed row."""

    rows_changed: int
    first_week: date
    last_week: date
    old_adjusted_close: Decimal
    new_adjusted_close: Decimal
    cause: str


def lay_over(answer: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    """Lay one symbol's newer answer over its stored series: the answer, before it what is carried.

    Shape:  answer as `normalize_weekly` returns it, stored (k, KEY and WEEKLY_COLUMNS) or empty
            -> (n, the answer's columns and is_carried), one row per week_ending, sorted; corporate actions yet to add.
    Raises: ReusedTicker when fewer than 90 % of the common raw closes are equal, or no week is common to older ones.
    """
    fresh = answer.with_columns(pl.lit(value=False).alias("is_carried"))
    if stored.is_empty():
        return fresh
    common = _join_common(answer, stored)
    closed = common.filter(pl.col("is_complete_week") & pl.col("is_complete_week_stored"))
    older = stored.filter(pl.col("week_ending") < pl.lit(answer["week_ending"].min(), pl.Date))
    _check_is_same_security(older, closed)
    carried = [_carry(older, closed).select(fresh.columns)] if older.height else []
    return pl.concat([*carried, fresh], how="vertical_relaxed")


def add_actions_to_all(laid_over: Sequence[pl.DataFrame]) -> list[pl.DataFrame]:
    """Add the corporate actions to many symbols' series at once, which is several times faster than one by one.

    Shape:  -> one frame (n, KEY and WEEKLY_COLUMNS) for each given, its decimals as exact as before.
    """
    if not laid_over:
        return []
    everything = add_corporate_actions(pl.concat(laid_over, how="vertical_relaxed")).select(*KEY, *WEEKLY_COLUMNS)
    starts = accumulate((series.height for series in laid_over), initial=0)
    return [
        everything.slice(start, series.height).cast({name: series.schema[name] for name in MONEY_COLUMNS})
        for start, series in zip(starts, laid_over, strict=False)
    ]


def find_restatement(answer: pl.DataFrame, stored: pl.DataFrame, rows: pl.DataFrame) -> Restatement | None:
    """See whether an answer rewrote weeks that were closed, and why.

    Shape:  answer and stored as for `lay_over`, rows the series with its actions.
    """
    if stored.is_empty():
        return None
    common = _join_common(answer, stored)
    is_rewritten = pl.any_horizontal(pl.col(name) != pl.col(f"{name}_stored") for name in RECEIVED)
    changed = common.filter(pl.col("is_complete_week_stored") & is_rewritten)
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


def _join_common(answer: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    return answer.join(stored, on=KEY, suffix="_stored").sort("week_ending")


def _check_is_same_security(older: pl.DataFrame, closed: pl.DataFrame) -> None:
    if closed.is_empty():
        if older.height:
            raise ReusedTicker(
                f"{older['symbol'][0]}: the answer shares no week with the {older.height} older weeks held; {ACCEPT}"
            )
        return
    equal = closed.select((pl.col("close") == pl.col("close_stored")).mean()).item()
    if equal < SAME_SECURITY_SHARE and (older.height or closed.height >= ENOUGH_TO_JUDGE):
        raise ReusedTicker(
            f"{closed['symbol'][0]}: only {equal:.0%} of the raw closes of common weeks agree with those held; {ACCEPT}"
        )


def _carry(older: pl.DataFrame, closed: pl.DataFrame) -> pl.DataFrame:
    # The factor a ÷ c, not a alone: a raw close may have been corrected in between.
    ratio = closed.select(_factor("") / _factor("_stored")).item(0, 0)
    rescaled = pl.col("adjusted_close") if ratio == 1 else (pl.col("adjusted_close").cast(pl.Float64) * ratio)
    return older.with_columns(
        rescaled.round(MOST_DECIMALS).cast(pl.Decimal(MOST_DIGITS, MOST_DECIMALS)).alias("adjusted_close"),
        pl.lit(value=True).alias("is_carried"),
    )


def _factor(suffix: str) -> pl.Expr:
    return pl.col(f"adjusted_close{suffix}").cast(pl.Float64) / pl.col(f"close{suffix}").cast(pl.Float64)


def _cause(common: pl.DataFrame, rows: pl.DataFrame, *, last_week: date) -> str:
    # A history is rescaled by what happened after its newest rewritten week.
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
