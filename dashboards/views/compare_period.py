"""The chosen period in *Compare*: what its weeks come to for each of the chosen tickers."""

import polars as pl
import streamlit as st

from dashboards.components import formats, tables
from dashboards.components.footnote import footnote
from dashboards.queries.compare import period_figures
from dashboards.queries.publication import Publication
from include.settings import read_anew

GROWTH = ("first_day", "last_day", "total_return_pct", "cagr_pct", "best_week_pct", "worst_week_pct")
RISK = ("period_volatility_pct", "sharpe", "sortino", "value_at_risk_pct", "expected_shortfall_pct")
FALL = ("period_max_drawdown_pct", "peak_day", "trough_day", "recovery_day")


def figures(published: Publication, weeks: pl.DataFrame, *, are_stocks: bool = True) -> None:
    """Return, risk and deepest fall of each series in the weeks of the period; stocks lead to their pages.

    Shape:  (symbol, price_date, total_return_index, weekly_return_pct, weeks_spanned), with the stamps of `footnote`.
    """
    st.subheader("Figures of the period")
    rate = read_anew().source.risk_free_rate_pct
    found = period_figures(weeks, risk_free_pct=rate).rename(
        {"volatility_pct": "period_volatility_pct", "max_drawdown_pct": "period_max_drawdown_pct"}
    )
    name = "symbol" if are_stocks else "series"
    found = found.rename({"symbol": name})
    tables.show(found, [name, *GROWTH, "positive_weeks_pct", "weeks"])
    tables.show(found, [name, *RISK, *FALL])
    unit = "Percent, dividends included, of weekly closes; a stock that is younger begins later"
    unit += f"; risk-free rate {formats.number(rate, 1)} % a year" if rate else "; risk-free rate 0"
    footnote(found, published, unit=unit, name="period_figures")
