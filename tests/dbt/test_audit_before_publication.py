"""A batch that breaks a rule of whole tables changes nothing that readers see, and leaves its rows in `audit`."""

from collections.abc import Callable

import pytest

from tests.dbt.gold import Gold
from tests.dbt.weeks import Week, series

pytestmark = pytest.mark.slow("publishes three times")
FALLS = "drawdowns_lead_from_a_peak_to_a_trough"
SYMBOLS = ("AAPL", "FB", "IBM", "MSFT")
GOOD = range(60)


@pytest.fixture(scope="module")
def published(new_gold: Callable[[], Gold]) -> Gold:
    """Four stocks, published without a fault."""
    gold = new_gold()
    gold.write(*_all_stocks(GOOD))
    gold.publish()
    return gold


@pytest.fixture(scope="module")
def stopped(published: Gold) -> tuple[Gold, dict[str, list[str]], dict[str, str]]:
    """The same with a new week, and a table that no longer holds together; what gold held before, and what dbt said."""
    # By hand, in the row of a stock that does not change: it is read again for the table of all stocks.
    published.execute("update gold.mart_stock_risk set peak_week = trough_week where symbol = 'AAPL'")
    before = published.contents()
    published.write(_next_week("IBM"))
    return published, before, published.publish()


Stopped = tuple[Gold, dict[str, list[str]], dict[str, str]]


def test_gold_stays_as_readers_saw_it(stopped: Stopped):
    gold, before, _ = stopped

    assert gold.is_filled()
    assert gold.contents() == before


def test_nothing_is_published(stopped: Stopped):
    gold, _, said = stopped

    assert said["publications"] == "skipped"
    assert gold.execute("select count(*) from gold.publications") == [(1,)]


def test_the_rows_that_broke_a_rule_are_kept(stopped: Stopped):
    gold, _, said = stopped

    assert said[FALLS] == "fail"
    assert gold.execute(f"select symbol, peak_week = trough_week from audit.{FALLS}") == [("AAPL", True)]


def test_what_each_check_found_is_kept_with_its_severity_and_batch(stopped: Stopped):
    gold, _, said = stopped
    found = gold.execute(
        f"""
        select check_name, rule, checked_table, severity, status, failing_rows, failing_rows_table
        from ops.check_results where check_name in ('{FALLS}', 'betas_rest_on_enough_weeks') order by check_name
        """
    )

    beta = ("betas_rest_on_enough_weeks", "betas rest on enough weeks", "mart_stock_risk_candidates")
    falls = (FALLS, "drawdowns lead from a peak to a trough", "mart_stock_risk_candidates")
    assert found == [
        (*beta, "error", "pass", 0, None),
        (*falls, "error", "fail", 1, f"audit.{FALLS}"),
    ]
    assert dict(gold.execute("select check_name, status from ops.check_results")).items() <= said.items()
    assert gold.execute("select count(distinct execution_batch_id) from ops.check_results") == [(1,)]


def test_a_selection_without_the_checks_cannot_publish_the_batch_that_failed(stopped: Stopped):
    gold, before, _ = stopped

    assert gold.dbt("build", "--select", "publications")["publications"] == "error"
    assert gold.contents() == before


def test_once_mended_the_same_weeks_are_published(stopped: Stopped):
    gold, _, _ = stopped
    gold.execute("update gold.mart_stock_risk set peak_week = trough_week - 7 * drawdown_weeks where symbol = 'AAPL'")
    gold.write(*_all_stocks(range(61)))

    gold.publish()

    assert gold.last_publication()["rows_inserted"] == 4
    assert set(gold.dbt("test", "--exclude", "resource_type:unit_test").values()) <= {"pass", "warn"}
    # What dbt has named itself reads as words too, and warnings are told apart.
    of_the_fact = "check_name like '%fact_adjusted_prices_%'"
    assert gold.execute(f"select rule from ops.check_results where {of_the_fact} order by rule") == [
        ("date_id is found in dim_date",),
        ("one row per stock_id and date_id",),
        ("source_id is found in dim_source",),
        ("stock_id is found in dim_stock",),
    ]
    assert gold.execute("select rule, severity, failing_rows from ops.check_results where status = 'warn'") == [
        ("every stock has its last expected week", "warn", 4)
    ]


def _all_stocks(weeks: range) -> list[Week]:
    return [week for symbol in SYMBOLS for week in series(symbol, weeks, dividends={10: "0.5"})]


def _next_week(symbol: str) -> Week:
    return series(symbol, range(61), dividends={10: "0.5"})[-1]
