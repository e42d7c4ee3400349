"""What stocks are compared with over a period: one of them, or the mean of all."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from dashboards.queries.compare import weekly_prices
from dashboards.queries.publication import Publication
from include.serving.benchmark import (
    market_without,
    mean_of,
    mean_of_the_others,
    returns_of,
    returns_of_one_week,
    series_of,
)

THE_OTHERS = "the other stocks"  # as mart_stock_risk names their mean
ALL_STOCKS = "All stocks"


def published_benchmark(published: Publication) -> str | None:
    """BENCHMARK_SYMBOL of the newest publication; None where betas are against the mean of the others."""
    rows = published.read("select benchmark from gold.mart_stock_risk limit 1")
    return None if rows.is_empty() or rows.item() == THE_OTHERS else str(rows.item())


@dataclass(frozen=True)
class Benchmark:
    """The weeks of a period: of the ticker that is its name, as `weekly_prices` gives them, or of all stocks."""

    name: str
    weeks: pl.DataFrame

    @classmethod
    def read(cls, published: Publication, name: str, *, since: date, until: date) -> "Benchmark":
        """Read the period of a ticker, or of all stocks."""
        if name == ALL_STOCKS:
            return cls(name, _market_weeks(published, since=since, until=until))
        return cls(name, weekly_prices(published, [name], since=since, until=until))

    @property
    def is_mean(self) -> bool:
        """Whether it is the mean of all stocks."""
        return self.name == ALL_STOCKS

    @property
    def label(self) -> str:
        """What a line of it is called."""
        return f"{self.name} (benchmark)"

    def without(self, held: pl.DataFrame) -> "Benchmark":
        """The same, and a mean that holds none of these stocks, whose weeks `weekly_prices` gives."""
        return Benchmark(self.name, market_without(self.weeks, returns_of_one_week(held))) if self.is_mean else self

    def series(self, *, base_week: date) -> pl.DataFrame:
        """Its weeks from the base week on, as `series_of`; without rows where it has none."""
        if self.is_mean:
            return series_of(mean_of(self.weeks), base_week=base_week)
        weeks = self.weeks.filter(pl.col("week_ending") >= base_week)
        return weeks.select("week_ending", "price_date", "total_return_index", "weekly_return_pct", "weeks_spanned")

    def beside(self, weeks: pl.DataFrame, *, is_among_them: bool) -> pl.DataFrame:
        """Put its return beside each one-week return of series; stocks that a mean is made of have the others'.

        Shape:  (symbol, week_ending, weekly_return_pct, weeks_spanned, is_member), sorted by symbol and week -> rows of
                it with benchmark_return_pct, of common weeks alone.
        """
        returns = returns_of_one_week(weeks)
        if self.is_mean and is_among_them:
            return mean_of_the_others(returns, self.weeks)
        return returns_of(returns, mean_of(self.weeks) if self.is_mean else returns_of_one_week(self.weeks))


def _market_weeks(published: Publication, *, since: date, until: date) -> pl.DataFrame:
    """How many stocks have a return over each one of the weeks, and the sum of these, in percent.

    Shape:  (week_ending, members, sum_pct), sorted by week.
    """
    statement = """
        select
            week_ending,
            sum(stocks)::bigint as members,
            sum(stocks * mean_return_pct order by sector) as sum_pct
        from gold.mart_sector_performance
        where week_ending between {since} and {until}
        group by week_ending
        order by week_ending
    """
    return published.read(statement, since=since, until=until)
