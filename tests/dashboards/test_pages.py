"""What the pages beside *Compare* show, without a browser."""

import re
from collections import Counter
from collections.abc import Callable

import psycopg
import pytest
from streamlit.testing.v1 import AppTest

from dashboards.queries import market
from include.observability.checks import count_checks_of, say_checks
from tests.dashboards.conftest import below_cards, cards, charts_of, notes, said
from tests.dashboards.gold_warehouse import EARLIER_BATCH, SILVER_BATCH, Warehouse

OpenPage = Callable[..., AppTest]


def test_the_market_names_the_best_and_the_worst(open_page: OpenPage, warehouse: Warehouse) -> None:
    app = open_page(warehouse, page="market")
    names = below_cards(app)

    assert (names["Best"], names["Worst"]) == ("FB", "AAPL")
    assert cards(app)["Rose"] == "4 of 5"


def test_no_ranking_promises_more_stocks_than_there_are(open_page: OpenPage, warehouse: Warehouse) -> None:
    lines = {page: "\n".join(notes(open_page(warehouse, page=page))) for page in ("market", "volatility", "sectors")}

    assert "Percent, dividends included; 5 stocks, best first · as of" in lines["market"]
    assert "; 4 stocks, most volatile first · as of" in lines["volatility"]  # FB has not been listed for a year
    assert "; 3 stocks, highest yielding first · as of" in lines["sectors"]
    assert not re.search(r"\b(ten|20|200)\b", "".join(lines.values()).replace("2000 to 2013", ""))


