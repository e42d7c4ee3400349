"""Gold by the real dbt: the first build against a restatement, and its queries against a flat table of raw JSON.

`BENCH_GOLD_STOCKS=10000 make bench` takes 13 million rows, a quarter of an hour and 35 GB of disk. Alone:
`python -m tests.benchmarks.gold --stocks 200`.
"""

import argparse
import os
import re
from collections.abc import Callable, Iterator
from functools import partial

import psycopg
import streamlit as st

from dashboards.queries import compare, dividends, market, news, sectors, stock, volatility
from dashboards.queries.publication import Publication, newest_publication
from dashboards.reader import read
from include.settings import PROJECT_ROOT
from tests.benchmarks import raw_json
from tests.benchmarks.dashboard import dashboard_reads
from tests.benchmarks.invented_silver import WEEKS, invent_silver, restate
from tests.benchmarks.measure import Result, bench_warehouse, seconds
from tests.benchmarks.publication import build_gold

STOCKS = int(os.environ.get("BENCH_GOLD_STOCKS") or 1_000)
RESTATED_EVERY = 100
TRIES = 3
FIVE = ["S00001", "S00002", "S00003", "S00004", "S00005"]
ONE = raw_json.ONE_STOCK
FLAT = "a flat table of the raw JSON"
# The headings of the cookbook, by the question that the flat table is asked.
COOKBOOK = {
    "top movers": "The week's top movers",
    "sector rotation": "Sector rotation",
    "volatility ranking": "Volatility ranking",
    "dividends per year": "Dividends per year",
    "worst drawdowns": "The worst drawdowns",
    "one stock": "One stock, week by week",
}
PAGES: dict[str, tuple[str, Callable[[Publication], object]]] = {
    "market.movers": ("top movers", market.movers),
    "market.breadth": ("top movers", market.breadth),
    "news.news": ("top movers", news.news),
    "market.dividends_paid": ("top movers", market.dividends_paid),
    "compare.latest_week": ("five stocks", lambda published: compare.latest_week(published, FIVE)),
    "compare.weekly_prices": ("five stocks", lambda published: compare.weekly_prices(published, FIVE, since=None)),
    "compare.volatility_ranks": ("volatility ranking", lambda published: compare.volatility_ranks(published, FIVE)),
    "stock.company": ("one stock", lambda published: stock.company(published, ONE)),
    "stock.weeks": ("one stock", lambda published: stock.weeks(published, ONE, since=None)),
    "stock.return_bins": ("one stock", lambda published: stock.return_bins(published, ONE, since=None)),
    "stock.risk": ("one stock", lambda published: stock.risk(published, ONE)),
    "sectors.latest_sectors": ("sector rotation", sectors.latest_sectors),
    "sectors.sector_years": ("sector rotation", sectors.sector_years),
    "dividends.dividends": ("dividends per year", lambda published: dividends.dividends(published, [ONE], since=None)),
    "dividends.dividend_records": (
        "dividends per year",
        lambda published: dividends.dividend_records(published, [ONE]),
    ),
    "volatility.benchmarks": ("volatility ranking", volatility.benchmarks),
    "volatility.most_volatile": (
        "volatility ranking",
        lambda published: volatility.most_volatile(published, sector=None),
    ),
    "volatility.distribution": (
        "volatility ranking",
        lambda published: volatility.distribution(published, sector=None),
    ),
}


def run(url: str, *, stocks: int = STOCKS) -> Iterator[Result]:
    """Yield a result for the restatement, one per query of the cookbook and one per query of the dashboard."""
    invent_silver(url, stocks=stocks)
    full = build_gold(url)
    # The better, as everywhere here: the first also drops the candidates of the whole build.
    by_change = min(_rebuild_restated(url, stocks, pays_now=pays_now) for pays_now in (True, False))
    name = f"gold of {stocks * WEEKS:,} rows, 1 % of the tickers restated"
    yield Result(name, by_change, full, "the full build", full / by_change)
    raw_json.fill(url)
    flat = {question: _seconds_of(url, raw_json.statement_of(question)) for question in raw_json.QUESTIONS}
    for question, statement in cookbook().items():
        ours = _seconds_of(url, statement)
        yield Result(f"cookbook: {question}", ours, flat[question], FLAT, flat[question] / ours)
    yield from _pages(url)


def _pages(url: str) -> Iterator[Result]:
    # Both through the dashboard's reader: its connection takes longer than most of the payloads.
    with dashboard_reads(url):
        published = newest_publication()
        assert published
        asked = {question for question, _ in PAGES.values()}
        flat = {question: _best(partial(read, raw_json.statement_of(question))) for question in asked}
        for query, (question, ask) in PAGES.items():
            ours = _best(partial(ask, published))
            yield Result(f"dashboard: {query}", ours, flat[question], FLAT, flat[question] / ours)


def cookbook() -> dict[str, str]:
    """The queries of the cookbook, by the question they answer; of one stock, an invented one."""
    text = (PROJECT_ROOT / ".github/docs/sql.md").read_text()
    found = {}
    for question, heading in COOKBOOK.items():
        match = re.search(rf"^### {re.escape(heading)}.*?```sql\n(.*?)```", text, re.DOTALL | re.MULTILINE)
        assert match, f"the cookbook has no query under {heading!r}"
        found[question] = re.sub("'(IBM|AAPL)'", f"'{ONE}'", match[1])
    return found


def _best(ask: Callable[[], object]) -> float:
    took = []
    for _ in range(TRIES):
        st.cache_data.clear()
        took.append(seconds(ask))
    return min(took)


def _seconds_of(url: str, statement: str) -> float:
    with psycopg.connect(url, autocommit=True) as connection:
        assert connection.execute(statement.encode()).fetchall(), f"no row for {statement}"
        return _best(lambda: connection.execute(statement.encode()).fetchall())


def _rebuild_restated(url: str, stocks: int, *, pays_now: bool) -> float:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("vacuum gold.fact_adjusted_prices")  # as autovacuum would until the next week
    restate(url, stocks=stocks, every=RESTATED_EVERY, pays_now=pays_now)
    return build_gold(url)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stocks", type=int, default=STOCKS)
    asked = parser.parse_args()
    with bench_warehouse() as address:
        for result in run(address, stocks=asked.stocks):
            print(f"{result.name}: {result.ours:,.3f} {result.unit} ({result.ratio:.2f} x {result.other_is})")  # noqa: T201
