"""What a load writes while gold is built stays out of that publication, all of it, and comes with the next."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest

from tests.dbt.gold import GREEN, Gold
from tests.dbt.weeks import friday, series

pytestmark = pytest.mark.slow("publishes twice, and keeps the second waiting")

PATIENCE_SECONDS = 120


def test_a_load_in_the_middle_of_a_build_waits_for_the_next(gold: Gold):
    gold.write(*series("AAPL", range(60)), *series("IBM", range(60)), *series("GONE", range(60)))
    gold.publish()
    gold.write(*series("IBM", range(61)))

    with _held_up(gold) as build:
        _wait_until_copied(gold, "IBM", weeks=61)
        gold.write(*series("IBM", range(62), dividends={61: "0.5"}), *series("AAPL", range(61)))
        gold.write(*series("NEW", range(61)))
        gold.execute("delete from silver.weekly_adjusted_prices where symbol = 'GONE'")
    said = build.result()

    assert set(said.values()) <= GREEN
    assert _newest_weeks(gold) == [("AAPL", friday(59)), ("GONE", friday(59)), ("IBM", friday(60))]
    before_the_dividend = series("IBM", range(61))[0].adjusted_close
    assert gold.facts("IBM", "adj_close_price")[0] == (before_the_dividend,)

    gold.publish()

    assert _newest_weeks(gold) == [("AAPL", friday(60)), ("IBM", friday(61)), ("NEW", friday(60))]
    assert gold.facts("IBM", "adj_close_price")[0] < (before_the_dividend,)


@contextmanager
def _held_up(gold: Gold) -> Iterator:
    # dim_source reads ops.market, and the fact waits for dim_source: a lock on it stops the build half-way.
    with ThreadPoolExecutor() as background, psycopg.connect(gold.url) as blocker:
        blocker.execute("lock table ops.market")
        build = background.submit(gold.publish)
        yield build
        blocker.rollback()


def _wait_until_copied(gold: Gold, symbol: str, *, weeks: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while gold.execute(f"select count(*) from audit.changed_weeks where symbol = '{symbol}'") != [(weeks,)]:
        assert time.monotonic() < deadline
        time.sleep(0.2)


def _newest_weeks(gold: Gold) -> list[tuple[object, ...]]:
    return gold.execute(
        "select symbol, max(week_ending) from gold.fact_adjusted_prices group by symbol order by symbol"
    )
