"""From when to when: what the address says, and what a choice writes into it."""

import pytest
from streamlit.testing.v1 import AppTest

PAGE = """
from datetime import date

import streamlit as st

from dashboards.components.period import choose_period

st.text_input("Ticker", key="ticker", bind="query-params")
period = choose_period(date(2000, 3, 1), date(2013, 3, 1), default="1Y")
st.text(f"{period.since} {period.until} {period.preset}")
"""


def opened(period: str | None = None) -> AppTest:
    """A page that has nothing but a ticker and a period, opened at an address."""
    app = AppTest.from_string(PAGE)
    app.query_params["ticker"] = "IBM"
    if period is not None:
        app.query_params["period"] = period
    return app.run()


def chosen(app: AppTest) -> str:
    """The period as the page got it."""
    assert not app.exception, app.exception
    return str(app.text[0].value)


@pytest.mark.parametrize(
    ("address", "period"),
    [
        (None, "2012-03-02 2013-03-01 1Y"),
        ("YTD", "2012-12-31 2013-03-01 YTD"),
        ("QTD", "2012-12-31 2013-03-01 QTD"),
        ("MTD", "2013-02-28 2013-03-01 MTD"),
        ("1M", "2013-02-02 2013-03-01 1M"),
        ("5Y", "2008-03-02 2013-03-01 5Y"),
        ("All", "2000-03-01 2013-03-01 All"),
        ("10Y", "2003-03-02 2013-03-01 10Y"),
        ("20Y", "2012-03-02 2013-03-01 1Y"),
        ("2008-09-01..2009-03-31", "2008-09-01 2009-03-31 None"),
        ("2012-12-01..", "2012-12-01 2013-03-01 None"),
        ("1990-01-01..2000-03-31", "2000-03-01 2000-03-31 None"),
        ("2013-02-01..2013-01-01", "2012-03-02 2013-03-01 1Y"),
        ("soon..later", "2012-03-02 2013-03-01 1Y"),
    ],
)
def test_the_address_says_the_period(address: str | None, period: str) -> None:
    assert chosen(opened(address)) == period


def test_a_chosen_preset_takes_the_place_of_two_dates() -> None:
    app = opened("2012-12-01..2013-01-31")
    app.segmented_control[0].set_value("6M").run()

    assert chosen(app) == "2012-09-02 2013-03-01 6M"
    assert app.query_params == {"ticker": "IBM", "period": "6M"}


def test_reset_leads_back_to_the_preset_of_the_page() -> None:
    app = opened("2012-12-01..2013-01-31")
    app.button[0].click().run()

    assert chosen(app) == "2012-03-02 2013-03-01 1Y"
    assert not opened("5Y").button, "nothing to reset"
