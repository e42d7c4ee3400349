"""What the pages wait for, on 13 million rows of the fact; and a million rows against pandas.

Alone and small: `python -m tests.benchmarks.dashboard --stocks 200`.
"""

import argparse
import os
import random
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import partial

import pandas as pd
import psycopg
import streamlit as st
from sqlalchemy import create_engine
from streamlit.logger import set_log_level

from dashboards import reader
from dashboards.queries import (
    compare,
    dividends,
    market,
    news,
    pipeline,
    pipeline_budget,
    pipeline_lineage,
    publication,
    restatements,
    screener,
    sectors,
    stock,
    stock_actions,
    technical,
    volatility,
)
from dashboards.queries.benchmark import ALL_STOCKS, Benchmark
from include.serving.portfolio import Rebalancing, compute_portfolio, scale_weights
from include.settings import get_settings
from tests.benchmarks.invented_gold import STOCKS_WITH_DAYS, WEEKS, invent_gold
from tests.benchmarks.measure import Result, bench_warehouse, seconds

STOCKS = 10_000
RUNS_OF_A_PAGE = 20
VIEWERS = 20
ONE_SECOND = 1.0
FIVE_YEARS = date(2019, 11, 29)
MILLION = 1_000_000
COMPARED = "symbol, week_ending, " + ", ".join(
    f"{name}::double precision" for name in ("close_price", "adj_close_price", "trade_volume")
)
TRIES = 5
CREDITS_LEFT = 25  # a free key's day

Page = Callable[[publication.Publication, list[str]], None]


def run(url: str, *, stocks: int = STOCKS) -> Iterator[Result]:
    """Yield a result per page, one for a million rows, one for a page's rows, one for the viewers."""
    invent_gold(url, stocks=stocks)
    size = f"{stocks * WEEKS / MILLION:,.1f} million rows"
    with dashboard_reads(url):
        symbols = [f"S{number:05}" for number in range(1, stocks + 1)]
        for name, page in PAGES.items():
            slowest = _p95(page, symbols)
            yield Result(f"data of {name} on {size}, p95", slowest, ONE_SECOND, "the bar", ONE_SECOND / slowest)
        yield _against_pandas(url, "a million rows", min(MILLION, stocks * WEEKS))
        yield _against_pandas(url, "a page's rows (no bar)", WEEKS)
        yield _viewers(url, symbols)


def _read_market(published: publication.Publication, _: list[str]) -> None:
    market.movers(published)
    market.breadth(published)
    sectors.latest_sectors(published)
    market.dividends_paid(published)
    news.news(published)


def _read_compare(published: publication.Publication, symbols: list[str]) -> None:
    compare.latest_week(published, symbols)
    compare.correlations(compare.weekly_prices(published, symbols, since=FIVE_YEARS))
    compare.volatility_ranks(published, symbols)
    sectors.latest_sectors(published, symbols)
    Benchmark.read(published, ALL_STOCKS, since=FIVE_YEARS, until=date.max)
    dividends.dividends(published, symbols, since=FIVE_YEARS)
    dividends.dividend_records(published, symbols)


def _read_portfolio(published: publication.Publication, symbols: list[str]) -> None:
    weeks = compare.weekly_prices(published, symbols, since=date.min)
    compute_portfolio(weeks, scale_weights(dict.fromkeys(symbols, 1.0)), Rebalancing.MONTHLY)
    Benchmark.read(published, ALL_STOCKS, since=date.min, until=date.max).without(weeks)


def _read_screener(published: publication.Publication, _: list[str]) -> None:
    publication.stocks(published)
    screener.stocks(published)


def _read_stock(published: publication.Publication, symbols: list[str]) -> None:
    stock.company(published, symbols[0])
    stock.weeks(published, symbols[0], since=FIVE_YEARS)
    stock.return_bins(published, symbols[0], since=FIVE_YEARS)
    stock.risk(published, symbols[0])
    restatements.restatements(symbols[0])
    stock.weeks(published, symbols[0], since=None)
    dividends.dividends(published, symbols[:1], since=None)
    stock_actions.actions(published, symbols[0], since=FIVE_YEARS)


def _read_technical(published: publication.Publication, symbols: list[str]) -> None:
    number = symbols[0].removeprefix("S")
    symbol = f"S{int(number) % STOCKS_WITH_DAYS + 1:05}" if number.isdigit() else symbols[0]
    technical.spans(published, symbol)
    technical.days(published, symbol, since=date.min, until=date.max)
    technical.weeks(published, symbol, since=date.min, until=date.max)
    technical.gaps(published, symbol)


def _read_sectors(published: publication.Publication, _: list[str]) -> None:
    sectors.latest_sectors(published)
    dividends.dividend_frequencies(published)
    sectors.sector_years(published)
    dividends.dividend_growth(published, sector=None)
    dividends.payers(published, sector=None)


