"""Watchlists where tickers are chosen, and tickers that are found by the name of their company."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.dashboards.conftest import cards, said
from tests.dashboards.gold_warehouse import Warehouse

OpenPage = Callable[..., AppTest]


@pytest.fixture
def open_with_lists(
    open_page: OpenPage, warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> OpenPage:
    """Open a page beside a file of watchlists: `open_with_lists('Tech = ["IBM"]', page="compare")`."""
    monkeypatch.setenv("STOCKLAKE_HOME", str(tmp_path))

    def open_beside(lists: str, **query: str | list[str]) -> AppTest:
        (tmp_path / "watchlists.toml").write_text(f"[watchlists]\n{lists}\n")
        return open_page(warehouse, **query)

    return open_beside


TECH = 'Tech = ["MSFT", "ibm"]'


def test_compare_begins_with_the_list_and_goes_on_without_it(open_with_lists: OpenPage) -> None:
    app = open_with_lists(TECH, page="compare", watchlist="Tech")
    assert app.multiselect(key="tickers").value == ["MSFT", "IBM"]

    app.multiselect(key="tickers").set_value(["MSFT", "IBM", "AAPL"]).run()
    assert app.query_params["tickers"] == ["MSFT", "IBM", "AAPL"]
    assert not app.query_params.get("watchlist")
    assert app.selectbox(key="watchlist").value is None

    app.selectbox(key="watchlist").set_value("Tech").run()
    assert app.query_params["watchlist"] == "Tech"
    assert not app.query_params.get("tickers")
    assert app.multiselect(key="tickers").value == ["MSFT", "IBM"]


def test_a_sector_is_a_list_too(open_with_lists: OpenPage) -> None:
    app = open_with_lists(TECH, page="compare", watchlist="Technology")

    assert "Sector: Technology" in app.selectbox(key="watchlist").options
    assert app.selectbox(key="watchlist").options[0] == "Tech"
    assert "IBM" in app.multiselect(key="tickers").value
    assert 0 < len(app.multiselect(key="tickers").value) < 5


def test_the_screener_filters_by_the_list(open_with_lists: OpenPage) -> None:
    app = open_with_lists(TECH, page="screener", watchlist="Tech")

    assert sorted(app.dataframe[0].value["symbol"]) == ["IBM", "MSFT"]
    assert "3 by *watchlist Tech*" in said(app)


@pytest.mark.parametrize("page", ["compare", "screener"])
def test_tickers_of_a_list_that_are_not_there_are_named(open_with_lists: OpenPage, page: str) -> None:
    app = open_with_lists('Tech = ["IBM", "ZZZZ", "YYYY"]', page=page, watchlist="Tech")

    assert "**ZZZZ and YYYY** of the watchlist Tech: not in this warehouse." in said(app)


def test_a_list_of_which_nothing_is_there_shows_no_other_stocks(open_with_lists: OpenPage) -> None:
    words = said(open_with_lists('Tech = ["ZZZZ"]', page="compare", watchlist="Tech"))

    assert "**No ticker is chosen.**" in words


def test_a_longer_list_is_cut_and_the_page_says_so(open_with_lists: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboards.components.choices.MOST_TICKERS", 2)
    app = open_with_lists('Tech = ["MSFT", "IBM", "AAPL"]', page="compare", watchlist="Tech")

    assert app.multiselect(key="tickers").value == ["MSFT", "IBM"]
    assert "The first 2 of 3 tickers" in said(app)


@pytest.mark.parametrize("page", ["compare", "screener"])
def test_what_is_wrong_in_the_file_is_said_and_the_page_goes_on(
    open_with_lists: OpenPage, tmp_path: Path, page: str
) -> None:
    app = open_with_lists('Tech = "IBM"\nMine = ["AAPL"]', page=page, watchlist="Mine")

    assert "**A watchlist cannot be read.**" in said(app)
    assert "watchlists.toml, line 2: Tech: is no list of tickers" in said(app).replace("\\", "")
    assert app.selectbox(key="watchlist").value == "Mine"
    assert app.dataframe

    (tmp_path / "watchlists.toml").write_text("[watchlists\n")
    app.run()
    assert "at line 1" in said(app)
    assert app.dataframe


def test_taking_every_ticker_away_is_kept_in_the_address(open_page: OpenPage, warehouse: Warehouse) -> None:
    app = open_page(warehouse, page="compare", tickers="")

    assert "No ticker is chosen" in said(app)


def test_a_ticker_is_shown_with_its_company_and_asked_for_without(open_page: OpenPage, warehouse: Warehouse) -> None:
    warehouse.execute("update gold.mart_latest_week set company_name = null where symbol = 'FB'")
    apps = {page: open_page(warehouse, page=page, ticker="AAPL") for page in ("stock", "technical")}

    for app in apps.values():
        chosen = app.selectbox(key="ticker")
        assert chosen.value == "AAPL"
        assert chosen.options[:2] == ["AAPL · Apple Inc", "FB"]
        chosen.set_value("IBM").run()
        assert app.query_params["ticker"] == "IBM"
    assert cards(apps["stock"])["Close"] == "202.91"
    several = open_page(warehouse, page="compare", tickers=["IBM", "FB"]).multiselect(key="tickers")
    assert several.value == ["IBM", "FB"]
    assert "AAPL · Apple Inc" in several.options
