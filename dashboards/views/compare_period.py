"""The chosen period in *Compare*: what its weeks come to for each of the chosen tickers."""

import polars as pl
import streamlit as st

from dashboards.components import formats, tables
from dashboards.components.footnote import footnote
from dashboards.queries.publication import Publication

OF_THE_PERIOD = {"volatility_pct": "period_volatility_pct", "max_drawdown_pct": "period_max_drawdown_pct"}
GROWTH = ("first_day", "last_day", "total_return_pct", "cagr_pct", "best_week_pct", "worst_week_pct")
RISK = ("period_volatility_pct", "sharpe", "sortino", "value_at_risk_pct", "expected_shortfall_pct")
FALL = ("period_max_drawdown_pct", "peak_day", "trough_day", "recovery_day")


def figures(published: Publication, found: pl.DataFrame, *, risk_free_pct: float, are_stocks: bool = True) -> None:
    """Return, risk and deepest fall of each series in the weeks of the period; stocks lead to their pages.

    Shape:  `found` as `period_figures` gives it for this risk-free rate.
    """
    st.subheader("Figures of the period")
    name = "symbol" if are_stocks else "series"
    shown = found.rename({"symbol": name, **OF_THE_PERIOD})
    tables.show(shown, [name, *GROWTH, "positive_weeks_pct", "weeks"])
    tables.show(shown, [name, *RISK, *FALL])
    unit = "Percent, dividends included, of weekly closes; a stock that is younger begins later"
    unit += f"; risk-free rate {formats.number(risk_free_pct, 1)} % a year" if risk_free_pct else "; risk-free rate 0"
    footnote(shown, published, unit=unit, name="period_figures")