def test_more_movers_than_are_shown_are_the_best_and_the_worst(
    open_page: OpenPage, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(market, "MOVERS_AT_EACH_END", 2)

    (line,) = (line for line in notes(open_page(warehouse, page="market")) if "dividends included" in line)
    assert "the 2 best and 2 worst" in line


def test_the_market_says_what_is_new(open_page: OpenPage, warehouse: Warehouse) -> None:
    (news,) = (table.value for table in open_page(warehouse, page="market").dataframe if "what" in table.value)

    assert ("New 52-week low", "AAPL") in set(zip(news["what"], news["symbol"], strict=True))
    assert set(news.loc[news["what"] == "History restated", "symbol"]) == {"AAPL", "IBM", "MSFT"}


def test_a_market_without_dividends_says_so_in_the_words_of_the_field(
    open_page: OpenPage, warehouse: Warehouse
) -> None:
    warehouse.execute("update gold.fact_adjusted_prices set dividend_amount = 0, dividend_per_share = 0")

    assert "No stock went ex-dividend in the last four weeks." in said(open_page(warehouse, page="market"))


def test_the_sector_that_led_is_one_of_those_that_have_the_newest_week(
    open_page: OpenPage, warehouse: Warehouse
) -> None:
    warehouse.execute(
        "delete from gold.mart_sector_performance"
        " where sector = 'Communication Services' and week_ending = '2013-03-01'"
    )
    (led,) = (metric for metric in open_page(warehouse, page="sectors").metric if metric.label == "Led the year")

    assert led.delta == "Technology"


def test_a_market_of_one_week_says_what_it_waits_for(open_page: OpenPage, warehouse: Warehouse) -> None:
    warehouse.execute("update gold.fact_adjusted_prices set weeks_spanned = null")

    assert "No stock has a return for the newest week yet" in said(open_page(warehouse, page="market"))


def test_the_sector_that_led_the_year_is_named(open_page: OpenPage, warehouse: Warehouse) -> None:
    app = open_page(warehouse, page="sectors")
    (led,) = (metric for metric in app.metric if metric.label == "Led the year")
    ((best,),) = warehouse.execute(
        "select sector from gold.mart_sector_performance where week_ending = '2013-03-01'"
        " order by return_52w_pct desc limit 1"
    )

    assert led.delta == best == "Communication Services"


def test_a_sector_of_the_address_narrows_the_payers(open_page: OpenPage, warehouse: Warehouse) -> None:
    app = open_page(warehouse, page="sectors", sector="Communication Services", over="1 week")

    assert app.selectbox(key="sector").value == "Communication Services"
    assert "No stock here paid a regular dividend" in said(app)


def test_the_most_volatile_stock_is_named(open_page: OpenPage, warehouse: Warehouse) -> None:
    app = open_page(warehouse, page="volatility")

    assert (cards(app)["Most volatile"], below_cards(app)["Most volatile"]) == ("30.8 %", "AAPL")
    assert app.dataframe[0].value["symbol"].to_list() == ["AAPL", "GOOG", "MSFT", "IBM"]


def test_a_sector_of_the_address_narrows_the_volatility(open_page: OpenPage, warehouse: Warehouse) -> None:
    app = open_page(warehouse, page="volatility", sector="Technology")

    assert app.dataframe[0].value["symbol"].to_list() == ["AAPL", "MSFT", "IBM"]


def test_a_universe_too_young_for_volatility_says_so(open_page: OpenPage, warehouse: Warehouse) -> None:
    warehouse.execute("delete from gold.mart_volatility")

    assert "No stock has 52 weekly returns yet" in said(open_page(warehouse, page="volatility"))


def test_tickers_that_hold_the_newest_week_are_fresh(open_page: OpenPage, warehouse: Warehouse) -> None:
    app = open_page(warehouse, page="pipeline")

    assert cards(app)["Fresh tickers"] == "5 of 5"
    assert "Every ticker holds the newest week" in said(app)


def test_a_market_that_went_on_leaves_the_tickers_behind(open_page: OpenPage, warehouse: Warehouse) -> None:
    warehouse.execute("update gold.publications set market_at = '2013-03-09T12:00:00Z'")
    app = open_page(warehouse, page="pipeline")

    assert cards(app)["Fresh tickers"] == "0 of 5"
    assert "**5 tickers** lack the newest closed week" in said(app)


def test_what_is_quarantined_is_named_with_the_way_out(open_page: OpenPage, warehouse: Warehouse) -> None:
    assert "Nothing is quarantined" in said(open_page(warehouse, page="pipeline", tab="Doubtful data"))
    warehouse.execute(
        """
        insert into ops.quarantines (
            place, symbol, function, bronze_key, rule, week_ending, value, bound, way_out, since, execution_batch_id,
            ended_at, published_rows
        )
        values
            ('payload', 'FB', 'TIME_SERIES_WEEKLY_ADJUSTED', 'k1', 'one_wild_value', '2013-02-22',
                'adjusted close 245397 after 27', '51 times', 'make accept SYMBOL=FB', '2013-03-02', 'b', null, null),
            ('publication', 'IBM', 'TIME_SERIES_WEEKLY_ADJUSTED', 'k2', 'prices_are_positive', '2013-02-22',
                '-1', 'above 0', 'tell us', '2013-03-02', 'b', null, 'kept'),
            ('publication', 'NEW', 'TIME_SERIES_WEEKLY_ADJUSTED', 'k2', 'prices_are_positive', '2013-02-22',
                '-1', 'above 0', 'tell us', '2013-03-02', 'b', null, 'none'),
            ('publication', 'OLD', 'TIME_SERIES_WEEKLY_ADJUSTED', 'k2', 'prices_are_positive', '2013-02-22',
                '-1', 'above 0', 'tell us', '2013-03-02', 'b', null, 'removed'),
            ('publication', 'OLDER', 'TIME_SERIES_WEEKLY_ADJUSTED', 'k2', 'prices_are_positive', '2013-02-22',
                '-1', 'above 0', 'tell us', '2013-03-02', 'b', null, 'removed'),
            ('payload', 'MSFT', 'TIME_SERIES_WEEKLY_ADJUSTED', 'k3', 'contract', null, 'x', 'y', 'z', '2013-01-02',
                'b', '2013-02-02', null)
        """
    )

    app = open_page(warehouse, page="pipeline", tab="Doubtful data")

    (held,) = (table.value for table in app.dataframe if "way_out" in table.value)
    assert held[["symbol", "place", "rule", "way_out"]].to_numpy().tolist() == [
        ["FB", "payload", "one_wild_value", "make accept SYMBOL=FB"],
        *[[symbol, "publication", "prices_are_positive", "tell us"] for symbol in ("IBM", "NEW", "OLD", "OLDER")],
    ]
    assert held["readers_see"].to_list() == [
        "what its other payloads say",
        "what was published before",
        "nothing, for gold held no row of it",
        *["nothing, for a full rebuild removed its rows"] * 2,
    ]
    assert cards(app)["Quarantined"] == "5 tickers"
    words = said(app)
    assert "5 tickers held back: FB, IBM, NEW, OLD and OLDER" in words
    assert "of 1 ticker what was published before" in words
    assert "of 2 tickers nothing, for a full rebuild removed its rows" in words


def test_a_pipeline_that_failed_is_named_with_its_reason(open_page: OpenPage, warehouse: Warehouse) -> None:
    words = said(open_page(warehouse, page="pipeline"))

    assert "The newest run of `stock_data_pipeline` failed" in words
    assert "FB: Invalid API call" in words


def test_the_budget_is_counted_over_24_hours(open_page: OpenPage, warehouse: Warehouse) -> None:
    words = said(open_page(warehouse, page="pipeline"))

    assert "**11** of 1,000,000 credits spent" in words
    assert "calls a minute; these limits are the sample market's own." in words


def test_a_batch_leads_from_the_call_to_the_charts(open_page: OpenPage, warehouse: Warehouse) -> None:
    app = open_page(warehouse, page="pipeline", tab="Lineage", batch=SILVER_BATCH)
    (trail,) = (table.value for table in app.dataframe if "layer" in table.value)
    numbers = dict(zip(trail["what"], trail["rows"], strict=True))

    assert numbers["API calls"] == numbers["payloads loaded"] == 10
    assert numbers["publications of its rows"] == 1
    assert numbers["stocks whose newest week it wrote"] == 5


def test_another_batch_of_the_address_is_followed(open_page: OpenPage, warehouse: Warehouse) -> None:
    app = open_page(warehouse, page="pipeline", tab="Lineage", batch=EARLIER_BATCH)

    assert app.selectbox(key="batch").value == EARLIER_BATCH


def test_the_pipeline_is_shown_before_the_first_publication(open_page: OpenPage, empty_warehouse: Warehouse) -> None:
    empty_warehouse.execute(
        "insert into ops.market (is_sample) values (true);"
        "insert into ops.pipeline_runs (execution_batch_id, pipeline, status, market_at, error)"
        " values ('weekly_adjusted_prices:x', 'weekly_adjusted_prices', 'failed', now(), 'the source is away')"
    )
    words = said(open_page(empty_warehouse, page="pipeline"))

    assert "Nothing is published yet" in words
    assert "the source is away" in words
    assert "No daily bars were looked at yet" in said(open_page(empty_warehouse, page="pipeline", tab="Checks"))


def test_the_checks_say_what_they_found_when_and_how_severe_it_is(open_page: OpenPage, warehouse: Warehouse) -> None:
    warehouse.execute(
        "update ops.check_results set status = 'fail', failing_rows = 3 where check_name = 'stock_weeks_are_unique';"
        "update ops.check_results set status = 'warn', failing_rows = 2 where check_name ="
        " 'open_and_close_lie_between_low_and_high'"
    )
    app = open_page(warehouse, page="pipeline", tab="Checks")
    (checks,) = (table.value for table in app.dataframe if "rule" in table.value)

    assert checks.loc[:1, ["rule", "severity", "failing_rows"]].to_numpy().tolist() == [
        ["stock weeks are unique", "error", 3],
        ["open and close lie between low and high", "warn", 2],
    ]
    assert checks["checked_at"].notna().all()
    assert set(checks["execution_batch_id"]) == {SILVER_BATCH}
    assert "**Failed: stock weeks are unique (fact_adjusted_prices_candidates).**" in said(app)
    counts = Counter(checks["status"])
    assert cards(app)["Checks"] == f"{counts['pass']} of {checks.shape[0]}"
    assert below_cards(app)["Checks"] == "passed, 2 warned, 1 failed"
    words = f"{checks.shape[0]} checks: {counts['pass']} passed, 2 warned, 1 failed"
    assert f"{words}, each when it ran last." in said(app)
    with psycopg.connect(warehouse.url) as connection:  # what `make run` says of them
        assert say_checks(count_checks_of(connection, SILVER_BATCH)) == words


def test_a_row_of_a_table_leads_to_its_run(open_page: OpenPage, warehouse: Warehouse) -> None:
    app = open_page(warehouse, page="pipeline")
    (runs,) = (table.value for table in app.dataframe if "rows_written" in table.value)
    told = runs.set_index("execution_batch_id")

    assert told.loc[EARLIER_BATCH, "run_page"] == "pipeline?tab=Lineage&batch=weekly_adjusted_prices%3Aearlier"
    assert told.loc[SILVER_BATCH, "tickers"] == "5 fetched"
    assert told.loc[SILVER_BATCH, "rows_written"] == "105 inserted, 1,974 updated"


def test_what_is_odd_about_the_daily_bars_is_counted_and_the_extreme_stands_first(
    open_page: OpenPage, warehouse: Warehouse
) -> None:
    app = open_page(warehouse, page="pipeline", tab="Checks")

    (odd,) = (table.value for table in app.dataframe if "finding" in table.value)
    assert odd[["symbol", "finding", "level"]].to_numpy().tolist() == [
        ["FB", "volume far above average", "extreme"],
        ["IBM", "volume far below average", "unusual"],
        ["IBM", "sessions missing", "unusual"],
    ]
    assert odd["words"][0] == "412,300,000 shares, 11.2 times the average of the 20 sessions before"
    assert "2 tickers looked at: 1 extreme, 2 unusual. It holds nothing back." in said(app)


def test_a_table_leads_from_each_ticker_to_its_page(open_page: OpenPage, warehouse: Warehouse) -> None:
    app = open_page(warehouse, page="compare", tickers=["IBM", "MSFT"], period="1Y")
    (returns, *_) = (table.value for table in app.dataframe if "return_4w_pct" in table.value)

    assert returns["stock_page"].to_list() == ["stock?ticker=IBM&period=1Y", "stock?ticker=MSFT&period=1Y"]


@pytest.mark.parametrize("price", ["Raw", "Adjusted", "Total return"])
def test_a_stock_is_drawn_in_every_kind_of_price(open_page: OpenPage, warehouse: Warehouse, price: str) -> None:
    app = open_page(warehouse, page="stock", ticker="AAPL", period="All", price=price)
    (actions,) = (table.value for table in app.dataframe if "dividend_today" in table.value)
    splits = actions[actions["dividend_of_week"].isna()]

    assert charts_of(app) >= 3
    assert splits["action_words"].to_list() == ["split 2 : 1", "split 2 : 1"]
    assert splits["weekly_return_pct"].round(2).to_list() == [-3.79, 13.37]
