"""The dashboard: `streamlit run dashboards/app.py`. A page answers the question in its title."""

import sys
from pathlib import Path

import streamlit as st

# Streamlit puts this folder on the path, not the project's root, where `include` lives.
HERE = Path(__file__).resolve().parent
PROJECT_ROOT = str(HERE.parent)
if PROJECT_ROOT not in sys.path:
    sys.path.insert(0, PROJECT_ROOT)

from dashboards.components import links, states  # noqa: E402 - needs the path above
from dashboards.views import compare, market, pipeline, portfolio, screener, sectors, stock, technical, volatility  # noqa: E402 - needs the path above

# A picture of our own: Streamlit would load an icon or emoji from elsewhere.
st.set_page_config(page_title="Stocklake", page_icon=str(HERE / "icon.svg"), layout="wide")
links.PAGES[links.COMPARE] = st.Page(
    compare.page, title="Compare", icon=":material/stacked_line_chart:", url_path=links.COMPARE
)
links.PAGES[links.STOCK] = st.Page(stock.page, title="Stock", icon=":material/candlestick_chart:", url_path=links.STOCK)
page = st.navigation(
    [
        st.Page(market.page, title="Market", icon=":material/calendar_view_week:", default=True),
        st.Page(screener.page, title="Screener", icon=":material/filter_alt:", url_path="screener"),
        links.PAGES[links.COMPARE],
        st.Page(portfolio.page, title="Portfolio", icon=":material/pie_chart:", url_path="portfolio"),
        links.PAGES[links.STOCK],
        st.Page(technical.page, title="Technical", icon=":material/waterfall_chart:", url_path="technical"),
        st.Page(sectors.page, title="Sectors and dividends", icon=":material/donut_small:", url_path="sectors"),
        st.Page(volatility.page, title="Volatility", icon=":material/ssid_chart:", url_path="volatility"),
        st.Page(pipeline.page, title="Pipeline", icon=":material/account_tree:", url_path=links.PIPELINE),
    ],
    position="top",
)
with states.error_messages():
    page.run()
