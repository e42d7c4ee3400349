"""How a column of gold looks in a table: one wording and one format on every page."""

from collections.abc import Sequence

import polars as pl
import streamlit as st

from dashboards.formats import MISSING

_text, _number = st.column_config.TextColumn, st.column_config.NumberColumn
COLUMNS = {
    "symbol": _text("Ticker", pinned=True),
    "company_name": _text("Company"),
    "sector": _text("Sector", help="Today's sector, also for past weeks"),
    "chosen_tickers": _text("Chosen tickers"),
    "currency": _text("Currency", help="GBX is pence"),
    "week_ending": st.column_config.DateColumn("Week ending", format="D MMM YYYY"),
    "close_price": _number("Close", format="%,.2f", help="As printed on the day"),
    "return_1w_pct": _number("1 week", format="%+.1f %%"),
    "return_4w_pct": _number("4 weeks", format="%+.1f %%"),
    "return_13w_pct": _number("13 weeks", format="%+.1f %%"),
    "return_52w_pct": _number("52 weeks", format="%+.1f %%"),
    "drawdown_pct": _number("Below peak", format="%.1f %%", help="Total return since its highest week ever"),
    "max_drawdown_pct": _number("Deepest fall", format="%.1f %%", help="The deepest it ever was below a peak"),
    "volatility_pct": _number("Volatility", format="%.1f %%", help="Percent a year, over 52 weeks"),
    "volatility_rank": _number("Rank", format="%d", help="1 is the most volatile of all stocks"),
    "stocks": _number("Stocks", format="%d"),
    "sector_median_pct": _number("Sector median", format="%.1f %%"),
    "universe_median_pct": _number("Median of all", format="%.1f %%"),
    "dividend_yield_pct": _number("Yield", format="%.2f %%", help="Regular dividends of 52 weeks over the close"),
    "dividends_52w": _number("Paid in 52 weeks", format="%d", help="Number of regular dividends"),
    "year": _number("Last full year", format="%d"),
    "frequency": _text("Paid"),
    "dividend_per_share": _number("Per share", format="%.4f", help="Of the last full year, in today's shares"),
    "growth_pct": _number("Growth", format="%+.1f %%", help="Against the year before"),
    "years_without_cut": _number("Years without a cut", format="%d"),
}


def show(frame: pl.DataFrame, columns: Sequence[str]) -> None:
    """Draw these columns of a frame as a table for people."""
    st.dataframe(
        frame,
        column_order=columns,
        column_config={column: COLUMNS[column] for column in columns},
        hide_index=True,
        placeholder=MISSING,
    )
