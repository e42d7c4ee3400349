"""What was published last, and which stocks it holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import LiteralString

import polars as pl
import streamlit as st

from dashboards.reader import checked, read, read_published

# How soon a page notices that a new batch was published.
PUBLICATION_SECONDS = 15
# The newest complete week that at least half of the active stocks have: stocks are compared in it.
LATEST_WEEK = "(select max(week_ending) from gold.mart_latest_week where is_latest_week)"
# The week that a query names as `week`; the latest where that is None.
THE_WEEK = f"coalesce({{week}}, {LATEST_WEEK})"


@dataclass(frozen=True)
class PriceSource:
    """Where prices come from: the historical sample, or the live source."""

    is_sample: bool


@dataclass(frozen=True)
class Publication(PriceSource):
    """The newest row of gold.publications: what the marts hold, since when, from which source."""

    execution_batch_id: str
    published_at: datetime
    market_at: datetime

    @property
    def version(self) -> str:
        """What changes whenever the marts do."""
        return f"{self.execution_batch_id} {self.published_at.isoformat()}"

    def read(self, statement: LiteralString, **values: object) -> pl.DataFrame:
        """Run one query, or remember its answer until the next publication; `{name}` stands for a value.

        Raises: WarehouseDown, WarehouseUnreadable.
        """
        return read_published(statement, version=self.version, **values)


@st.cache_data(ttl=PUBLICATION_SECONDS, show_spinner="Asking the warehouse what is new …")
def newest_publication() -> Publication | None:
    """What was published last; None in a warehouse that no batch has reached yet.

    Raises: WarehouseDown, WarehouseUnreadable.
    """
    if not read("select to_regclass('gold.publications') is not null as is_built").item():
        return None
    rows = read(
        """
        select execution_batch_id, published_at, market_at, is_sample
        from gold.publications
        order by published_at desc
        limit 1
        """
    )
    return Publication(**rows.row(0, named=True)) if rows.height else None


def span_of_weeks(published: Publication, symbols: Sequence[str]) -> tuple[date, date] | None:
    """The first and the newest week of some stocks, open ones among them; None where they have none."""
    statement = """
        select min(week_ending) as first, max(week_ending) as last
        from gold.fact_adjusted_prices
        where symbol = any({symbols})
    """
    first, last = published.read(statement, symbols=checked(symbols)).row(0)
    return (first, last) if first else None


def stocks_with_days(published: Publication) -> pl.DataFrame:
    """Every stock that has a daily bar.

    Shape:  (symbol, company_name, sector, newest_day), sorted by symbol.
    """
    statement = """
        select
            stock.symbol,
            stock.company_name,
            stock.sector,
            newest.trade_date as newest_day
        from gold.dim_stock as stock
        cross join lateral (
            select trade_date
            from gold.fact_daily_prices
            where symbol = stock.symbol
            order by trade_date desc
            limit 1
        ) as newest
        order by stock.symbol
    """
    return published.read(statement)


def stocks(published: Publication) -> pl.DataFrame:
    """Every stock that has a complete week.

    Shape:  (symbol, company_name, sector, latest_week), sorted by symbol; the latest week of all on every row, a name
            null where nobody told.
    """
    statement = f"""
        select
            symbol,
            company_name,
            sector,
            coalesce({LATEST_WEEK}, week_ending) as latest_week
        from gold.mart_latest_week
        order by symbol
    """
    return published.read(statement)
