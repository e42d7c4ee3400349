"""What a viewer chooses. Every choice lives in the URL, so that a view can be sent to somebody."""

from datetime import date, timedelta

import streamlit as st

from dashboards import formats
from dashboards.colours import PALETTE

MOST_TICKERS = len(PALETTE)  # one more could not be told apart
TICKERS_AT_FIRST = 5
WEEKS = {"1Y": 52, "3Y": 157, "5Y": 261, "10Y": 522, "All": None}
PERIOD_AT_FIRST = "5Y"


def tickers(universe: list[str]) -> list[str]:
    """The chosen tickers, in the order of their choice; the page ends here when there is none."""
    asked = st.query_params.get_all("tickers")  # before the widget drops the ones it does not know
    chosen = st.multiselect(
        "Tickers",
        universe,
        default=universe[:TICKERS_AT_FIRST],
        key="tickers",
        bind="query-params",
        max_selections=MOST_TICKERS,
        placeholder=f"Choose up to {MOST_TICKERS}",
    )
    unknown = [ticker for ticker in asked if ticker and ticker not in universe]
    if unknown:
        st.warning(
            f"**{formats.listed(unknown)}**: not in this warehouse, so not shown. Choose from the list above, or add "
            "it to `STOCK_SYMBOLS` in `.env` and run `make run`.",
            icon=":material/search_off:",
        )
    if not chosen:
        st.info("**No ticker is chosen.** Choose one or more from the list above.", icon=":material/touch_app:")
        st.stop()
    return chosen


def since(newest_week: date) -> date | None:
    """The first week of the chosen period; None for all there is."""
    period = st.segmented_control(
        "Period", list(WEEKS), default=PERIOD_AT_FIRST, key="period", bind="query-params", required=True
    )
    weeks = WEEKS[period]
    return None if weeks is None else newest_week - timedelta(weeks=weeks)