def _read_volatility(published: publication.Publication, _: list[str]) -> None:
    volatility.benchmarks(published)
    volatility.most_volatile(published, sector=None)
    volatility.distribution(published, sector=None)


def _read_pipeline(_: publication.Publication, symbols: list[str]) -> None:
    pipeline.tickers(symbols)
    pipeline.runs()
    pipeline.newest_failures()
    pipeline.standing_failures()
    pipeline_budget.plan_of(get_settings(), symbols, datetime.now(UTC), CREDITS_LEFT)
    pipeline_budget.credits_by_day()
    pipeline_budget.credits_spent()
    pipeline.rejected_rows()
    restatements.restatements()
    pipeline.checks()
    pipeline_lineage.trail_of("weekly_adjusted_prices:bench")
    pipeline_lineage.calls_of("weekly_adjusted_prices:bench")


PAGES: dict[str, Page] = {
    "Market this week": _read_market,
    "Screener": _read_screener,
    "Compare": _read_compare,
    "Portfolio of 50 stocks": _read_portfolio,
    "Stock": _read_stock,
    "Technical, 6,500 days": _read_technical,
    "Sectors and dividends": _read_sectors,
    "Volatility": _read_volatility,
    "Pipeline": _read_pipeline,
}

TICKERS = {_read_portfolio: 50}


def _p95(page: Page, symbols: list[str]) -> float:
    # Every run forgets what Streamlit remembered; what Postgres keeps in memory stays, as on a Monday.
    chosen = random.Random(1)
    took = []
    for _ in range(RUNS_OF_A_PAGE):
        st.cache_data.clear()
        some = symbols if page is _read_pipeline else chosen.sample(symbols, TICKERS.get(page, 5))
        took.append(seconds(partial(_open, page, some)))
    return statistics.quantiles(took, n=20)[-1]


def _open(page: Page, symbols: list[str]) -> None:
    published = publication.newest_publication()
    assert published
    publication.stocks(published)
    page(published, symbols)


def _against_pandas(url: str, name: str, rows: int) -> Result:
    query = f"select {COMPARED} from gold.fact_adjusted_prices limit {rows}"
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg2://", 1))
    assert reader.read(query).height == len(pd.read_sql(query, engine)) == rows
    # By turns, so that a busy moment of the machine hits both.
    turns = [(seconds(partial(reader.read, query)), seconds(partial(pd.read_sql, query, engine))) for _ in range(TRIES)]
    ours, pandas = map(min, zip(*turns, strict=True))
    engine.dispose()
    return Result(f"read {name}, {rows:,}", ours, pandas, "pandas.read_sql", pandas / ours)


def _viewers(url: str, symbols: list[str]) -> Result:
    # Each one chooses other tickers, so that no result is remembered from another.
    st.cache_data.clear()
    failed: list[BaseException] = []

    def view(number: int) -> None:
        try:
            _open(_read_compare, symbols[5 * number : 5 * number + 5])
        except Exception as error:  # noqa: BLE001 - a thread's end, told below
            failed.append(error)

    threads = [threading.Thread(target=view, args=[number]) for number in range(VIEWERS)]
    with psycopg.connect(url, autocommit=True) as watcher:
        (limit,) = watcher.execute("select current_setting('max_connections')::int").fetchone() or (0,)
        for thread in threads:
            thread.start()
        most = 0
        while any(thread.is_alive() for thread in threads):
            row = watcher.execute(
                "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
            ).fetchone()
            most = max(most, row[0] if row else 0)
            time.sleep(0.005)
    if failed:
        raise failed[0]
    return Result(f"{VIEWERS} viewers at once", most, limit, "what Postgres allows", limit / most, "connections")


@contextmanager
def dashboard_reads(url: str) -> Iterator[None]:
    """Let the dashboard's queries read the warehouse at `url`."""
    # The owner may read what a reader may; only the address counts here.
    before = dict(os.environ)
    os.environ.update({"DB_URL": url, "READER_DB_URL": url})
    get_settings.cache_clear()
    set_log_level("error")  # Streamlit misses the browser, and says so at every read
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        get_settings.cache_clear()
        st.cache_data.clear()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stocks", type=int, default=STOCKS)
    asked = parser.parse_args()
    with bench_warehouse() as address:
        print(f"{datetime.now(UTC):%H:%M:%S} inventing {asked.stocks:,} stocks", flush=True)  # noqa: T201 - a command
        for result in run(address, stocks=asked.stocks):
            print(f"{result.name}: {result.ours:,.3f} {result.unit} ({result.ratio:.2f} x {result.other_is})")  # noqa: T201
