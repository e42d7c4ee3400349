"""What a benchmark returned in each week, and how stocks did against it over a chosen period. Frames in, frames out."""

import math
from datetime import date, timedelta

import polars as pl

from include.serving.period_figures import WEEKS_A_YEAR

FEWEST_OTHERS = 5  # a mean of fewer stocks is no market
LEAST_VARIANCE = 1e-9  # of returns in percent; below it lies what rounding makes of a constant
STOCK, MARKET = pl.col("stock"), pl.col("market")
FIGURES = (
    *("common_weeks", "benchmark_return_pct", "excess_return_pct", "beta", "alpha_pct", "correlation"),
    *("tracking_error_pct", "information_ratio", "up_capture_pct", "down_capture_pct"),
)


def returns_of_one_week(weeks: pl.DataFrame) -> pl.DataFrame:
    """The returns over one week that a period compares: not that of its first week, which began before it.

    Shape:  (symbol, week_ending, weekly_return_pct, weeks_spanned, …), sorted by symbol and week -> fewer rows of it.
    """
    is_base = pl.int_range(pl.len()).over("symbol") == 0
    return weeks.filter(~is_base, pl.col("weeks_spanned") == 1, pl.col("weekly_return_pct").is_not_null())


def mean_of_the_others(returns: pl.DataFrame, market: pl.DataFrame) -> pl.DataFrame:
    """Put beside each return the mean of the other stocks' in that week, each with the same weight.

    A stock would find itself in a mean that holds it. A week with fewer than five others has no mean, and no row.

    Shape:  returns (symbol, week_ending, weekly_return_pct, is_member, …); market (week_ending, members, sum_pct), the
            sum of the members' returns -> returns with benchmark_return_pct.
    """
    own = pl.when("is_member").then(pl.col("weekly_return_pct")).otherwise(0.0)
    others = pl.col("members") - pl.col("is_member").cast(pl.Int64)
    return (
        returns.join(market, on="week_ending", maintain_order="left")
        .filter(others >= FEWEST_OTHERS)
        .with_columns(benchmark_return_pct=(pl.col("sum_pct") - own) / others)
        .drop("members", "sum_pct")
    )


def market_without(market: pl.DataFrame, returns: pl.DataFrame) -> pl.DataFrame:
    """Take the members' returns among these out of the market.

    Shape:  market (week_ending, members, sum_pct); returns (week_ending, weekly_return_pct, is_member) -> market.
    """
    own = returns.filter("is_member").group_by("week_ending")
    taken = own.agg(taken=pl.len(), taken_pct=pl.col("weekly_return_pct").sum())
    return market.join(taken, on="week_ending", how="left", maintain_order="left").select(
        "week_ending",
        members=pl.col("members") - pl.col("taken").fill_null(0),
        sum_pct=pl.col("sum_pct") - pl.col("taken_pct").fill_null(0),
    )


def mean_of(market: pl.DataFrame) -> pl.DataFrame:
    """The mean return of the market's members, in the weeks in which it has at least five.

    Shape:  market (week_ending, members, sum_pct) -> (week_ending, weekly_return_pct).
    """
    enough = market.filter(pl.col("members") >= FEWEST_OTHERS)
    return enough.select("week_ending", weekly_return_pct=pl.col("sum_pct") / pl.col("members"))


def returns_of(returns: pl.DataFrame, benchmark: pl.DataFrame) -> pl.DataFrame:
    """Put beside each return that of one series in the same week; a week that it lacks has no row.

    Shape:  returns (symbol, week_ending, weekly_return_pct, …); benchmark (week_ending, weekly_return_pct) -> returns
            with benchmark_return_pct.
    """
    beside = benchmark.select("week_ending", benchmark_return_pct="weekly_return_pct")
    return returns.join(beside, on="week_ending", maintain_order="left")


