"""What the weekly returns of a chosen period come to: return, risk, the deepest fall, the worst weeks."""

import math

import polars as pl

WEEKS_A_YEAR = 52
DAYS_A_YEAR = 365.25
TAIL = 0.05  # of the weeks: value at risk, expected shortfall
INDEX, RETURN = pl.col("total_return_index"), pl.col("simple_return").drop_nulls()
FIGURES = (
    *("first_day", "last_day", "weeks", "total_return_pct", "cagr_pct", "volatility_pct", "sharpe", "sortino"),
    *("max_drawdown_pct", "peak_day", "trough_day", "recovery_day", "value_at_risk_pct", "expected_shortfall_pct"),
    *("best_week_pct", "worst_week_pct", "positive_weeks_pct"),
)


def compute_period_figures(weeks: pl.DataFrame, *, risk_free_pct: float = 0.0) -> pl.DataFrame:
    """Compute the figures of each stock over the weeks of a period; the first of them is the base of its returns.

    Shape:  (n: symbol, price_date, total_return_index, weekly_return_pct, weeks_spanned), complete weeks of each symbol
            in the order of time -> one row per symbol, in their order: symbol and FIGURES. `weeks` counts the returns
            of one week; one over several is in the index, and in no statistic. Null: what needs two returns with fewer
            of them, a ratio without deviation, cagr_pct of a year or less, recovery_day while the fall lasts, the days
            of a fall where there was none.
    Units:  percent; volatility, CAGR, Sharpe and Sortino a year; `risk_free_pct` in percent a year. Losses negative.
    Source: FINANCE, period figures. Sharpe, Sortino, drawdown, value at risk and expected shortfall are empyrical's;
            the deviation of volatility_pct is of log returns, as everywhere.
    """
    is_base = pl.int_range(pl.len()).over("symbol") == 0
    of_one_week = ~is_base & (pl.col("weeks_spanned") == 1)
    returns = weeks.with_columns(
        simple_return=pl.when(of_one_week).then(pl.col("weekly_return_pct") / 100),
        fall=INDEX / INDEX.cum_max().over("symbol") - 1,
    )
    risk_free = risk_free_pct / 100 / WEEKS_A_YEAR
    return (
        returns.group_by("symbol", maintain_order=True)
        .agg(weeks=RETURN.len(), **_growth(), **_risk(risk_free), **_drawdown(), **_weeks())
        .select("symbol", *FIGURES)
    )


def _growth() -> dict[str, pl.Expr]:
    first, last = pl.col("price_date").first(), pl.col("price_date").last()
    years = (last - first).dt.total_days() / DAYS_A_YEAR
    growth = INDEX.last() / INDEX.first()
    return {
        "first_day": first,
        "last_day": last,
        "total_return_pct": 100 * (growth - 1),
        "cagr_pct": pl.when(years > 1).then(100 * (growth ** (1 / years) - 1)),
    }


def _risk(risk_free: float) -> dict[str, pl.Expr]:
    excess = RETURN - risk_free
    downside = excess.clip(upper_bound=0).pow(2).mean().sqrt()
    year = math.sqrt(WEEKS_A_YEAR)
    return {
        "volatility_pct": 100 * year * RETURN.log1p().std(),
        "sharpe": year * _ratio(excess.mean(), excess.std()),
        "sortino": pl.when(RETURN.len() > 1).then(year * _ratio(excess.mean(), downside)),
    }


def _drawdown() -> dict[str, pl.Expr]:
    fall, day = pl.col("fall"), pl.col("price_date")
    trough = day.sort_by(fall, maintain_order=True).first()
    before, after = day <= trough, day > trough
    peak = day.filter(before).sort_by(INDEX.filter(before), descending=True, maintain_order=True).first()
    is_any = fall.min() < 0
    height = INDEX.filter(before).max()
    return {
        "max_drawdown_pct": 100 * fall.min(),
        "peak_day": pl.when(is_any).then(peak),
        "trough_day": pl.when(is_any).then(trough),
        "recovery_day": pl.when(is_any).then(day.filter(after & (height <= INDEX)).first()),
    }


def _weeks() -> dict[str, pl.Expr]:
    # The worst of them, as many as empyrical takes: the one at the quantile and those below it.
    worst = RETURN.sort().head(((RETURN.len() - 1) * TAIL).floor().cast(pl.Int64) + 1)
    return {
        "value_at_risk_pct": 100 * RETURN.quantile(TAIL, interpolation="linear"),
        "expected_shortfall_pct": 100 * worst.mean(),
        "best_week_pct": 100 * RETURN.max(),
        "worst_week_pct": 100 * RETURN.min(),
        "positive_weeks_pct": 100 * (RETURN > 0).mean(),
    }


def _ratio(one: pl.Expr, other: pl.Expr) -> pl.Expr:
    return pl.when(other > 0).then(one / other)
