"""The sectors by their return over a chosen horizon, in *Market* and in *Sectors and dividends*."""

import polars as pl
import streamlit as st

from dashboards import charts
from dashboards.components import choices, tables
from dashboards.components.choices import HORIZONS
from dashboards.components.footnote import footnote
from dashboards.components.page_header import newest
from dashboards.queries.publication import Publication

UNIT = "Percent: mean of all its stocks, equal weight, local currency, today's members (survivors only)"


def show_sectors(published: Publication, sectors: pl.DataFrame) -> None:
    """Draw the ranking and its table."""
    if sectors.is_empty():
        st.caption("No sector has a weekly return yet.")
        return
    over = choices.horizon()
    ranked = sectors.sort(over, descending=True, nulls_last=True)
    if ranked[over].count():
        st.altair_chart(
            charts.ranking(ranked, name="sector", value=over, title=f"Return over {HORIZONS[over]} (%)"),
            width="stretch",
            alt=f"Bars: return of each sector over {HORIZONS[over]}, as in the table below",
        )
    tables.show(ranked, ["sector", "stocks", *HORIZONS, "week_ending"])
    footnote(ranked, published, unit=UNIT, as_of=newest(ranked), name="sectors")
