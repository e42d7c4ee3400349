"""The facts about a stock: its risk, and its company."""

from typing import Any

import polars as pl
import streamlit as st

from dashboards.components import formats, tables
from dashboards.components.footnote import footnote
from dashboards.components.plain_text import as_text
from dashboards.queries.publication import Publication

RISK_WEEKS, ENOUGH_WEEKS = 104, 80  # as mart_stock_risk counts them
UNKNOWN = "Unknown"  # a sector, as dim_stock says it
LISTING = "the listing's currency"  # where the source does not say which


def title(facts: dict[str, Any]) -> None:
    """The company's name, then where it belongs; what the source has not told says so."""
    st.header(as_text(facts["company_name"] or facts["symbol"]), anchor=False)
    sector = facts["sector"] if facts["sector"] != UNKNOWN else None
    known = [facts["symbol"], sector, facts["exchange"], facts["currency"]]
    words = as_text(" · ".join(filter(None, known)))
    if not facts["company_name"]:
        words += ": the source has told nothing of the company yet; the pipeline `company_overview` asks it"
    st.caption(words)


def risk(published: Publication, figures: pl.DataFrame) -> None:
    """How it moves with its benchmark, and its deepest fall."""
    st.subheader("Risk")
    row = figures.row(0, named=True)
    facts = {
        f"Beta against {row['benchmark']}": formats.number(row["beta"]),
        "Adjusted beta": formats.number(row["adjusted_beta"]),
        "Explained by the benchmark": formats.percent(row["r_squared_pct"], is_signed=False),
        "Up capture": formats.percent(row["up_capture_pct"], is_signed=False),
        "Down capture": formats.percent(row["down_capture_pct"], is_signed=False),
        "Common weeks": f"{row['common_weeks']:,} of {RISK_WEEKS}",
        "Momentum, 52 to 4 weeks ago": formats.percent(row["momentum_12_1_pct"]),
        "Max drawdown": formats.percent(row["max_drawdown_pct"]),
        "From the peak of": formats.short_day(row["peak_week"]),
        "To the trough of": formats.short_day(row["trough_week"]),
        "Length of the drawdown": _weeks(row["drawdown_weeks"]),
        "Back at the peak": _recovery(row),
    }
    _facts(facts)
    unit = (
        f"Beta and captures against {row['benchmark']} (at least five others, equal weight, or BENCHMARK_SYMBOL), "
        f"{ENOUGH_WEEKS} of the last {RISK_WEEKS} weeks at least; the drawdown in all weeks, dividends included"
    )
    footnote(figures, published, unit=unit, name="risk")


def company(published: Publication, known: pl.DataFrame) -> None:
    """What the source says of the company."""
    st.subheader("Company")
    row = known.row(0, named=True)
    facts = {
        "Name": row["company_name"],
        "Sector": row["sector"],
        "Industry": (row["industry"] or "").capitalize(),
        "Kind": row["asset_type"],
        "Exchange": " · ".join(filter(None, (row["exchange"], row["country"]))),
        "Fiscal year ends": row["fiscal_year_end"],
        "Market capitalisation": formats.short(row["market_capitalization"]),
        "Shares": formats.short(row["shares_outstanding"]),
        "On record": f"{formats.count(row['complete_weeks'], 'week')} since {formats.short_day(row['first_week'])}",
        "Dividend yield": formats.percent(row["dividend_yield_pct"], is_signed=False),
    }
    _facts({fact: value or formats.MISSING for fact, value in facts.items()})
    if row["description"]:
        st.caption(as_text(row["description"]))
    unit = f"Money in {row['currency'] or LISTING}, as the source told it last"
    footnote(known, published, unit=unit, name="company")


def _facts(facts: dict[str, str]) -> None:
    frame = pl.DataFrame({"fact": list(facts), "value": list(facts.values())})
    tables.show(frame, ["fact", "value"])


def _weeks(number: int | None) -> str:
    return formats.MISSING if number is None else formats.count(number, "week")


def _recovery(risk: dict[str, Any]) -> str:
    if risk["recovered_week"] is None:
        return formats.MISSING if risk["trough_week"] is None else "not yet"
    return f"{formats.short_day(risk['recovered_week'])}, {_weeks(risk['recovery_weeks'])} later"
