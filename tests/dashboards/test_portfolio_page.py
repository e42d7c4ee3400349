"""The page "How would this portfolio have done?": what it shows of the holdings in its address, and what it refuses."""

from collections.abc import Callable
from functools import partial

import pytest
from streamlit.testing.v1 import AppTest

from tests.dashboards.conftest import cards, charts_of, said
from tests.dashboards.gold_warehouse import Warehouse

OpenPage = Callable[..., AppTest]


@pytest.fixture
def open_portfolio(open_page: OpenPage) -> OpenPage:
    """Open the page at an address."""
    return partial(open_page, page="portfolio")


def table_with(app: AppTest, column: str) -> list[dict[str, object]]:
    found = next(frame.value for frame in app.dataframe if column in frame.value.columns)
    rows: list[dict[str, object]] = found.to_dict("records")
    return rows


def test_it_begins_with_equal_weights(open_portfolio: OpenPage, warehouse: Warehouse) -> None:
    app = open_portfolio(warehouse)

    assert app.multiselect(key="held").value == ["AAPL", "FB", "GOOG", "IBM", "MSFT"]
    assert {number.value for number in app.number_input} == {20}
    assert charts_of(app) == 2
    assert "It begins with the week ending 18 May 2012, the first of FB." in said(app)
    assert not app.error


def test_the_contributions_sum_to_the_total_return(open_portfolio: OpenPage, warehouse: Warehouse) -> None:
    app = open_portfolio(warehouse, holdings="AAPL:40,MSFT:60", period="All")

    holdings = table_with(app, "contribution_pct")
    (figures,) = table_with(app, "cagr_pct")
    assert sum(float(str(row["contribution_pct"])) for row in holdings) == pytest.approx(figures["total_return_pct"])
    assert [row["weight_pct"] for row in holdings] == [40, 60]
    assert "It begins" not in said(app)


def test_without_rebalancing_it_is_the_shares_that_were_bought(open_portfolio: OpenPage, warehouse: Warehouse) -> None:
    app = open_portfolio(warehouse, holdings="IBM:1", period="All", rebalanced="Never")

    ((first, last),) = warehouse.execute(
        "select (array_agg(total_return_index order by week_ending))[1],"
        " (array_agg(total_return_index order by week_ending desc))[1]"
        " from gold.fact_adjusted_prices where symbol = 'IBM' and is_complete_week"
    )
    (figures,) = table_with(app, "cagr_pct")
    assert figures["total_return_pct"] == pytest.approx(100 * (float(str(last)) / float(str(first)) - 1))


def test_a_changed_weight_and_a_new_holding_are_in_the_address(open_portfolio: OpenPage, warehouse: Warehouse) -> None:
    app = open_portfolio(warehouse, holdings="AAPL:40,MSFT:60")

    app.number_input(key="weight_of_AAPL").set_value(20.0).run()
    assert app.query_params["holdings"] == "AAPL:20,MSFT:60"
    assert "The weights sum to 80.0 and are scaled to 100: AAPL 25.0 % and MSFT 75.0 %." in said(app)

    app.multiselect(key="held").set_value(["AAPL", "MSFT", "IBM"]).run()
    assert app.query_params["holdings"] == "AAPL:20,MSFT:60,IBM:40"

    app.number_input(key="weight_of_AAPL").set_value(0.0).run()
    assert app.query_params["holdings"] == "MSFT:60,IBM:40"
    assert "scaled" not in said(app)


def test_a_benchmark_stands_beside_it(open_portfolio: OpenPage, warehouse: Warehouse) -> None:
    app = open_portfolio(warehouse, holdings="AAPL:50,MSFT:50", period="5Y", benchmark="IBM")

    (row,) = table_with(app, "tracking_error_pct")
    assert row["series"] == "Portfolio"
    assert row["common_weeks"] == 261
    assert [series["series"] for series in table_with(app, "cagr_pct")] == ["Portfolio", "IBM (benchmark)"]


def test_it_is_no_benchmark_of_itself(open_portfolio: OpenPage, warehouse: Warehouse) -> None:
    app = open_portfolio(warehouse, holdings="IBM:1", rebalanced="Never", benchmark="IBM", period="1Y")

    (row,) = table_with(app, "tracking_error_pct")
    assert row["excess_return_pct"] == pytest.approx(0, abs=1e-9)
    assert row["beta"] == pytest.approx(1)


def test_a_mean_of_too_few_stocks_is_said(open_portfolio: OpenPage, warehouse: Warehouse) -> None:
    app = open_portfolio(warehouse, holdings="AAPL:50,MSFT:50", benchmark="All stocks")

    assert "a mean takes at least 5 other stocks in a week. Choose another benchmark." in said(app)
    assert "Contributed most" in cards(app)


@pytest.mark.parametrize(
    ("holdings", "words"),
    [
        ("AAPL:40,ZZZZ:60", "**ZZZZ**: not in this warehouse"),
        ("AAPL", "**These holdings cannot be read**: 'AAPL' is no holding; write for example AAPL:40,MSFT:60."),
        ("AAPL:-1", "AAPL has the weight -1; a weight is above 0."),
        (",".join(f"T{number}:1" for number in range(51)), "there are 51 of them, and at most 50 can be held."),
        ("", "No holding is chosen"),
    ],
)
def test_what_cannot_be_held_is_named(
    open_portfolio: OpenPage, warehouse: Warehouse, holdings: str, words: str
) -> None:
    assert words in said(open_portfolio(warehouse, holdings=holdings)).replace("\\", "")


def test_two_currencies_have_no_common_return(open_portfolio: OpenPage, warehouse: Warehouse) -> None:
    warehouse.execute("update gold.mart_latest_week set currency = 'CAD' where symbol = 'IBM'")
    app = open_portfolio(warehouse, holdings="IBM:50,MSFT:50")

    assert "its holdings are in 2 currencies, and none is converted: IBM in CAD and MSFT in USD" in said(app)
    assert charts_of(app) == 0


def test_holdings_that_share_no_weeks_are_said(open_portfolio: OpenPage, warehouse: Warehouse) -> None:
    warehouse.execute("delete from gold.fact_adjusted_prices where symbol = 'IBM' and week_ending >= '2012-05-18'")
    app = open_portfolio(warehouse, holdings="FB:50,IBM:50", period="All")

    assert "These holdings share no two weeks in this period.** FB began last." in said(app)
