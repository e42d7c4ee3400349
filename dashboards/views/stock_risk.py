"""The risk of a stock."""

from typing import Any

import polars as pl
import streamlit as st

from dashboards.components import formats, tables
from dashboards.components.footnote import footnote
from dashboards.queries.publication import Publication

RISK_WEEKS, ENOUGH_WEEKS = 104, 80  # as mart_stock_risk counts them


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
    tables.show_facts(facts)
    unit = (
        f"Beta and captures against {row['benchmark']} (at least five others, equal weight, or BENCHMARK_SYMBOL), "
        f"{ENOUGH_WEEKS} of the last {RISK_WEEKS} weeks at least; the drawdown in all weeks, dividends included"
    )
    footnote(figures, published, unit=unit, name="risk")


def _weeks(number: int | None) -> str:
    return formats.MISSING if number is None else formats.count(number, "week")


def _recovery(risk: dict[str, Any]) -> str:
    if risk["recovered_week"] is None:
        return formats.MISSING if risk["trough_week"] is None else "not yet"
    return f"{formats.short_day(risk['recovered_week'])}, {_weeks(risk['recovery_weeks'])} later"
