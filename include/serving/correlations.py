"""How the weekly returns of stocks move together over a chosen period."""

import polars as pl

from include.serving.benchmark import returns_of_one_week

FEWEST_WEEKS = 12  # of fewer a correlation is chance


def compute_correlations(weeks: pl.DataFrame) -> pl.DataFrame:
    """Compute Pearson's correlation of the weekly log returns of each two stocks, in the weeks that both have.

    Shape:  (symbol, week_ending, weekly_return_pct, weeks_spanned), sorted by symbol and week -> one row per ordered
            pair with at least 12 common weeks whose returns deviate, a stock with itself among them: symbol,
            other_symbol, correlation, common_weeks; sorted by both symbols.
    Units:  -1 to 1.
    """
    returns = returns_of_one_week(weeks).select(
        "symbol", "week_ending", growth=(pl.col("weekly_return_pct") / 100).log1p()
    )
    other = returns.rename({"symbol": "other_symbol", "growth": "other_growth"})
    return (
        returns.join(other, on="week_ending")
        .sort("symbol", "other_symbol", "week_ending")
        .group_by("symbol", "other_symbol", maintain_order=True)
        .agg(correlation=pl.corr("growth", "other_growth"), common_weeks=pl.len())
        .filter(pl.col("common_weeks") >= FEWEST_WEEKS, pl.col("correlation").is_finite())
    )
