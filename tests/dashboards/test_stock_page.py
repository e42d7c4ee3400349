"""The page "What is this stock?", with a lake behind it: what was known when."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import pytest
from streamlit.testing.v1 import AppTest

from include.bronze.store import open_store
from include.silver.weeks import WEEKLY_ADJUSTED
from tests.dashboards.conftest import cards, said
from tests.dashboards.gold_warehouse import FETCHED_AT, KNOWN_EARLIER, Warehouse, body_of
from tests.payloads import Bar, bar, payload_of

OpenPage = Callable[..., AppTest]


@pytest.fixture
def open_stock(
    open_page: OpenPage,
    read_from: Callable[[Warehouse], None],
    warehouse: Warehouse,
    s3_environment: dict[str, str],
) -> OpenPage:
    """Open the page of a stock whose payloads of two days lie in the lake."""
    warehouse.settings.update(s3_environment)
    read_from(warehouse)
    for fetched_at in (KNOWN_EARLIER, FETCHED_AT):
        body = body_of(WEEKLY_ADJUSTED.name, "AAPL", fetched_at)
        open_store().write_payload(WEEKLY_ADJUSTED.name, "AAPL", body, fetched_at=fetched_at)
    return partial(open_page, warehouse, page="stock")


def test_an_earlier_day_shows_what_was_known_then(open_stock: OpenPage) -> None:
    app = open_stock(ticker="AAPL", as_of="2012-10-20")
    (then,) = (table.value for table in app.dataframe if "adj_close_then" in table.value)
    words = said(app)

    assert "fetched 6 October 2012, 12:00 UTC" in words
    assert "up to 5 October 2012" in words
    assert "Every weekly return is today's, but for rounding" in words
    # Apple's dividends of November 2012 and February 2013 restated every adjusted close before them.
    assert then["adj_close_then"].iloc[0] == 652.59
    assert then["adj_close_today"].iloc[0] < then["adj_close_then"].iloc[0]


def test_what_was_known_today_has_moved_nothing(open_stock: OpenPage) -> None:
    assert "Nothing of it has changed since: every adjusted close is today's." in said(open_stock(ticker="AAPL"))


def test_a_correction_is_told_from_a_restatement(open_stock: OpenPage, warehouse: Warehouse) -> None:
    warehouse.execute(
        "update gold.fact_adjusted_prices set adj_close_price = 1.1 * adj_close_price"
        " where symbol = 'AAPL' and week_ending = '2012-09-07'"
    )

    assert "2 weekly returns differ from today's by more than rounding" in said(open_stock(as_of="2012-10-20"))


def test_the_week_that_was_open_then_is_no_correction(open_stock: OpenPage) -> None:
    wednesday = datetime(2013, 2, 20, 23, tzinfo=UTC)
    body = body_of(WEEKLY_ADJUSTED.name, "AAPL", wednesday)
    open_store().write_payload(WEEKLY_ADJUSTED.name, "AAPL", body, fetched_at=wednesday)

    app = open_stock(ticker="AAPL", as_of="2013-02-20")
    (then,) = (table.value for table in app.dataframe if "adj_close_then" in table.value)

    assert abs(then["difference_points"].iloc[0]) > 0.2  # the newest week: two days of it were still to come
    words = said(app)
    assert "Nothing of it has changed since: every adjusted close is today's." in words
    assert "The week ending 22 February 2013 was still open then." in words
    assert "corrections" not in words


@pytest.mark.parametrize(
    ("bars", "words"),
    [
        ({"2012-09-28": bar(close="x")}, "Nothing that can be believed was known then"),
        ({"2012-09-28": bar(close="6000", adjusted_close="6000"), "2012-09-21": bar()}, "Nothing that can be believed"),
        ({"2012-09-28": bar(adjusted_close="x")}, "No adjusted close of it can be compared with today's."),
        ({"1990-09-28": bar()}, "No adjusted close of it can be compared with today's."),
    ],
    ids=["no row", "a wild value", "no adjusted close", "no week that is known today"],
)
def test_a_payload_without_a_good_row_leaves_the_page_as_it_is(
    open_stock: OpenPage, bars: dict[str, Bar], words: str
) -> None:
    fetched_at = datetime(2012, 9, 29, 12, tzinfo=UTC)
    open_store().write_payload(WEEKLY_ADJUSTED.name, "AAPL", payload_of(bars, "AAPL"), fetched_at=fetched_at)

    app = open_stock(ticker="AAPL", as_of="2012-10-01")

    assert words in said(app)
    assert cards(app)["Close"] == "430.47"


def test_a_stock_of_unknown_currency_has_a_unit_on_every_axis(open_stock: OpenPage, warehouse: Warehouse) -> None:
    warehouse.execute("update gold.mart_latest_week set currency = null")
    for price in ("Raw", "Adjusted", "Total return"):
        app = open_stock(ticker="AAPL", price=price)
        assert not app.exception
        charts = [str(chart.proto.spec) for chart in app.get("vega_lite_chart")]
        assert [chart for chart in charts if "()" in chart] == []
        assert any("Lowest, close and highest (the listing's currency)" in chart for chart in charts)


def test_a_week_with_rejected_fields_is_drawn_as_far_as_it_is_known(open_stock: OpenPage, warehouse: Warehouse) -> None:
    # The first week of the period has no adjusted close, so growth begins with the second.
    warehouse.execute(
        "update gold.fact_adjusted_prices set low_price = null, adj_low_price = null, trade_volume = null,"
        " adj_volume = null, adj_close_price = case when week_ending = '2000-03-03' then null else adj_close_price end,"
        " has_rejected_fields = true where symbol = 'AAPL' and week_ending in ('2000-03-03', '2012-09-07')"
    )
    for price in ("Raw", "Adjusted", "Total return"):
        app = open_stock(ticker="AAPL", period="All", price=price)
        assert not app.exception
        tables = [table.value for table in app.dataframe if "has_rejected_fields" in table.value]
        (rejected,) = (table for table in tables if table["has_rejected_fields"].all())
        assert len(rejected) == 2
        assert rejected["low_price"].isna().all()
        assert "of a week with rejected fields only what is known is drawn" in said(app) or price == "Total return"


def test_an_answer_that_breaks_the_contract_was_never_known(open_stock: OpenPage) -> None:
    broken = body_of(WEEKLY_ADJUSTED.name, "AAPL", FETCHED_AT).replace(b'"4. close": "', b'"4. close": "USD ')
    app_before = said(open_stock(ticker="AAPL", as_of="2013-03-02"))
    open_store().write_payload(WEEKLY_ADJUSTED.name, "AAPL", broken, fetched_at=FETCHED_AT.replace(hour=13))

    words = said(open_stock(ticker="AAPL", as_of="2013-03-02"))

    assert "fetched 2 March 2013, 12:00 UTC" in app_before
    assert "fetched 2 March 2013, 12:00 UTC" in words


def test_before_the_first_answer_nothing_was_known(open_stock: OpenPage) -> None:
    words = said(open_stock(ticker="AAPL", as_of="2011-01-01"))

    assert "Nothing was known on 1 January 2011" in words
    assert "6 October 2012" in words


def test_a_stock_that_the_lake_does_not_hold_is_said(open_stock: OpenPage) -> None:
    assert "The lake holds no payload of this stock" in said(open_stock(ticker="IBM"))


def test_a_lake_that_is_down_leaves_the_prices_on_the_page(open_page: OpenPage, warehouse: Warehouse) -> None:
    app = open_page(warehouse, page="stock", ticker="IBM")

    assert "The lake cannot be read" in said(app)
    assert "S3 does not answer at http://" in said(app)
    assert cards(app)["Close"] == "202.91"


def test_a_ticker_that_does_not_exist_is_named(open_stock: OpenPage) -> None:
    app = open_stock(ticker="ZZZZ")

    assert "**ZZZZ**: not in this warehouse" in app.warning[0].value
    assert app.selectbox(key="ticker").value is None


def test_a_young_stock_has_no_beta_and_no_volatility(open_stock: OpenPage) -> None:
    shown = cards(open_stock(ticker="FB"))

    assert shown["Beta"] == shown["Volatility"] == shown["52 weeks"] == "\N{EN DASH}"


def test_a_market_of_five_stocks_says_that_a_beta_takes_six(open_stock: OpenPage, warehouse: Warehouse) -> None:
    def words() -> str:
        (beta,) = (card for card in open_stock(ticker="IBM").metric if card.label == "Beta")
        return str(beta.delta)

    assert words() == "needs 5 other stocks"
    warehouse.execute("update gold.mart_stock_risk set benchmark = 'SPY'")
    assert words() == "needs 80 weeks"
    warehouse.execute("update gold.mart_stock_risk set benchmark = 'the other stocks', beta = 1.1")
    assert words() == "104 weeks"


def test_the_restatement_of_its_history_is_listed(open_stock: OpenPage) -> None:
    (found,) = (table.value for table in open_stock(ticker="AAPL").dataframe if "cause" in table.value)

    assert found["cause"].to_list() == ["dividend"]
    assert found["rows_changed"].to_list() == [658]


def test_months_and_years_follow_the_period(open_stock: OpenPage) -> None:
    app = open_stock(ticker="IBM", period="1Y")

    assert "Months and years" in [part.value for part in app.subheader]
    assert "the newest month and year so far" in said(app)
    first_month = open_stock(ticker="FB", period="2012-05-18..2012-05-25")
    assert "the newest month and year so far" in said(first_month)  # a year is the smallest that it shows


def test_the_title_names_the_company_and_where_it_belongs(open_stock: OpenPage, warehouse: Warehouse) -> None:
    app = open_stock(ticker="AAPL")
    assert [part.value for part in app.header] == ["Apple Inc"]
    assert "AAPL · Technology · NASDAQ · USD" in said(app)

    warehouse.execute(
        "update gold.mart_latest_week set company_name = null, sector = 'Unknown', exchange = null"
        " where symbol = 'AAPL'"
    )
    app = open_stock(ticker="AAPL")
    assert [part.value for part in app.header] == ["AAPL"]
    assert "AAPL · USD: no facts of the company; why, is said below at *Company*" in said(app)
