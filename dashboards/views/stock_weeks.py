"""The weeks of a stock as a table."""

import polars as pl
import streamlit as st

from dashboards.components import tables
from dashboards.components.footnote import footnote
from dashboards.queries.publication import Publication

PRICES = ("week_ending", "close_price", "adj_close_price", "weekly_return_pct")
ACTIONS = ("trade_volume", "dividend_of_week", "change_words", "drawdown_pct")


def weeks_of_period(published: Publication, weeks: pl.DataFrame, *, currency: str) -> None:
    """List the weeks of the period, the newest first.

    Shape:  weeks as `stock.weeks` gives them, one at least.
    """
    st.subheader("Weeks")
    newest_first = weeks.sort("week_ending", descending=True)
    spanned = ["weeks_spanned"] if (weeks["weeks_spanned"] > 1).any() else []
    flags = tables.flags(newest_first)
    tables.show(newest_first, [*PRICES, *spanned, *ACTIONS, *flags], close_price="Raw close")
    unit = f"{currency}, in the shares of that week; adjusted for splits and dividends as the source restates it"
    if not weeks["is_complete_week"].all():
        unit += "; the newest week is still open: so far"
    footnote(newest_first, published, unit=unit, name="weeks_of_period")
