"""The step `prepare_daily`: bars and indicators of one state of silver, before dbt begins."""

from collections import Counter
from collections.abc import Sequence

import polars as pl
import psycopg
import structlog
from psycopg import sql

from include.gold.bars.events import LISTED
from include.gold.bars.prepared import RAW_DAYS, RAW_UNLISTED, RAW_WEEKS, prepare_days, prepare_weeks
from include.gold.bars.snapshot import TABLES, Snapshot, take_snapshot
from include.gold.project_fingerprint import compute_project_fingerprint
from include.settings import get_settings
from include.silver.gaps import find_gaps
from include.warehouse.blockers import PATIENCE, readers_give_way
from include.warehouse.connection import connect
from include.warehouse.frames import read_frame, write_frame

SYMBOLS_AT_ONCE = 100  # memory does not grow with the number of tickers
DAYS = """
select
    symbol, trade_date, open_price::float8, high_price::float8, low_price::float8, close_price::float8,
    trade_volume::float8, is_complete_day
from audit.changed_days where symbol = any({symbols}) order by symbol, trade_date
"""
ACTIONS = "select symbol, ex_date, kind, factor, amount from audit.changed_actions where symbol = any({symbols})"
UNLISTED = """
select
    symbol, coalesce(bool_and(function <> 'SPLITS'), true), coalesce(bool_and(function <> 'DIVIDENDS'), true)
from unnest({symbols}::text[]) as asked (symbol)
left join silver.loaded_payloads using (symbol)
where not exists (select from silver.weekly_adjusted_prices as week where week.symbol = asked.symbol)
group by symbol
"""
WEEKS = """
select
    symbol, week_ending, price_date, split_factor::float8, unit_factor, other_factor, total_return_factor,
    dividend_per_share::float8, distribution_per_share::float8, factor_growth_low, factor_growth_high,
    open::float8, high::float8, low::float8, close::float8, volume::float8, is_mixed_scale, is_complete_week
from silver.weekly_adjusted_prices where symbol = any({symbols}) order by symbol, week_ending
"""
COUNTS = """
update audit.preparation
set daily_bars = %(daily_bars)s, daily_indicators = %(daily_indicators)s, weekly_indicators = %(weekly_indicators)s
"""

log = structlog.get_logger(__name__)


def prepare_daily(*, is_whole: bool = False) -> dict[str, int]:
    """Copy what changed from silver into schema audit, and compute its bars and indicators, in one transaction.

    Shape:  -> rows of each table of audit that it filled, by name. `is_whole` takes all symbols.
    """
    settings = get_settings()
    return prepare_bars(settings.warehouse.url, code=compute_project_fingerprint(settings), is_whole=is_whole)


def prepare_bars(url: str, *, code: str, is_whole: bool) -> dict[str, int]:
    """Do what `prepare_daily` says in the warehouse of an address; `code` stands for what makes gold."""
    counts = Counter(daily_bars=0, daily_indicators=0, weekly_indicators=0, daily_gaps=0)
    with readers_give_way(url, PATIENCE), connect(url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ  # days, listings and weeks of one moment
        snapshot = take_snapshot(connection, code=code, is_whole=is_whole)
        for start in range(0, len(snapshot.symbols), SYMBOLS_AT_ONCE):
            counts.update(_prepare(connection, snapshot, snapshot.symbols[start : start + SYMBOLS_AT_ONCE]))
        connection.execute(COUNTS, counts)
        connection.execute(f"analyze {', '.join(f'audit.{table}' for table in TABLES)}".encode())
    log.info("prepare_daily", symbols=len(snapshot.symbols), **counts)
    return dict(counts)


def _prepare(connection: psycopg.Connection, snapshot: Snapshot, symbols: Sequence[str]) -> Counter[str]:
    days, listed, unlisted, weeks = (
        read_frame(connection, sql.SQL(query).format(symbols=sql.Literal(list(symbols))), schema)
        for query, schema in (
            *((DAYS, RAW_DAYS), (ACTIONS, LISTED)),
            *((UNLISTED, RAW_UNLISTED), (WEEKS, RAW_WEEKS)),
        )
    )
    gaps = find_gaps(days)
    prepared = prepare_days(days, weeks, listed, unlisted, gaps)
    tables = {
        "daily_bars": prepared.bars,
        "daily_indicators": prepared.indicators,
        "weekly_indicators": prepare_weeks(weeks.filter(pl.col("symbol").is_in(snapshot.weeks))),
        "daily_gaps": gaps,
    }
    for name, rows in tables.items():
        write_frame(connection, sql.Identifier("audit", name), rows.with_columns(snapshot_id=snapshot.number))
    return Counter({name: rows.height for name, rows in tables.items()})
