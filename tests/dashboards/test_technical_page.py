"""The page Technical: its bars, its period, and what it says of sessions that are missing or undated."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from tests.dashboards.conftest import charts_of, notes, said
from tests.dashboards.gold_warehouse import Warehouse

OpenPage = Callable[..., AppTest]


def dates(app: AppTest) -> tuple[str, ...]:
    """From and to, as the control says them."""
    return tuple(str(day) for day in app.session_state["period_dates"])


def test_it_begins_with_a_year_of_days_and_three_of_weeks(open_page: OpenPage, warehouse: Warehouse) -> None:
    days = open_page(warehouse, page="technical", ticker="IBM")
    assert dates(days) == ("2012-03-02", "2013-03-01")
    assert "250 sessions" in notes(days)[0]

    weeks = open_page(warehouse, page="technical", ticker="IBM", bars="Weeks")
    assert dates(weeks) == ("2010-03-02", "2013-03-01")
    assert "157 weeks" in notes(weeks)[0]


def test_missing_sessions_are_named_with_what_brings_them(open_page: OpenPage, warehouse: Warehouse) -> None:
    warehouse.execute(
        """
        insert into gold.mart_daily_gaps
        select stock_id, symbol, first_session, last_session, sessions, now(), 'test'
        from gold.dim_stock
        cross join (
            values
            (date '2012-10-29', date '2012-10-30', 2), (date '2013-01-15', date '2013-01-15', 1),
            (date '2005-01-03', date '2005-06-30', 125)
        ) as gap (first_session, last_session, sessions)
        where symbol = 'IBM'
        """
    )
    words = said(open_page(warehouse, page="technical", ticker="IBM"))

    assert "3 sessions are missing**: 2 from 29 October 2012 to 30 October 2012 and 15 January 2013" in words
    assert "The next run brings them: `make run`" in words
    assert "2005" not in words, "no session of the chosen year"

    older = said(open_page(warehouse, page="technical", ticker="IBM", period="2005-03-01..2005-12-31"))
    assert "125 sessions are missing" in older
    assert "a key that may ask for the whole history" in older


def test_sessions_whose_split_has_no_day_are_named(open_page: OpenPage, warehouse: Warehouse) -> None:
    app = open_page(warehouse, page="technical", ticker="MSFT", period="2003-01-20..2003-04-01")
    words = said(app)

    assert "**Undated split**, week ending 21 Feb 2003: no candle of 3 sessions" in words
    assert "Undated dividends" not in words

    year = said(open_page(warehouse, page="technical", ticker="MSFT"))
    assert "**Undated dividends**, weeks ending 18 May 2012, 17 Aug 2012, 16 Nov 2012 and 1 more" in year


def test_an_open_session_is_named_as_such(open_page: OpenPage, warehouse: Warehouse) -> None:
    warehouse.execute("update gold.fact_daily_prices set is_complete_day = false where trade_date = '2013-03-01'")

    assert "the session of 1 March 2013 is still open" in notes(open_page(warehouse, page="technical"))[0]


def test_a_stock_without_days_says_what_brings_them(open_page: OpenPage, warehouse: Warehouse) -> None:
    warehouse.execute(
        "delete from gold.fact_technical_indicators where symbol = 'IBM';"
        "delete from gold.fact_daily_prices where symbol = 'IBM'"
    )
    app = open_page(warehouse, page="technical", ticker="IBM")

    assert "No daily prices of IBM yet" in said(app)
    assert not charts_of(app)
    assert charts_of(open_page(warehouse, page="technical", ticker="IBM", bars="Weeks")) == 1


def test_a_period_without_a_session_says_so(open_page: OpenPage, warehouse: Warehouse) -> None:
    app = open_page(warehouse, page="technical", ticker="IBM", period="2013-02-02..2013-02-03")

    assert "No session in this period" in said(app)