def compute_benchmark_figures(returns: pl.DataFrame, *, risk_free_pct: float = 0.0) -> pl.DataFrame:
    """Compute how each stock did against what stands beside it, over the weeks that both have.

    Shape:  (symbol, week_ending, weekly_return_pct, benchmark_return_pct), sorted by symbol and week -> one row per
            symbol, in their order: symbol and FIGURES. Null: what needs two weeks with fewer of them, a ratio whose
            denominator is 0, a capture without a week in which the benchmark rose (or fell).
    Units:  percent; alpha, tracking error and information ratio a year; correlation -1 to 1; a capture of 100 is the
            benchmark's own. `risk_free_pct` in percent a year.
    Source: FINANCE, period figures: beta and alpha are empyrical's. Captures compare mean compounded returns of the
            weeks in which the benchmark rose (or fell), as in mart_stock_risk.
    """
    risk_free = risk_free_pct / 100 / WEEKS_A_YEAR
    simple = returns.with_columns(
        stock=pl.col("weekly_return_pct") / 100 - risk_free, market=pl.col("benchmark_return_pct") / 100 - risk_free
    )
    year, active = math.sqrt(WEEKS_A_YEAR), STOCK - MARKET
    beta = _ratio(pl.cov(STOCK, MARKET), MARKET.var())
    stock_return, market_return = _compounded(STOCK + risk_free), _compounded(MARKET + risk_free)
    return (
        simple.group_by("symbol", maintain_order=True)
        .agg(
            common_weeks=pl.len(),
            benchmark_return_pct=100 * market_return,
            excess_return_pct=100 * (stock_return - market_return),
            beta=beta,
            alpha_pct=100 * ((1 + STOCK.mean() - beta * MARKET.mean()) ** WEEKS_A_YEAR - 1),
            correlation=_ratio(pl.cov(STOCK, MARKET), STOCK.std() * MARKET.std()),
            tracking_error_pct=100 * year * active.std(),
            information_ratio=year * _ratio(active.mean(), active.std()),
            up_capture_pct=_capture(risk_free, rises=True),
            down_capture_pct=_capture(risk_free, rises=False),
        )
        .select("symbol", *FIGURES)
    )


def compute_rolling_figures(returns: pl.DataFrame) -> pl.DataFrame:
    """Compute beta and correlation over the newest 52 common weeks, at each week.

    Shape:  (symbol, week_ending, weekly_return_pct, benchmark_return_pct), sorted by symbol and week -> (symbol,
            week_ending, beta, correlation), one row per week with 51 others before it; null where one did not deviate.
    """
    pair = [pl.col("weekly_return_pct"), pl.col("benchmark_return_pct")]
    covariance = pl.rolling_cov(*pair, window_size=WEEKS_A_YEAR)
    stock, market = (values.rolling_var(WEEKS_A_YEAR) for values in pair)
    is_known = (stock > LEAST_VARIANCE) & (market > LEAST_VARIANCE)
    rolled = returns.select(
        "symbol",
        "week_ending",
        is_whole=pl.int_range(pl.len()).over("symbol") >= WEEKS_A_YEAR - 1,
        beta=pl.when(is_known).then(covariance / market).over("symbol"),
        correlation=pl.when(is_known).then(covariance / (stock * market).sqrt()).over("symbol"),
    )
    return rolled.filter("is_whole").drop("is_whole")


def series_of(returns: pl.DataFrame, *, base_week: date) -> pl.DataFrame:
    """Chain the returns after a week to a series that stands at 100 in that week, or in the one before the first known.

    Shape:  returns (week_ending, weekly_return_pct), sorted by week -> (week_ending, price_date, total_return_index,
            weekly_return_pct, weeks_spanned), one row more than there are returns after the week, none without any.
    """
    week = pl.col("week_ending")
    later = returns.filter(week > base_week).select("week_ending", "weekly_return_pct")
    base = later.head(1).select(week - timedelta(weeks=1), weekly_return_pct=pl.lit(None, pl.Float64))
    growth = (1 + pl.col("weekly_return_pct").fill_null(0) / 100).cum_prod()
    return pl.concat([base, later]).with_columns(price_date=week, total_return_index=100 * growth, weeks_spanned=1)


def _compounded(simple: pl.Expr) -> pl.Expr:
    return (1 + simple).product() - 1


def _capture(risk_free: float, *, rises: bool) -> pl.Expr:
    stock, market = STOCK + risk_free, MARKET + risk_free
    chosen = market > 0 if rises else market < 0
    stock_mean, market_mean = (simple.filter(chosen).log1p().mean().exp() - 1 for simple in (stock, market))
    return 100 * pl.when(chosen.any()).then(stock_mean / market_mean)


def _ratio(one: pl.Expr, other: pl.Expr) -> pl.Expr:
    return pl.when(other > 0).then(one / other)
