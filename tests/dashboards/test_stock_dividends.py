"""What the page "What is this stock?" says of dividends, splits and single weeks."""

from collections.abc import Callable
from datetime import date
from functools import partial

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from tests.dashboards.conftest import notes, said
from tests.dashboards.gold_warehouse import Warehouse

OpenPage = Callable[..., AppTest]


@pytest.fixture
def open_stock(open_page: OpenPage, warehouse: Warehouse) -> OpenPage:
    """Open the page of a stock."""
    return partial(open_page, warehouse, page="stock")


def table(app: AppTest, column: str) -> pd.DataFrame:
    """The one table that has a column."""
    (found,) = (each.value for each in app.dataframe if column in each.value)
    return found


def test_a_year_says_what_it_paid_and_how_that_grew(open_stock: OpenPage) -> None:
    years = table(open_stock(ticker="IBM", period="3Y"), "calendar_year").set_index("calendar_year")

    assert years.index.to_list() == ["2013 so far", "2012", "2011", "2010"]
    assert years["dividend_per_share"].to_list() == [0.85, 3.30, 2.90, 2.50]
    assert years["growth_pct"].round(1).to_list() == [3.0, 13.8, 16.0, 16.3]
    assert years["dividend_count"].to_list() == [1, 4, 4, 4]
    assert years.loc["2012", "years_without_cut"] == 11


def test_a_year_that_the_record_begins_in_is_no_running_one(open_stock: OpenPage) -> None:
    years = table(open_stock(ticker="IBM", period="2000-06-02..2001-06-01"), "calendar_year")

    assert years["calendar_year"].to_list() == ["2001", "2000 in part"]


def test_special_dividends_and_amounts_that_nobody_told_have_columns_of_their_own(
    open_stock: OpenPage, warehouse: Warehouse
) -> None:
    years = table(open_stock(ticker="MSFT", period="All"), "calendar_year").set_index("calendar_year")
    assert years.loc["2004", "special_dividend_per_share"] == 3

    warehouse.execute(
        "update gold.mart_dividends set dividend_per_share = null, unknown_dividend_count = 1"
        " where symbol = 'IBM' and year = 2012;"
        "update gold.fact_adjusted_prices set dividend_per_share = null"
        " where symbol = 'IBM' and week_ending = '2013-02-08'"
    )
    app = open_stock(ticker="IBM", period="1Y")
    years = table(app, "calendar_year").set_index("calendar_year")
    assert years["dividend_per_share"].isna().to_list() == [False, True]
    assert years["unknown_dividend_count"].to_list() == [0, 1]
    assert pd.isna(table(app, "dividend_today")["dividend_of_week"][0])


def test_an_ex_date_is_shown_where_the_list_of_the_source_has_it(open_stock: OpenPage, warehouse: Warehouse) -> None:
    app = open_stock(ticker="IBM", period="1Y")
    assert "their days are not known" in "".join(notes(app))
    warehouse.execute(
        "insert into silver.dividends"
        " (symbol, ex_date, amount, payment_date, bronze_key, execution_batch_id) values"
        " ('IBM', '2013-02-06', 0.85, '2013-03-09', 'source/DIVIDENDS/x', 'b'),"
        " ('AAPL', '2012-11-07', 9, null, 'source/DIVIDENDS/x', 'b')"
    )

    app = open_stock(ticker="IBM", period="1Y")
    paid = table(app, "dividend_today")

    assert paid["week_ending"].to_list() == [date(2013, 2, 8), date(2012, 11, 9), date(2012, 8, 10), date(2012, 5, 11)]
    assert paid["ex_date"][0] == date(2013, 2, 6)
    assert paid["payment_date"][0] == date(2013, 3, 9)
    assert paid["ex_date"][1:].isna().all()
    assert "their days are not known" not in "".join(notes(app))


def test_a_dividend_before_a_split_is_also_told_in_the_shares_of_today(
    open_stock: OpenPage, warehouse: Warehouse
) -> None:
    warehouse.execute(
        "update gold.fact_adjusted_prices set later_price_factor = 2"
        " where symbol = 'MSFT' and week_ending <= '2003-02-21'"
    )
    paid = table(open_stock(ticker="MSFT", period="2003-01-03..2003-12-26"), "dividend_today")

    assert paid["action_words"].to_list() == ["dividend", "dividend", "split 2 : 1"]
    assert paid["dividend_of_week"].to_list()[:2] == [0.16, 0.08]
    assert paid["dividend_today"].to_list()[:2] == [0.16, 0.04]
    assert paid[["dividend_of_week", "dividend_today"]].iloc[2].isna().all()


def test_a_stock_that_never_paid_says_so(open_stock: OpenPage) -> None:
    assert "No dividend on record." in said(open_stock(ticker="FB"))


def test_a_period_before_the_first_dividend_says_when_that_was(open_stock: OpenPage) -> None:
    words = said(open_stock(ticker="MSFT", period="2001-01-05..2001-12-28"))

    assert "No dividend in this period: the first on record is of 2003." in words
    assert "No dividend and no split in the weeks of this period." in words


def test_the_weeks_of_the_period_are_listed_the_newest_first(open_stock: OpenPage) -> None:
    weeks = table(open_stock(ticker="MSFT", period="2003-01-31..2003-02-28"), "change_words").set_index("week_ending")

    assert weeks.index.to_list() == [date(2003, 2, day) for day in (28, 21, 14, 7)] + [date(2003, 1, 31)]
    assert weeks.loc[date(2003, 2, 21), "change_words"] == "split 2 : 1"
    assert weeks.loc[date(2003, 2, 21), "dividend_of_week"] == 0.08
    assert weeks["change_words"].count() == weeks["dividend_of_week"].count() == 1
    assert weeks["trade_volume"].min() > 0


def test_a_week_that_is_still_open_and_a_return_over_a_gap_say_so(open_stock: OpenPage, warehouse: Warehouse) -> None:
    assert "so far" not in notes(open_stock(ticker="IBM", period="1Y"))[1]
    warehouse.execute(
        "update gold.fact_adjusted_prices set is_complete_week = false where week_ending = '2013-03-01';"
        "update gold.fact_adjusted_prices set weeks_spanned = 2 where week_ending = '2013-02-01'"
    )

    app = open_stock(ticker="IBM", period="1Y")

    assert "the newest week is still open: so far" in notes(app)[1]
    columns = app.dataframe[0].proto.column_order  # of the weeks
    assert "weeks_spanned" in columns
