"""A year of the sample market, week by week: what the lists of corporate actions cost, and that they come in time."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from include import steps
from include.bronze.store import open_store
from include.market_simulator.series import sample_actions
from include.settings import Settings, get_settings
from include.warehouse.connection import connect
from tests.integration.market import MarketOnThread

SYMBOLS = ["AAPL", "GOOG", "MSFT"]  # with a few actions, none, and one a quarter
FIRST = datetime(2012, 3, 3, 14, tzinfo=UTC)  # a Saturday
WEEKS = 52


@pytest.fixture
def market(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MarketOnThread]:
    """A sample market that stands at the beginning of the year."""
    del settings
    with MarketOnThread(tmp_path / "market", clock=FIRST) as server:
        monkeypatch.setenv("ALPHA_VANTAGE_BASE_URL", server.query_url)
        monkeypatch.setenv("TICKERS_PER_TASK", "5")
        get_settings.cache_clear()
        open_store.cache_clear()
        yield server
    open_store.cache_clear()


def run(dataset: str, week: int) -> None:
    batch = f"{dataset}:week-{week}"
    for group in steps.plan(dataset, batch, symbols=SYMBOLS):
        steps.fetch(dataset, group, batch)
        steps.normalize(dataset, group, batch)


def ask(query: str) -> list[tuple[object, ...]]:
    with connect() as connection:
        return connection.execute(query.encode()).fetchall()


def happened(until: date, since: date = date.min) -> pl.DataFrame:
    return sample_actions().filter(pl.col("symbol").is_in(SYMBOLS), pl.col("date").is_between(since, until))


@pytest.mark.slow("a year has 52 weeks of three runs each")
def test_a_year_costs_two_credits_an_action_and_eight_a_ticker(market: MarketOnThread) -> None:
    for week in range(WEEKS):
        if week:
            market.move_clock(FIRST + week * timedelta(weeks=1))
        for dataset in ("weekly_adjusted_prices", "splits", "dividends"):
            run(dataset, week)

    last = (FIRST + (WEEKS - 1) * timedelta(weeks=1)).date()
    in_year = Counter(happened(last, since=FIRST.date())["symbol"].to_list())
    assert in_year == {"AAPL": 3, "MSFT": 4}
    spent = dict(
        ask("select symbol, count(*) from ops.api_calls where function in ('SPLITS', 'DIVIDENDS') group by symbol")
    )
    assert sorted(map(str, spent)) == SYMBOLS
    over = {symbol: count for symbol, count in spent.items() if int(str(count)) > 2 * in_year[str(symbol)] + 8}
    assert over == {}
    # What was saved was not saved at the cost of the lists: each action of 30 days ago is on them.
    month_ago = happened(last - timedelta(days=30))
    listed = ask("select symbol, ex_date from silver.corporate_actions")
    assert set(month_ago.select("symbol", "date").rows()) <= set(listed)
