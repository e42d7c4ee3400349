"""Freshness in *Pipeline*: what each ticker holds, and why one lacks the newest closed week."""

from datetime import datetime

import polars as pl
import streamlit as st

from dashboards.components import formats, tables
from dashboards.components.footnote import footnote
from dashboards.components.plain_text import as_text
from dashboards.queries import pipeline as ask
from dashboards.queries import pipeline_budget as ask_budget
from dashboards.queries.publication import PriceSource
from include.exchanges import exchange_of, last_closed_session, last_closed_week
from include.observability.ticker_ledger import TickerStatus
from include.settings import Settings

FRESH, FAILED, QUARANTINED = "fresh", "failed", "quarantined"
# What the planner would decide now, where that is not the word for it.
STATUS = {
    TickerStatus.PLANNED: "due",
    TickerStatus.FETCHED: "in bronze, not loaded",
    TickerStatus.CURRENT: "no newer week at the source",
}
WEEKLY = "TIME_SERIES_WEEKLY_ADJUSTED"
MOST_TICKERS = 500
REASONS_IN_FULL, NAMES_IN_FULL = 8, 5


def read_freshness(settings: Settings, now: datetime) -> pl.DataFrame:
    """What each ticker holds, and why not more: those of STOCK_SYMBOLS, then others whose failure stands.

    Shape:  one row per ticker, as `tickers` and `plan_of` give it, expected_week, expected_day, status, why.
    """
    failed = ask.standing_failures().filter(pl.col("function") == WEEKLY).select("symbol", failure="reason")
    named = list(settings.source.symbols)
    symbols = [*named, *(symbol for symbol in failed["symbol"] if symbol not in named)]
    held = ask.tickers(symbols).pipe(_add_expected, now)
    late = held.filter(~pl.col("is_fresh"))["symbol"].to_list()  # the planner asks a calendar for each
    plan = ask_budget.plan_of(settings, late, now, ask_budget.credits_left(settings))
    return (
        held.join(plan, on="symbol", how="left", maintain_order="left")
        .join(failed, on="symbol", how="left", maintain_order="left")
        .with_columns(status=_status())
        .with_columns(why=_why(named))
    )


def show_freshness(source: PriceSource, freshness: pl.DataFrame, now: datetime) -> None:
    """How many hold the newest closed week, and why the others do not."""
    st.subheader("Freshness")
    stalest_first = freshness.sort("newest_week", "symbol", nulls_last=False)
    late = stalest_first.filter(pl.col("status") != FRESH)
    if late.height:
        lack = "lacks" if late.height == 1 else "lack"
        counts = late["status"].value_counts(sort=True).rows()
        told = ", ".join(f"{number:,} {as_text(status)}" for status, number in counts)
        st.warning(
            f"**{formats.count(late.height, 'ticker')}** {lack} the newest closed week: {told}. "
            "`make run` fetches what is due.",
            icon=":material/history:",
        )
        _say_why(late)
    else:
        st.success("Every ticker holds the newest week that its exchange has closed.", icon=":material/check_circle:")
    columns = ["symbol", "status", "newest_week", "expected_week", "newest_day", "expected_day", "answered_at"]
    of_late = ["next_attempt_at", "why"] if late.height else []
    shown = stalest_first.head(MOST_TICKERS)
    tables.show(shown, [*columns, *of_late, "execution_batch_id"])
    unit = f"The tickers of STOCK_SYMBOLS and others whose failure stands, stalest first, {MOST_TICKERS} at most"
    footnote(shown, source, unit=unit, as_of=now, name="freshness", stamped="loaded_at")


def full_pass_at(freshness: pl.DataFrame) -> datetime | None:
    """When the last of the tickers that wait for a later day's budget is asked; None where none waits."""
    moment = freshness.filter(pl.col("plan") == TickerStatus.DEFERRED)["next_attempt_at"].max()
    return moment if isinstance(moment, datetime) else None


def _add_expected(held: pl.DataFrame, now: datetime) -> pl.DataFrame:
    # A symbol of each exchange: ten thousand tickers trade on at most fifty calendars.
    of_exchange = {exchange_of(symbol): symbol for symbol in held["symbol"]}
    closed = {
        at: (last_closed_week(symbol, now), last_closed_session(symbol, now)) for at, symbol in of_exchange.items()
    }
    weeks, days = zip(*(closed[exchange_of(symbol)] for symbol in held["symbol"]), strict=True)
    return held.with_columns(
        pl.Series("expected_week", weeks, pl.Date), pl.Series("expected_day", days, pl.Date)
    ).with_columns(is_fresh=(pl.col("newest_week") >= pl.col("expected_week")).fill_null(value=False))


def _status() -> pl.Expr:
    # One that is refused or deferred is not asked for, whatever became of it before.
    has_failed = pl.col("failure").is_not_null() & pl.col("plan").is_in([TickerStatus.PLANNED, TickerStatus.FETCHED])
    return (
        pl.when("is_fresh")
        .then(pl.lit(FRESH))
        .when(pl.col("quarantined").is_not_null())
        .then(pl.lit(QUARANTINED))
        .when(has_failed)
        .then(pl.lit(FAILED))
        .otherwise(pl.col("plan").replace(STATUS))
    )


def _why(named: list[str]) -> pl.Expr:
    status = pl.col("status")
    reason = (
        pl.when(status == QUARANTINED)
        .then("quarantined")
        .when(status == FAILED)
        .then("failure")
        .when(status != FRESH)
        .then("reason")
    )
    is_named = pl.col("symbol").is_in(named)
    return pl.when(is_named).then(reason).otherwise(reason + "; STOCK_SYMBOLS does not name it")


def _say_why(late: pl.DataFrame) -> None:
    # The table cuts a long sentence off.
    reasons = late.group_by("status", "next_attempt_at", "why", maintain_order=True).agg("symbol")
    for status, until, why, symbols in reasons.head(REASONS_IN_FULL).rows():
        others = [f"{len(symbols) - NAMES_IN_FULL:,} more"] if len(symbols) > NAMES_IN_FULL else []
        names = symbols[:NAMES_IN_FULL] + others
        waits = f" until {formats.day(until)}" if until else ""
        st.markdown(f"- **{as_text(formats.listed(names))}**: {as_text(status)}{waits}: {as_text(why)}")
