"""The page "How do these stocks compare?" and its states, without a browser."""

import socket
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboards.queries import publication
from include.settings import LOOPBACK
from tests.dashboards.conftest import below_cards, charts_of, helps, notes, said
from tests.dashboards.gold_warehouse import GOLD_BATCH, SILVER_BATCH, Warehouse
from tests.dashboards.more_stocks import add_stocks

OpenPage = Callable[..., AppTest]


@pytest.fixture
def open_compare(open_page: OpenPage) -> OpenPage:
    """Open the page at an address."""
    return partial(open_page, page="compare")


def test_the_page_opens_with_every_stock(open_compare: OpenPage, warehouse: Warehouse) -> None:
    app = open_compare(warehouse)

    assert [title.value for title in app.title] == ["How do these stocks compare?"]
    assert app.multiselect(key="tickers").value == ["AAPL", "FB", "GOOG", "IBM", "MSFT"]
    assert not app.error
    assert not app.warning
    assert charts_of(app) >= 3


def test_the_few_numbers_name_the_extremes(open_compare: OpenPage, warehouse: Warehouse) -> None:
    names = below_cards(open_compare(warehouse))
    returns: dict[str, Any] = dict(
        warehouse.execute("select symbol, return_52w_pct from gold.mart_latest_week where return_52w_pct is not null")
    )

    assert names["Best over 52 weeks"] == max(returns, key=lambda symbol: returns[symbol])


def test_the_extremes_are_those_of_one_week(open_compare: OpenPage, warehouse: Warehouse) -> None:
    warehouse.execute(
        "update gold.mart_latest_week set return_52w_pct = 900, volatility_pct = 900, drawdown_pct = -90,"
        " dividend_yield_pct = 90, week_ending = '2012-03-02', is_latest_week = false where symbol = 'AAPL'"
    )
    app = open_compare(warehouse)

    assert len(app.metric) == 4
    assert "AAPL" not in below_cards(app).values()
    assert "At the week ending 1 March 2013; without AAPL: no price of that week." in said(app)


def test_every_visual_says_unit_day_market_and_batch(open_compare: OpenPage, warehouse: Warehouse) -> None:
    app = open_compare(warehouse)
    lines = notes(app)

    assert len(lines) >= 3
    for note in lines:
        assert "1 March 2013" in note
        assert "sample market, 2000 to 2013" in note
    for origin in (text.value for text in app.markdown if "were written by" in text.value):
        assert f"`{SILVER_BATCH}`" in origin or f"`{GOLD_BATCH}`" in origin


def test_the_choices_come_from_the_address(open_compare: OpenPage, warehouse: Warehouse) -> None:
    app = open_compare(warehouse, tickers=["IBM", "AAPL"], period="1Y", shown_as="Currency", log="true")

    assert app.multiselect(key="tickers").value == ["IBM", "AAPL"]
    assert app.toggle(key="log").value is True
    assert "adjusted for splits and dividends, USD" in said(app)


def test_a_ticker_that_does_not_exist_is_named_and_the_others_are_shown(
    open_compare: OpenPage, warehouse: Warehouse
) -> None:
    app = open_compare(warehouse, tickers=["IBM", "ZZZZ"])

    assert [warning.value for warning in app.warning] == [
        "**ZZZZ**: not in this warehouse, so not shown. Choose from the list above, or add it to `STOCK_SYMBOLS` in "
        "`.env` and run `make run`."
    ]
    assert app.multiselect(key="tickers").value == ["IBM"]
    assert charts_of(app) >= 3


def test_without_a_ticker_the_page_asks_for_one(open_compare: OpenPage, warehouse: Warehouse) -> None:
    app = open_compare(warehouse)
    app.multiselect(key="tickers").set_value([]).run()

    assert "No ticker is chosen" in said(app)
    assert charts_of(app) == 0


def test_a_stock_too_young_for_volatility_is_named(open_compare: OpenPage, warehouse: Warehouse) -> None:
    assert "not for FB: fewer than 52 weekly returns" in said(open_compare(warehouse))


def test_an_empty_warehouse_says_how_to_fill_it(open_compare: OpenPage, empty_warehouse: Warehouse) -> None:
    app = open_compare(empty_warehouse)

    assert "The warehouse is empty" in said(app)
    assert "`make run`" in said(app)


def test_a_warehouse_that_is_down_is_said_within_seconds(open_compare: OpenPage) -> None:
    with socket.create_server((LOOPBACK, 0)) as listener:
        port = listener.getsockname()[1]
    gone = Warehouse("postgresql://nobody@127.0.0.1/x", f"postgresql://reader:x@{LOOPBACK}:{port}/stocks_dwh")
    started = time.monotonic()
    app = open_compare(gone)

    assert "The warehouse does not answer" in said(app)
    assert "`make up`" in said(app)
    assert time.monotonic() - started < 10


def test_gold_without_a_table_says_what_to_do(open_compare: OpenPage, warehouse: Warehouse) -> None:
    warehouse.execute("drop table gold.mart_latest_week cascade")
    app = open_compare(warehouse)

    assert "The warehouse cannot answer this page" in said(app)
    assert 'relation "gold.mart_latest_week" does not exist' in said(app)


