"""What *Pipeline* says of tickers that do not hold the newest week: which, why, and when they are asked again."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from include.settings import SAMPLE_SYMBOLS
from tests.dashboards.conftest import cards, said
from tests.dashboards.gold_warehouse import Warehouse

OpenPage = Callable[..., AppTest]
WEEKLY = "TIME_SERIES_WEEKLY_ADJUSTED"
NEXT_WEEK = "update gold.publications set market_at = '2013-03-09 12:00+00'"
UNKNOWN = "the source does not know this ticker: Invalid API call"


def fails(warehouse: Warehouse, symbol: str, *, outcome: str, reason: str, ago: str = "0 minutes") -> None:
    """A run in which a ticker failed at the source, as the steps write it down."""
    warehouse.execute(
        f"""
        insert into ops.pipeline_runs
            (execution_batch_id, pipeline, status, started_at, finished_at, market_at, tickers_failed, error)
        values ('weekly_adjusted_prices:red', 'weekly_adjusted_prices', 'failed', now() - interval '{ago}',
            now() - interval '{ago}', '2013-03-02 12:00+00', 1, '{symbol}: {reason}');
        insert into ops.ticker_runs (execution_batch_id, function, symbol, status, reason, updated_at)
        values ('weekly_adjusted_prices:red', '{WEEKLY}', '{symbol}', 'failed', '{reason}',
            now() - interval '{ago}');
        insert into ops.api_calls
            (source, called_at, market_at, function, symbol, outcome, message, seconds, execution_batch_id)
        values ('alpha_vantage', now() - interval '{ago}', '2013-03-02 12:00+00', '{WEEKLY}', '{symbol}',
            '{outcome}', '{symbol}: {reason.rpartition(": ")[2]}', 0.1, 'weekly_adjusted_prices:red');
        """
    )


def answers(warehouse: Warehouse, symbol: str) -> None:
    """The source has answered for the ticker since, with the payload that was known."""
    warehouse.execute(
        f"""
        insert into ops.api_calls (source, market_at, function, symbol, outcome, seconds, execution_batch_id)
        values ('alpha_vantage', '2013-03-02 13:00+00', '{WEEKLY}', '{symbol}', 'answered', 0.1, 'later')
        """
    )


def freshness(app: AppTest) -> dict[str, str]:
    """The status of each ticker."""
    (held,) = (table.value for table in app.dataframe if "expected_week" in table.value)
    return dict(zip(held["symbol"], held["status"], strict=True))


def test_a_ticker_that_never_arrived_is_not_fresh_and_says_why(open_page: OpenPage, warehouse: Warehouse) -> None:
    warehouse.settings["STOCK_SYMBOLS"] = ",".join((*SAMPLE_SYMBOLS, "ZZZZ"))
    fails(warehouse, "ZZZZ", outcome="InvalidCall", reason=UNKNOWN, ago="30 minutes")

    app = open_page(warehouse, page="pipeline")  # the newest run, ten minutes ago, went well

    assert cards(app)["Fresh tickers"] == "5 of 6"
    assert freshness(app)["ZZZZ"] == "refused"
    words = said(app)
    assert "**1 ticker** lacks the newest closed week: 1 refused." in words
    assert f"- **ZZZZ**: refused until 1 April 2013: {UNKNOWN}; asked again after 30 days, or with FORCE=1" in words
    assert "Every ticker holds" not in words
    (failed,) = (table.value for table in app.dataframe if "failed_at" in table.value)
    assert failed[["symbol", "reason"]].to_numpy().tolist() == [["ZZZZ", UNKNOWN]]


def test_a_ticker_that_only_a_run_was_asked_for_is_not_fresh_either(open_page: OpenPage, warehouse: Warehouse) -> None:
    fails(warehouse, "ZZZZ", outcome="InvalidCall", reason=UNKNOWN)

    app = open_page(warehouse, page="pipeline")

    assert cards(app)["Fresh tickers"] == "5 of 6"
    assert "FORCE=1; STOCK_SYMBOLS does not name it" in said(app)


def test_a_ticker_that_failed_and_is_asked_again_says_what_happened(open_page: OpenPage, warehouse: Warehouse) -> None:
    warehouse.execute(NEXT_WEEK)
    fails(warehouse, "IBM", outcome="NetworkFault", reason="no whole response arrived: timed out")

    app = open_page(warehouse, page="pipeline")

    assert freshness(app)["IBM"] == "failed"
    assert "- **IBM**: failed: no whole response arrived: timed out" in said(app)


def test_what_was_answered_since_is_not_told_again(open_page: OpenPage, warehouse: Warehouse) -> None:
    fails(warehouse, "IBM", outcome="NetworkFault", reason="no whole response arrived: timed out")
    assert "Failed in the last 30 days" in said(open_page(warehouse, page="pipeline"))

    answers(warehouse, "IBM")

    assert "Failed in the last 30 days" not in said(open_page(warehouse, page="pipeline"))


def test_what_the_budget_defers_says_until_when_and_when_all_is_done(open_page: OpenPage, warehouse: Warehouse) -> None:
    warehouse.execute(NEXT_WEEK)
    # 11 credits of the last 24 hours are spent: one is left for five tickers, then twelve a day.
    warehouse.settings["ALPHA_VANTAGE_REQUESTS_PER_DAY"] = "12"

    app = open_page(warehouse, page="pipeline")

    assert sorted(freshness(app).values()) == [*["deferred"] * 4, "due"]
    words = said(app)
    assert "- **FB, GOOG, IBM and MSFT**: deferred until 10 March 2013: beyond the budget of the day" in words
    assert "A full pass over the weekly prices at this budget is done by **10 March 2013**." in words


def test_without_a_deferred_ticker_no_full_pass_is_promised(open_page: OpenPage, warehouse: Warehouse) -> None:
    assert "full pass" not in said(open_page(warehouse, page="pipeline"))


def test_a_quarantined_ticker_says_so(open_page: OpenPage, warehouse: Warehouse) -> None:
    warehouse.execute(NEXT_WEEK)
    warehouse.execute(
        f"""
        insert into ops.quarantines
            (place, symbol, function, bronze_key, rule, week_ending, value, bound, way_out, since, execution_batch_id)
        values ('payload', 'FB', '{WEEKLY}', 'k1', 'one_wild_value', '2013-03-08', 'adjusted close 245397 after 27',
            'at most 51 times', 'make accept SYMBOL=FB WEEK=2013-03-08', '2013-03-09', 'b')
        """
    )

    app = open_page(warehouse, page="pipeline")

    assert freshness(app)["FB"] == "quarantined"
    assert "quarantined: since 2013-03-09 00:00 UTC quarantined, one wild value in the week of 2013-03-08" in said(app)


@pytest.mark.parametrize(("batch", "shown"), [("dbt_run:shell__2013", "2 of 3"), ("company_overview:x", "2 of 4")])
def test_newest_runs_are_those_of_the_pipelines(
    open_page: OpenPage, warehouse: Warehouse, batch: str, shown: str
) -> None:
    # `make dbt-run SELECT=` is no run of a pipeline: it neither hides that one failed nor counts as one.
    warehouse.execute(
        "insert into ops.pipeline_runs (execution_batch_id, pipeline, status, market_at, error)"
        f" values ('{batch}', split_part('{batch}', ':', 1), 'failed', '2013-03-02 12:00+00', 'broken')"
    )

    assert cards(open_page(warehouse, page="pipeline"))["Newest runs"] == shown


def test_a_link_to_a_stock_that_is_not_there_leads_to_no_other(open_page: OpenPage, warehouse: Warehouse) -> None:
    app = open_page(warehouse, page="stock", ticker="ZZZZ")
    assert "**ZZZZ**: not in this warehouse" in said(app)

    app.run()  # as each minute, when the page looks for a newer publication

    assert "**ZZZZ**: not in this warehouse" in said(app)
    assert app.selectbox(key="ticker").value is None
    assert cards(app) == {}

    chosen = app.selectbox(key="ticker").set_value("IBM").run()

    assert cards(chosen)["Close"] == "202.91"
