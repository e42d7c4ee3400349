"""An earlier week on the page "What happened in the market this week?": all of it is of that week."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from dashboards.queries import market, news, publication, sectors
from dashboards.queries.publication import Publication
from tests.dashboards.conftest import cards, notes, said
from tests.dashboards.gold_warehouse import Warehouse

OpenPage = Callable[..., AppTest]
THEN = date(2013, 1, 4)


@pytest.fixture
def open_market(open_page: OpenPage, warehouse: Warehouse) -> OpenPage:
    """Open the page."""
    return partial(open_page, warehouse, page="market")


def asked(published: Publication, week: date | None) -> list[pl.DataFrame]:
    """What the page asks of a week."""
    highs, lows = market.new_extremes(published, week=week)
    return [
        market.movers(published, week=week),
        market.breadth(published, week=week),
        market.dividends_paid(published, week=week),
        sectors.latest_sectors(published, week=week),
        news.news(published, week=week).select("what", "symbol", "company_name", "detail"),
        pl.DataFrame({"highs": highs, "lows": lows}),
    ]


@pytest.mark.parametrize("week", ["2000-06-23", "2004-08-27", "2005-03-04", "2012-05-18", "2012-11-16", "2013-01-04"])
def test_an_earlier_week_is_told_as_if_it_were_the_newest(
    read_from: Callable[[Warehouse], None], warehouse: Warehouse, week: str
) -> None:
    then = date.fromisoformat(week)
    read_from(warehouse)
    published = publication.newest_publication()
    assert published
    of_that_week = asked(published, then)

    warehouse.execute(
        f"delete from gold.fact_adjusted_prices where week_ending > '{week}';"
        f"delete from gold.mart_sector_performance where week_ending > '{week}';"
        "truncate silver.restatements;"  # of March 2013
        f"delete from gold.mart_latest_week where first_week > '{week}';"
        f"update gold.mart_latest_week set week_ending = '{week}', newest_week = '{week}', is_latest_week = true"
    )
    as_newest = asked(replace(published, execution_batch_id="as it was then"), None)

    for told, expected in zip(of_that_week, as_newest, strict=True):
        assert told.equals(expected)
    assert of_that_week[0].height >= 3


def test_the_page_of_an_earlier_week_says_which_and_holds_no_later_one(open_market: OpenPage) -> None:
    app = open_market(week="2013-01-04")

    assert app.title[0].value == "What happened in the market that week?"
    assert "The week that ended on **4 January 2013**, 8 weeks before the newest" in said(app)
    assert cards(app)["Best"] == "+11.0 %"
    assert cards(app)["Rose"] == "5 of 5"
    weeks = [table.value["week_ending"].max() for table in app.dataframe if "week_ending" in table.value]
    assert weeks
    assert max(weeks) == THEN
    assert all("as of the week ending 4 January 2013" in line for line in notes(app))
    charts = "".join(str(chart.proto.spec) for chart in app.get("vega_lite_chart"))
    assert "2013-02" not in charts
    assert "No stock went ex-dividend in the four weeks to 4 January 2013." in said(app)


def test_the_newest_week_is_the_one_without_a_name(open_market: OpenPage) -> None:
    app = open_market()

    assert app.title[0].value == "What happened in the market this week?"
    assert "The newest week, which ended on **1 March 2013**." in said(app)
    assert app.button(key="week_forward").disabled
    assert not app.button(key="week_back").disabled


def test_back_and_forward_write_the_week_into_the_address(open_market: OpenPage) -> None:
    app = open_market()
    app.button(key="week_back").click().run()
    app.button(key="week_back").click().run()
    assert app.query_params["week"] == "2013-02-15"
    assert "The week that ended on **15 February 2013**, 2 weeks before the newest" in said(app)

    app.button(key="week_forward").click().run()
    assert app.query_params["week"] == "2013-02-22"
    assert app.date_input(key="week_day").value == date(2013, 2, 22)

    app.button(key="week_forward").click().run()
    assert "week" not in app.query_params
    assert "The newest week" in said(app)


def test_any_day_leads_to_its_week_and_newest_back_to_the_newest(open_market: OpenPage) -> None:
    app = open_market(week="2012-09-19")
    assert "The week that ended on **21 September 2012**" in said(app)

    app.date_input(key="week_day").set_value(date(2012, 9, 30)).run()  # a Sunday
    assert app.query_params["week"] == "2012-09-28"

    app.button(key="week_newest").click().run()
    assert "week" not in app.query_params


def test_the_first_week_with_returns_has_none_before_it(open_market: OpenPage) -> None:
    app = open_market(week="2000-03-10")

    assert "The week that ended on **10 March 2000**" in said(app)
    assert app.button(key="week_back").disabled


@pytest.mark.parametrize("week", ["1999-01-08", "2013-03-08", "yesterday", "2013-02-30", "**x**"])
def test_a_week_that_is_none_is_named_and_the_newest_shown(open_market: OpenPage, week: str) -> None:
    app = open_market(week=week)

    (warning,) = (box.value for box in app.warning)
    assert "no week from 10 March 2000 to 1 March 2013: the newest is shown." in warning
    assert "The newest week, which ended on **1 March 2013**." in said(app)


def test_a_week_in_which_no_stock_has_a_return_says_so_and_leads_on(
    open_market: OpenPage, warehouse: Warehouse
) -> None:
    warehouse.execute(
        "delete from gold.fact_adjusted_prices where week_ending = '2013-01-04';"
        "delete from gold.mart_sector_performance where week_ending = '2013-01-04'"
    )
    app = open_market(week="2013-01-04")
    assert "No stock has a return for the week ending 4 January 2013." in said(app)

    app.button(key="week_back").click().run()
    assert app.query_params["week"] == "2012-12-28"
    assert not app.exception


def test_a_stock_without_a_price_that_week_and_a_history_restated_then_are_news_of_that_week(
    open_market: OpenPage, warehouse: Warehouse
) -> None:
    warehouse.execute(
        "delete from gold.fact_adjusted_prices where symbol = 'IBM' and week_ending = '2013-01-04';"
        "update silver.restatements set known_at = '2013-01-05 09:00+00' where symbol = 'MSFT'"
    )

    def news_of(week: date) -> dict[str, tuple[str, str]]:
        tables = [table.value for table in open_market(week=f"{week}").dataframe if "what" in table.value]
        rows = [row for table in tables for row in table[["symbol", "what", "detail"]].to_numpy().tolist()]
        return {symbol: (what, detail) for symbol, what, detail in rows if "52-week" not in what}

    told = news_of(THEN)
    assert told["IBM"] == ("No price that week", "newest week before 2012-12-28")
    assert told["MSFT"][0] == "History restated"
    assert told.keys() == {"IBM", "MSFT"}
    for other in (THEN - timedelta(weeks=1), THEN + timedelta(weeks=1)):
        assert news_of(other) == {}
