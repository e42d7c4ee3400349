"""The company of a stock, and why a fact of it is missing."""

from datetime import UTC, datetime
from typing import Any

import polars as pl
import streamlit as st

from dashboards.components import formats, tables
from dashboards.components.footnote import footnote
from dashboards.components.plain_text import as_text
from dashboards.queries.pipeline_budget import clock
from dashboards.queries.publication import Publication
from dashboards.queries.stock_company import overview, rejected_facts
from include.serving.company_facts import Missing, explain_missing_facts
from include.settings import read_anew

UNKNOWN = "Unknown"  # a sector, as dim_stock says it
LISTING = "the listing's currency"  # where the source does not say which
WEEKS_OF_A_YEAR = 53  # that a yield takes: the first has no year before it
# As the source tells them, by their columns.
TOLD = {
    "company_name": "Name",
    "sector": "Sector",
    "industry": "Industry",
    "asset_type": "Kind",
    "exchange": "Exchange",
    "country": "Country",
    "currency": "Currency",
    "fiscal_year_end": "Fiscal year ends",
    "market_capitalization": "Market capitalisation",
    "shares_outstanding": "Shares",
    "description": "Description",
}
SHORT = ("market_capitalization", "shares_outstanding")


def title(facts: dict[str, Any]) -> None:
    """The company's name, then where it belongs; what the source has not told says so."""
    st.header(as_text(facts["company_name"] or facts["symbol"]), anchor=False)
    sector = facts["sector"] if facts["sector"] != UNKNOWN else None
    known = [facts["symbol"], sector, facts["exchange"], facts["currency"]]
    words = as_text(" · ".join(filter(None, known)))
    if not facts["company_name"]:
        words += ": no facts of the company; why, is said below at *Company*"
    st.caption(words)


def company(published: Publication, known: pl.DataFrame) -> None:
    """What the source says of the company; a fact that is missing says why."""
    st.subheader("Company")
    row = known.with_columns(pl.col("sector").replace(UNKNOWN, None)).row(0, named=True)
    missing = [column for column in TOLD if row[column] is None]
    rejected = rejected_facts(row["symbol"]) if missing else {}
    why = _why(published, row["symbol"]) if missing else None
    facts = {words: _fact(row, column, rejected, why) for column, words in TOLD.items()}
    if row["description"]:
        del facts["Description"]  # stands below
    on_record = f"{formats.count(row['complete_weeks'], 'week')} since {formats.short_day(row['first_week'])}"
    tables.show_facts(facts | {"On record": on_record, "Dividend yield": _yield(row)})
    if row["description"]:
        st.caption(as_text(row["description"]))
    if why and len(missing) > len(rejected):
        until = f" until {formats.day(why.until)}" if why.until else ""
        st.caption(f"What is missing is {as_text(why.words)}{until}: {as_text(why.reason)}.")
    unit = f"Money in {row['currency'] or LISTING}, as the source told it last"
    footnote(known, published, unit=unit, name="company")


def _why(published: Publication, symbol: str) -> Missing:
    settings = read_anew()
    now = clock(published.market_at if published.is_sample else datetime.now(UTC))
    return explain_missing_facts(overview(settings, symbol, now), is_followed=symbol in settings.source.symbols)


def _fact(row: dict[str, Any], column: str, rejected: dict[str, str], why: Missing | None) -> str:
    value = row[column]
    if value is None:
        reason = f"not believable: {rejected[column]}" if column in rejected else why.words if why else ""
        return f"{formats.MISSING} {reason}"
    if column in SHORT:
        return formats.short(value)
    return str(value).capitalize() if column == "industry" else str(value)


def _yield(row: dict[str, Any]) -> str:
    if row["dividend_yield_pct"] is not None:
        return formats.percent(row["dividend_yield_pct"], is_signed=False)
    is_young = row["complete_weeks"] < WEEKS_OF_A_YEAR
    reason = "needs a year on record" if is_young else "a dividend of the year is of unknown amount"
    return f"{formats.MISSING} {reason}"
