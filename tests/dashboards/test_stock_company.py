"""What the page "What is this stock?" says of a company, and why it lacks a fact."""

from collections.abc import Callable
from functools import partial

import pytest
from streamlit.testing.v1 import AppTest

from include.settings import SAMPLE_SYMBOLS
from tests.dashboards.conftest import below_cards, said
from tests.dashboards.gold_warehouse import Warehouse

OpenPage = Callable[..., AppTest]
NO_OVERVIEW = """
    delete from ops.api_calls where function = 'OVERVIEW' and symbol = 'IBM';
    delete from silver.company_overview where symbol = 'IBM';
    delete from silver.loaded_payloads where function = 'OVERVIEW' and symbol = 'IBM';
    update gold.mart_latest_week
    set company_name = null, sector = 'Unknown', industry = null, exchange = null, country = null, asset_type = null
    where symbol = 'IBM';
"""
CALL = """
    insert into ops.api_calls (source, market_at, function, symbol, outcome, message, seconds, execution_batch_id)
    values ('alpha_vantage', '2013-03-02 11:00+00', 'OVERVIEW', 'IBM', '{outcome}', 'IBM: {message}', 0.1, 'x');
"""


@pytest.fixture
def open_stock(open_page: OpenPage, warehouse: Warehouse) -> OpenPage:
    """Open the page of IBM."""
    return partial(open_page, warehouse, page="stock", ticker="IBM")


def company(app: AppTest) -> dict[str, str]:
    """The facts of the company."""
    (facts,) = (table.value for table in app.dataframe if "On record" in set(table.value.get("fact", [])))
    return dict(zip(facts["fact"], facts["value"], strict=True))


def test_a_fact_that_the_overview_lacks_is_told_apart_from_one_that_it_has(open_stock: OpenPage) -> None:
    app = open_stock()

    assert company(app)["Sector"] == "Technology"
    assert company(app)["Description"] == company(app)["Shares"] == "\N{EN DASH} not told by the source"
    assert "What is missing is not told by the source: its overview of this company lacks it." in said(app)


def test_a_fact_that_could_not_be_believed_says_so(open_stock: OpenPage, warehouse: Warehouse) -> None:
    warehouse.execute(
        "insert into silver.rejected_rows"
        " (bronze_key, row_number, function, symbol, field, raw_values, reason, execution_batch_id)"
        " select bronze_key, 1, 'OVERVIEW', symbol, 'shares_outstanding', '{}', 'negative shares_outstanding', 'b'"
        " from silver.company_overview where symbol = 'IBM'"
    )
    facts = company(open_stock())

    assert facts["Shares"] == "\N{EN DASH} not believable: negative shares_outstanding"
    assert facts["Market capitalisation"] == "\N{EN DASH} not told by the source"


@pytest.mark.parametrize(
    ("calls", "words", "sentence"),
    [
        ("", "never fetched", "never fetched: the next run of company_overview asks for it."),
        (
            CALL.format(outcome="NothingKnown", message="no facts"),
            "not offered",
            "not offered: the source knows no facts of this company; it is asked again once a month.",
        ),
        (
            CALL.format(outcome="InvalidCall", message="Invalid API call"),
            "refused",
            "refused until 1 April 2013: the source does not know this ticker: Invalid API call; asked again after 30 "
            "days, or with FORCE=1.",
        ),
    ],
)
def test_a_company_of_which_nothing_is_held_says_why(
    open_stock: OpenPage, warehouse: Warehouse, calls: str, words: str, sentence: str
) -> None:
    warehouse.execute(NO_OVERVIEW + calls)

    app = open_stock()

    facts = company(app)
    assert {facts[name] for name in ("Name", "Sector", "Industry", "Kind")} == {f"\N{EN DASH} {words}"}
    assert f"What is missing is {sentence}" in said(app)
    assert "no facts of the company; why, is said below" in said(app)


def test_a_ticker_that_stock_symbols_does_not_name_is_not_asked_by_itself(
    open_stock: OpenPage, warehouse: Warehouse
) -> None:
    warehouse.settings["STOCK_SYMBOLS"] = ",".join(set(SAMPLE_SYMBOLS) - {"IBM"})
    warehouse.execute(NO_OVERVIEW)

    assert "STOCK_SYMBOLS does not name this ticker, so no run asks by itself." in said(open_stock())


def test_a_figure_that_needs_a_year_says_so(open_page: OpenPage, warehouse: Warehouse) -> None:
    app = open_page(warehouse, page="stock", ticker="FB")

    assert company(app)["Dividend yield"] == "\N{EN DASH} needs a year on record"
    assert below_cards(app)["52 weeks"] == "needs 52 weeks"
    assert below_cards(app)["Volatility"] == "needs 52 weeks"
    assert "The range needs 52 weeks on record." in said(app)
