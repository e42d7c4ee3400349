"""A split that silver holds and a later payload forgets, although the close moved by it."""

from datetime import timedelta
from math import log
from shlex import quote
from typing import Any

import polars as pl

from include.silver.actions.deciding import CLEARLY_MOVED
from include.silver.actions.record import ACTIONS
from include.silver.quarantine import Evidence, Quarantine

FORGOTTEN_SPLIT = "forgotten_split"
SAY_THE_SAME = timedelta(days=30)  # payloads that far apart, without one between them that knows it, are believed


def forgets_split(evidence: Evidence) -> Quarantine | None:
    """The rule of a weekly payload: it knows the splits that silver holds."""
    if (evidence.history["split_to"] == evidence.history["split_from"]).all():
        return None
    own = evidence.weeks.with_columns(
        pl.col("close").cast(pl.Float64),
        pl.col("close").cast(pl.Float64).shift(1).alias("previous_close"),
        pl.col("week_ending").shift(1).alias("previous_week"),
        (pl.col("is_retained") | pl.col("is_retained").shift(1)).alias("is_outside"),
    )
    for week in (
        _held_splits(evidence.history)
        .join(own, on=("week_ending", "previous_week"), suffix="_own")
        .iter_rows(named=True)
    ):
        if _is_forgotten(week) and not _is_believed(evidence, week):
            return _forgotten(evidence, week)
    return None


def _held_splits(history: pl.DataFrame) -> pl.DataFrame:
    close = pl.col("close").cast(pl.Float64)
    before = history.select(
        "week_ending",
        close,
        *(name for name in ACTIONS if name.startswith("split")),
        close.shift(1).alias("previous_close"),
        pl.col("week_ending").shift(1).alias("previous_week"),
    )
    return before.filter(pl.col("split_to") != pl.col("split_from"))


def _is_forgotten(week: dict[str, Any]) -> bool:
    is_unchanged = (week["close"], week["previous_close"]) == (week["close_own"], week["previous_close_own"])
    high = week["factor_growth_high"]
    says_none = week["factor_growth_low"] <= 1 and (high is None or high >= 1)
    if week["is_outside"] or not is_unchanged or week["split_to_own"] != week["split_from_own"] or not says_none:
        return False
    move, split = log(week["close"] / week["previous_close"]), log(week["split_to"] / week["split_from"])
    return abs(split + move) < abs(move) - log(CLEARLY_MOVED)


def _is_believed(evidence: Evidence, week: dict[str, Any]) -> bool:
    now = evidence.payload.key.fetched_at
    since = evidence.since.get((FORGOTTEN_SPLIT, week["week_ending"]), now)
    is_not_listed = evidence.lists.tells_of(week["week_ending"]) and not evidence.lists.splits_in(week["week_ending"])
    return bool(week["is_accepted"]) or is_not_listed or now - since >= SAY_THE_SAME


def _forgotten(evidence: Evidence, week: dict[str, Any]) -> Quarantine:
    symbol, ending = quote(evidence.payload.symbol), week["week_ending"]
    return Quarantine(
        rule=FORGOTTEN_SPLIT,
        week_ending=ending,
        value=f"forgets the {week['split_to']}:{week['split_from']} split of {ending}",
        bound="a split that silver holds is in every later payload, if the close moved by it",
        way_out=(
            f"the source mends it, or still says so after {SAY_THE_SAME.days} days, or its list of splits lacks it; or,"
            " if there was no split: "
            f"make accept SYMBOL={symbol} WEEK={ending}"
        ),
    )
