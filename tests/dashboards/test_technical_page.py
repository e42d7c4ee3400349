"""The page Technical: its bars, its period, and what it says of sessions that are missing or undated."""

from collections.abc import Callable
from dataclasses import replace

from streamlit.testing.v1 import AppTest

from tests.dashboards.conftest import PAGES, charts_of, notes, said
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


WITHOUT_WEEKS = """
    truncate gold.fact_adjusted_prices, gold.mart_latest_week, gold.fact_weekly_technical_indicators;
    update gold.dim_stock set first_week = null, last_week = null
"""


def test_days_alone_are_drawn_and_pages_of_weeks_say_what_brings_them(
    open_page: OpenPage, warehouse: Warehouse
) -> None:
    warehouse.execute(WITHOUT_WEEKS)

    days = open_page(warehouse, page="technical", ticker="IBM")
    assert "Newest session was **1 March 2013**" in said(days)
    assert "250 sessions" in notes(days)[0]
    assert "**No weekly prices of IBM yet.**" in said(
        open_page(warehouse, page="technical", ticker="IBM", bars="Weeks")
    )
    assert "Newest session was **1 March 2013**" in said(open_page(warehouse, page="pipeline"))
    for page in PAGES:
        if page not in {"technical", "pipeline"}:
            words = said(open_page(warehouse, page=page))
            assert "**No weekly prices yet.** There are daily prices of 5 stocks" in words
            assert "empty" not in words


def test_a_stock_of_days_alone_is_drawn_beside_others_that_have_weeks(
    open_page: OpenPage, warehouse: Warehouse
) -> None:
    warehouse.execute("delete from gold.mart_latest_week where symbol = 'IBM'")

    words = said(open_page(warehouse, page="technical", ticker="IBM"))
    assert "not in this warehouse" not in words
    assert "Latest complete week ended **1 March 2013**" in words


def test_days_that_are_old_are_stale_in_words_of_days(open_page: OpenPage, warehouse: Warehouse) -> None:
    warehouse.execute(WITHOUT_WEEKS)
    warehouse.execute("update gold.publications set market_at = '2013-03-20T12:00:00Z'")

    words = said(open_page(warehouse, page="technical"))
    assert "**These prices are stale.** Newest session was on 1 March 2013, and it is 20 March 2013" in words


def test_an_average_without_enough_bars_is_named(open_page: OpenPage, warehouse: Warehouse) -> None:
    (of_fb,) = notes(open_page(warehouse, page="technical", ticker="FB", overlays=["SMA 50", "SMA 200"]))
    assert "a line begins where its window is full; no SMA 200: too few sessions; drag over the chart to zoom" in of_fb

    (of_ibm,) = notes(open_page(warehouse, page="technical", ticker="IBM", period="All"))
    assert "too few" not in of_ibm
    assert "hollow" not in of_ibm, "closes are a line"


def lose(warehouse: Warehouse, *runs: tuple[str, str, int]) -> None:
    """Take sessions of IBM away from silver, and name them in gold."""
    for first, last, sessions in runs:
        warehouse.execute(
            f"""
            delete from silver.daily_prices where symbol = 'IBM' and trade_date between '{first}' and '{last}';
            insert into gold.mart_daily_gaps
            select stock_id, symbol, '{first}', '{last}', {sessions}, now(), 'test'
            from gold.dim_stock where symbol = 'IBM'
            """
        )


def be_answered(warehouse: Warehouse) -> None:
    """Write down a call for the daily bars of IBM, at the moment of the publication."""
    warehouse.execute(
        """
        insert into ops.api_calls
        (source, called_at, market_at, function, symbol, outcome, seconds, bytes, execution_batch_id)
        values ('alpha_vantage', now(), '2013-03-02 12:00+00', 'TIME_SERIES_DAILY', 'IBM', 'answered', 1, 1, 'test')
        """
    )


OCTOBER, JANUARY, YEARS_AGO = (
    ("2012-10-29", "2012-10-30", 2),
    ("2013-01-15", "2013-01-15", 1),
    ("2005-01-03", "2005-06-30", 125),
)
NEVER_WHOLE = "delete from silver.loaded_payloads where function = 'TIME_SERIES_DAILY'"
REFUSED = """
    insert into ops.key_permissions (function, is_allowed, learnt_at, key_salt, key_digest)
    values ('TIME_SERIES_DAILY', false, '2013-02-20', '\\x00', '\\x00')
"""


def test_missing_sessions_are_named_with_what_brings_them(open_page: OpenPage, warehouse: Warehouse) -> None:
    lose(warehouse, OCTOBER, JANUARY, YEARS_AGO)
    warehouse.execute(NEVER_WHOLE)
    words = said(open_page(warehouse, page="technical", ticker="IBM"))

    assert "3 sessions are missing**: 2 from 29 October 2012 to 30 October 2012 and 15 January 2013" in words
    assert "What brings them: the next call, due with the next run, if the source has them." in words
    assert "2005" not in words, "no session of the chosen year"

    older = said(open_page(warehouse, page="technical", ticker="IBM", period="2005-03-01..2005-12-31"))
    assert "125 sessions are missing" in older
    assert "due with the next run, which asks for the whole history, if the key allows that" in older


def test_it_knows_when_the_next_call_is_made_and_what_the_key_is_refused(
    open_page: OpenPage, warehouse: Warehouse
) -> None:
    lose(warehouse, JANUARY, YEARS_AGO)
    be_answered(warehouse)
    warehouse.execute(NEVER_WHOLE)
    warehouse.execute(REFUSED)  # of the key that asked: the page has none
    words = said(open_page(warehouse, page="technical", ticker="IBM", period="2005-03-01..2013-03-01"))

    assert "due with the next run after 2013-03-05 05:00 UTC, if the source has them" in words  # when Monday is over
    assert "only the whole history, which the key's plan refused on 2013-02-20" in words


def test_it_does_not_promise_what_the_newest_whole_history_lacked(open_page: OpenPage, warehouse: Warehouse) -> None:
    lose(warehouse, YEARS_AGO)
    words = said(open_page(warehouse, page="technical", ticker="IBM", period="2005-03-01..2005-12-31"))

    assert "nothing, for the source lacks them too: its whole history until 2013-03-01 came without them" in words


def test_sessions_that_silver_holds_by_now_wait_for_a_publication(open_page: OpenPage, warehouse: Warehouse) -> None:
    lose(warehouse, ("2013-01-15", "2013-01-14", 1))
    warehouse.execute("update gold.mart_daily_gaps set last_session = first_session")
    words = said(open_page(warehouse, page="technical", ticker="IBM"))

    assert "the next publication, for they have come since" in words


def test_of_a_ticker_that_no_run_asks_for_that_is_said(open_page: OpenPage, warehouse: Warehouse) -> None:
    lose(warehouse, JANUARY)
    words = said(open_page(replace(warehouse, settings={"STOCK_SYMBOLS": "AAPL"}), page="technical", ticker="IBM"))

    assert "No run asks for it: STOCK_SYMBOLS does not name it." in words


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
