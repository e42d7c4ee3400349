"""The sectors by their return, in *Market*, *Compare* and *Sectors and dividends*."""

from collections.abc import Sequence

import polars as pl
import streamlit as st

from dashboards.charts import bars
from dashboards.components import choices, tables
from dashboards.components.choices import HORIZONS
from dashboards.components.footnote import footnote
from dashboards.queries.publication import Publication

UNIT = "Percent: mean of all its stocks, equal weight, local currency, today's members (survivors only)"


def show_sectors(
    published: Publication, sectors: pl.DataFrame, *, over: str | None = None, also_shown: Sequence[str] = ()
) -> None:
    """Draw the ranking and its table, by the return `over` a horizon that the viewer chooses unless it is named."""
    if sectors.is_empty():
        st.caption("No sector has a weekly return yet.")
        return
    over = over or choices.horizon()
    ranked = sectors.sort(over, descending=True, nulls_last=True, maintain_order=True)
    if ranked[over].count():
        st.altair_chart(
            bars.ranking(ranked, name="sector", value=over, title=f"Return over {HORIZONS[over]} (%)"),
            alt=f"Bars: return of each sector over {HORIZONS[over]}, as in the table below",
        )
    tables.show(ranked, ["sector", "stocks", *HORIZONS, *also_shown, "week_ending"], table="mart_sector_performance")
    footnote(ranked, published, unit=UNIT, name="sectors")
