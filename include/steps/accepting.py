"""The step `accept`: write down that a person believes a quarantined week, and build its symbol anew."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

import polars as pl
import psycopg
import structlog

from include.bronze.decisions import AcceptedWeek, read_accepted_weeks, write_week_decision
from include.bronze.keys import BronzeKey
from include.bronze.market import claim_market
from include.bronze.store import open_store
from include.errors import SettingsError
from include.exchanges import week_ending_of
from include.silver.accepted import describe_week
from include.silver.datasets.weekly_adjusted_prices import DATASET as WEEKLY
from include.silver.from_bronze import read_and_normalize
from include.silver.history import merge_history
from include.silver.payload_quarantines import read_quarantined_weeks
from include.silver.stored_weeks import read_stored_weeks
from include.silver.tables import SILVER
from include.silver.weeks import WEEKLY_ADJUSTED
from include.steps.replaying import replay
from include.warehouse.connection import connect

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class WeekDecision:
    """What is to be decided of a symbol's week: the values accepted, or None to withdraw what was accepted."""

    symbol: str
    week_ending: date
    accepted: AcceptedWeek | None

    def __str__(self) -> str:
        if self.accepted is None:
            return f"{self.symbol}: the week of {self.week_ending} is no longer accepted"
        adjusted = self.accepted.adjusted_close
        beside = f" and an adjusted close of {adjusted:f}" if adjusted is not None else ""
        return (
            f"{self.symbol}: the week of {self.week_ending} is accepted with a close of {self.accepted.close:f}{beside}"
        )


def accept(batch: str, symbol: str, week: str, *, undo: bool = False) -> dict[str, int]:
    """Accept the value of a quarantined week, or withdraw that; then build silver of the symbol anew.

    Shape:  -> the counts of `replay`.
    Raises: SettingsError when there is no such symbol or week, or nothing to accept or to withdraw.
    """
    with connect() as connection:
        claim_market(connection)
        decision = decide_on_week(connection, symbol, week, undo=undo)
    week_ending, accepted = decision.week_ending, decision.accepted
    write_week_decision(open_store(), decision.symbol, week_ending, accepted, decided_at=datetime.now(UTC))
    log.info("accept", batch=batch, decision=str(decision))
    return replay(batch, symbols=[decision.symbol])


def decide_on_week(connection: psycopg.Connection, symbol: str, week: str, *, undo: bool) -> WeekDecision:
    """Find out what would be decided; nothing is written.

    Raises: SettingsError in the words of who asks.
    """
    symbol, day = symbol.strip().upper(), _parse_day(week)
    if not symbol:
        raise SettingsError("of which ticker? for example: make accept SYMBOL=IBM WEEK=2013-02-15")
    newest = open_store().newest_key(WEEKLY_ADJUSTED.name, symbol)
    if newest is None:
        raise SettingsError(f"SYMBOL={symbol}: bronze holds no weekly prices of it")
    week_ending = week_ending_of(day)
    if undo:
        _check_is_accepted(symbol, week_ending)
        return WeekDecision(symbol, week_ending, None)
    quarantined = read_quarantined_weeks(connection, symbol)
    if not quarantined:
        raise SettingsError(f"{symbol}: no week of it is quarantined, so there is nothing to accept")
    weeks = _read_weeks(connection, newest)
    return WeekDecision(symbol, week_ending, _describe(weeks, symbol, week_ending, quarantined))


def _read_weeks(connection: psycopg.Connection, key: BronzeKey) -> pl.DataFrame:
    """The weeks as a payload would make them, with those that it lacks as silver holds them."""
    payloads, unusable = read_and_normalize(WEEKLY, [key])
    for row in unusable:
        if row.error:
            raise row.error
    return merge_history(payloads[0], read_stored_weeks(connection, SILVER, [key.symbol]))


def _describe(weeks: pl.DataFrame, symbol: str, week_ending: date, quarantined: Mapping[date, str]) -> AcceptedWeek:
    found = describe_week(weeks, week_ending)
    if found is None:
        first, last = weeks["week_ending"][0], weeks["week_ending"][-1]
        raise SettingsError(f"{symbol}: no week of it ends on {week_ending}; it has weeks from {first} to {last}")
    if week_ending not in quarantined:
        raise SettingsError(
            f"{symbol}: the week of {week_ending} is not quarantined; what is: "
            + "; ".join(f"{week} ({value})" for week, value in sorted(quarantined.items()))
        )
    return found


def _check_is_accepted(symbol: str, week_ending: date) -> None:
    accepted = read_accepted_weeks(open_store(), symbol).get(symbol, {})
    if week_ending not in accepted:
        others = f"accepted are: {', '.join(map(str, sorted(accepted)))}" if accepted else "no week of it is"
        raise SettingsError(f"{symbol}: the week of {week_ending} is not accepted; {others}")


def _parse_day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise SettingsError(f"WEEK={text!r} is no day; write any day of the week, for example 2013-02-15") from None