def test_a_setting_that_is_wrong_is_named(
    open_compare: OpenPage, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTGRES_PORT", "many")

    assert "POSTGRES_PORT" in said(open_compare(warehouse))


def test_prices_of_a_market_that_went_on_are_stale(open_compare: OpenPage, warehouse: Warehouse) -> None:
    warehouse.execute("update gold.publications set market_at = '2013-03-12T12:00:00Z'")
    app = open_compare(warehouse)

    assert "These prices are stale" in said(app)
    assert "1 March 2013" in said(app)
    assert charts_of(app) >= 3, "stale prices are shown all the same"


def test_prices_are_not_stale_while_the_next_week_may_still_come(open_compare: OpenPage, warehouse: Warehouse) -> None:
    warehouse.execute("update gold.publications set market_at = '2013-03-10T12:00:00Z'")

    assert "stale" not in said(open_compare(warehouse))


def test_live_prices_are_never_called_a_sample(open_compare: OpenPage, warehouse: Warehouse) -> None:
    warehouse.execute("update gold.publications set is_sample = false")
    words = said(open_compare(warehouse))

    assert "live market, Alpha Vantage" in words
    assert "sample" not in words.lower()
    assert "These prices are stale" in words, "by the wall clock, 2013 is long ago"


def test_a_new_publication_shows_at_the_next_look(open_compare: OpenPage, warehouse: Warehouse) -> None:
    app = open_compare(warehouse)
    assert helps(app) == [f"By the run `{GOLD_BATCH}`"]

    warehouse.execute(
        "create temporary table newer as select * from gold.publications;"
        "update newer set execution_batch_id = 'gold_star_schema:newer', published_at = now();"
        "insert into gold.publications select * from newer;"
        "update gold.fact_adjusted_prices set execution_batch_id = 'weekly:newer', load_timestamp = now()"
        " where symbol = 'IBM' and week_ending = '2013-03-01'"
    )
    publication.newest_publication.clear()  # its fifteen seconds are over
    app.run()

    assert helps(app) == ["By the run `gold_star_schema:newer`"]
    assert "The newest of these rows were written by `weekly:newer`. Earlier runs wrote the others: 1." in said(app)


def test_two_stocks_that_share_too_few_weeks_have_no_correlation(open_compare: OpenPage, warehouse: Warehouse) -> None:
    app = open_compare(warehouse, tickers=["AAPL", "IBM"], period="1M")

    assert "Correlation needs two stocks with 12 common weekly returns in the period." in said(app)


def test_the_figures_of_the_period_follow_the_chosen_period(open_compare: OpenPage, warehouse: Warehouse) -> None:
    for period, weeks in (("1Y", 52), ("All", 678)):
        app = open_compare(warehouse, tickers=["IBM"], period=period)
        growth, risk = (frame.value for frame in app.dataframe if "positive_weeks_pct" in frame.value.columns)
        assert growth["weeks"].to_list() == risk["weeks"].to_list() == [weeks]


def test_drawdown_correlation_and_unusual_weeks_are_drawn(open_compare: OpenPage, warehouse: Warehouse) -> None:
    app = open_compare(warehouse, tickers=["AAPL", "IBM"])
    words = said(app)

    heads = [part.value for part in app.subheader]
    begin = heads.index("Drawdown")
    assert heads[begin : begin + 3] == ["Drawdown", "Correlation", "Unusual weeks"]
    assert "261 to 261 common weeks" in words
    assert "large beyond 2" in words


def test_risk_is_drawn_against_return_of_the_period(open_compare: OpenPage, warehouse: Warehouse) -> None:
    app = open_compare(warehouse, tickers=["AAPL", "IBM"], period="5Y")
    assert "Risk against return" in [part.value for part in app.subheader]

    alone = open_compare(warehouse, tickers=["AAPL"], period="5Y")
    assert "Risk against return" not in [part.value for part in alone.subheader]


def test_beta_and_correlation_over_52_weeks_follow_the_benchmark(open_compare: OpenPage, warehouse: Warehouse) -> None:
    app = open_compare(warehouse, tickers=["AAPL", "FB"], period="5Y", benchmark="IBM", rolling="Correlation")
    assert "Correlation of weekly returns against IBM" in said(app)

    young = open_compare(warehouse, tickers=["FB"], period="5Y", benchmark="IBM")
    assert "of weekly returns against IBM" not in said(young)  # FB has 42 weeks


def test_twenty_tickers_are_compared_and_no_more(open_compare: OpenPage, warehouse: Warehouse) -> None:
    chosen = ["AAPL", "IBM", *add_stocks(warehouse, 20)]
    assert "are grey" not in said(open_compare(warehouse, tickers=chosen[:6]))

    app = open_compare(warehouse, tickers=chosen, over="13 weeks")

    assert app.multiselect(key="tickers").value == chosen[:20]
    words = said(app)
    assert "The first 20 of 22 tickers: no more fit beside each other." in words
    assert "The first 6 tickers have a colour, 14 others are grey" in words
    assert "drawn for those with a colour" in words
    growth = next(frame.value for frame in app.dataframe if "positive_weeks_pct" in frame.value.columns)
    assert growth["symbol"].to_list() == sorted(chosen[:20])
    assert any("Total return over 13 weeks (%)" in str(chart.proto.spec) for chart in app.get("vega_lite_chart"))


def test_of_many_stocks_that_pay_nothing_in_colour_the_dividends_are_a_table(
    open_compare: OpenPage, warehouse: Warehouse
) -> None:
    silent = ["FB", "GOOG", *add_stocks(warehouse, 4, like="GOOG")]
    charts = charts_of(open_compare(warehouse, tickers=[*silent, "S04"], period="1Y"))

    app = open_compare(warehouse, tickers=[*silent, "IBM"], period="1Y")
    assert charts_of(app) == charts
    assert "Regular dividends by ex-week" in "".join(notes(app))
