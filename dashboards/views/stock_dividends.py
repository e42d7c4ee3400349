"""The dividends and splits of a stock: by calendar year, then each by its week."""

from typing import Any

import polars as pl
import streamlit as st

from dashboards.charts import bars
from dashboards.components import tables
from dashboards.components.footnote import footnote
from dashboards.components.period import Period
from dashboards.components.plain_text import as_text
from dashboards.queries.dividends import dividends
from dashboards.queries.publication import Publication
from dashboards.queries.stock_actions import actions
from dashboards.views.stock_company import LISTING

OF_A_YEAR = ("calendar_year", "dividend_per_share", "growth_pct", "dividend_count", "frequency", "years_without_cut")
SELDOM = ("special_dividend_per_share", "unknown_dividend_count")


def dividends_and_splits(published: Publication, facts: dict[str, Any], colour: dict[str, str], period: Period) -> None:
    """What a stock paid in each year that the period touches, and each dividend and split of the period."""
    st.subheader("Dividends and splits")
    years = _with_names(dividends(published, [facts["symbol"]], since=None), is_active=facts["is_active"])
    shown = years.filter(pl.col("year").is_between(period.since.year, period.until.year))
    if years.is_empty():
        st.caption("No dividend on record.")
    elif shown.is_empty():
        st.caption(f"No dividend in this period: the first on record is of {as_text(years['year'][0])}.")
    else:
        _years(published, shown, facts, colour)
    found = actions(published, facts["symbol"], since=period.since, until=period.until)
    if not found.is_empty():
        _weeks(published, found, facts)
    elif not years.is_empty():
        st.caption("No dividend and no split in the weeks of this period.")


def _with_names(years: pl.DataFrame, *, is_active: bool) -> pl.DataFrame:
    """Name the years; one that is not whole on record says so."""
    year = pl.col("year").cast(pl.String)
    is_running = (pl.col("year") == pl.col("year").max()) & is_active
    in_part = pl.when(is_running).then(year + " so far").otherwise(year + " in part")
    return years.with_columns(calendar_year=pl.when("is_complete_year").then(year).otherwise(in_part))


def _years(published: Publication, years: pl.DataFrame, facts: dict[str, Any], colour: dict[str, str]) -> None:
    currency = facts["currency"] or LISTING
    title = f"Dividend per share and year ({currency})"
    st.altair_chart(
        bars.columns(years, value="dividend_per_share", title=title, colours=colour),
        alt="Columns: regular dividends by calendar year, as in the table below",
    )
    newest_first = years.sort("year", descending=True)
    seldom = [column for column in SELDOM if (years[column] > 0).any()]
    columns = [*OF_A_YEAR, *seldom, "dividend_yield_pct"]
    tables.show(newest_first, columns, table="mart_dividends", dividend_yield_pct="Yield at its end")
    unit = f"Regular dividends by ex-week, {currency} per share of today; growth of the 12 months to the year's last "
    unit += "payment; pale: the year is not whole on record"
    footnote(years, published, unit=unit, as_of=facts["week_ending"], name="dividend_years")


def _weeks(published: Publication, found: pl.DataFrame, facts: dict[str, Any]) -> None:
    currency = facts["currency"] or LISTING
    listed = [column for column in ("ex_date", "payment_date") if found[column].count()]
    columns = ["week_ending", *listed, "action_words", "dividend_of_week", "dividend_today", "weekly_return_pct"]
    tables.show(found, columns, week_ending="Ex-week ending")
    unit = f"By the week in which the shares went ex-dividend or split, {currency} per share"
    if not listed:
        unit += "; their days are not known: no list of this ticker's is in silver"
    footnote(found, published, unit=unit, as_of=facts["week_ending"], name="dividends_and_splits")
