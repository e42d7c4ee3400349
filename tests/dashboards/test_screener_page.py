"""The page "Which stocks fit?": its filters, its order, its states, without a browser."""

from collections.abc import Callable
from functools import partial

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboards.views import screener
from tests.dashboards.conftest import charts_of, notes, said
from tests.dashboards.gold_warehouse import Warehouse

OpenPage = Callable[..., AppTest]
FIGURES = {"AAPL": (10, 30), "FB": (None, None), "GOOG": (30, 20), "IBM": (20, 10), "MSFT": (-5, 0)}


@pytest.fixture
def open_screener(open_page: OpenPage, warehouse: Warehouse) -> OpenPage:
    """Open the page at an address, on stocks of these returns of 52 weeks and volatilities."""
    for symbol, (year, volatility) in FIGURES.items():
        warehouse.execute(
            f"update gold.mart_latest_week set return_52w_pct = {'null' if year is None else year},"
            f" volatility_pct = {'null' if volatility is None else volatility} where symbol = '{symbol}'"
        )
    return partial(open_page, warehouse, page="screener")


def table(app: AppTest) -> pd.DataFrame:
    """The stocks that the page has found."""
    (found,) = (frame.value for frame in app.dataframe)
    return found


def link(app: AppTest) -> tuple[str, str]:
    """What leads to *Compare*: its label, and with which choices."""
    (shown,) = app.get("page_link")
    return shown.proto.label, shown.proto.query_string


def found(app: AppTest) -> list[str]:
    return table(app)["symbol"].to_list()


def test_the_page_opens_with_every_stock_those_without_the_figure_last(open_screener: OpenPage) -> None:
    app = open_screener()

    assert found(app) == ["GOOG", "IBM", "AAPL", "MSFT", "FB"]
    assert app.subheader[0].value == "5 of 5 stocks"
    assert charts_of(app) == 1
    assert "Excluded" not in said(app)
    assert not app.warning


def test_every_filter_comes_from_the_address(open_screener: OpenPage) -> None:
    app = open_screener(return_52w_pct="10..", volatility_pct="..20", sort="volatility_pct", order="lowest")

    assert found(app) == ["IBM", "GOOG"]
    assert app.number_input(key="return_52w_pct_from").value == 10
    assert app.number_input(key="return_52w_pct_to").value is None
    assert app.number_input(key="volatility_pct_to").value == 20
    assert app.subheader[0].value == "2 of 5 stocks"
    assert (
        "Excluded, by each filter alone: 2 by *return of 52 weeks from 10 %* (1 stock has no return of 52 weeks) · "
        "2 by *volatility up to 20 %* (1 stock has no volatility)"
    ) in said(app)
    assert "2 of 5 stocks, lowest volatility first" in notes(app)[0]


def test_a_bound_that_is_typed_is_in_the_address_and_goes_with_it(open_screener: OpenPage) -> None:
    app = open_screener(volatility_pct="..25")
    app.number_input(key="volatility_pct_from").set_value(10.5).run()

    assert app.query_params["volatility_pct"] == "10.5..25"
    assert found(app) == ["GOOG"]

    app.number_input(key="volatility_pct_from").set_value(None).run()
    app.number_input(key="volatility_pct_to").set_value(None).run()
    assert not app.query_params.get("volatility_pct")
    assert len(found(app)) == 5


@pytest.mark.parametrize(
    ("order", "symbols"), [("highest", "GOOG IBM AAPL MSFT FB"), ("lowest", "MSFT AAPL IBM GOOG FB")]
)
def test_both_orders_are_chosen_on_the_page(open_screener: OpenPage, order: str, symbols: str) -> None:
    app = open_screener(order="lowest" if order == "highest" else "highest")
    app.segmented_control(key="order").set_value(order).run()

    assert found(app) == symbols.split()


def test_sectors_are_filtered_and_cleared(open_screener: OpenPage) -> None:
    app = open_screener()
    app.multiselect(key="sectors").set_value(["Technology"]).run()
    chosen = found(app)

    assert set(table(app)["sector"]) == {"Technology"}
    assert 0 < len(chosen) < 5
    assert app.query_params["sector"] == "Technology"

    app.number_input(key="volatility_pct_from").set_value(0.0).run()
    (clear,) = (button for button in app.button if button.label == "Clear filters")
    clear.click().run()
    assert len(found(app)) == 5
    assert not any(app.query_params.get(name) for name in ("sector", "volatility_pct"))
    assert app.multiselect(key="sectors").value == []
    assert app.number_input(key="volatility_pct_from").value is None


def test_no_stock_found_is_said_with_the_filter_that_excludes_most(open_screener: OpenPage) -> None:
    app = open_screener(volatility_pct="35..", return_52w_pct="..9")

    assert "**No stock fits.** Most are excluded by *volatility from 35 %*: 5 of 5 stocks." in said(app)
    assert app.subheader[0].value == "0 of 5 stocks"
    assert not app.dataframe
    assert not app.get("page_link")


def test_what_the_address_says_wrongly_is_named(open_screener: OpenPage) -> None:
    app = open_screener(volatility_pct="low", sector="Nope", watchlist="None such", sort="nothing")
    words = said(app)

    assert "**volatility_pct=low**: no range" in words
    assert "**Nope**: no such sector here." in words
    assert "**None such**: no such watchlist." in words
    assert len(found(app)) == 5


def test_stocks_of_an_older_week_or_of_a_coarse_price_are_named_and_not_compared(
    open_screener: OpenPage, warehouse: Warehouse
) -> None:
    warehouse.execute(
        "update gold.mart_latest_week set is_latest_week = false, week_ending = '2013-02-22' where symbol = 'AAPL';"
        "update gold.mart_latest_week set is_tick_bound = true where symbol = 'IBM'"
    )
    app = open_screener()

    assert found(app) == ["GOOG", "MSFT", "FB"]
    assert app.subheader[0].value == "3 of 3 stocks"
    assert (
        "At the week ending 1 March 2013; without AAPL: no price of that week; "
        "without IBM: a close below 0.01 moves in too coarse steps."
    ) in said(app)


def test_the_distance_from_the_52_week_high_is_that_of_the_close(open_screener: OpenPage, warehouse: Warehouse) -> None:
    warehouse.execute("update gold.mart_latest_week set high_52w = close_price * 1.25 where symbol = 'IBM'")
    app = open_screener(below_high_52w_pct="-20.001..-19.999")

    assert found(app) == ["IBM"]
    assert table(app)["below_high_52w_pct"].iloc[0] == pytest.approx(-20)


def test_a_return_over_a_gap_is_no_return_of_a_week(open_screener: OpenPage, warehouse: Warehouse) -> None:
    warehouse.execute("update gold.mart_latest_week set weeks_spanned = 2 where symbol = 'IBM'")

    assert "IBM" not in found(open_screener(return_1w_pct="-100..1000"))


def test_more_than_compare_shows_are_the_first_of_the_order(
    open_screener: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert link(open_screener()) == (
        "Compare 5 stocks",
        "tickers=GOOG&tickers=IBM&tickers=AAPL&tickers=MSFT&tickers=FB",
    )

    monkeypatch.setattr(screener, "MOST_TICKERS", 2)
    app = open_screener()
    assert link(app) == ("Compare the first 2", "tickers=GOOG&tickers=IBM")
    assert "*Compare* takes 2 stocks: the first of this order." in said(app)
