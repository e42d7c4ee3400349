"""What a stock returned in each calendar month and year."""

import polars as pl

WHOLE_YEAR = 0  # in the place of a month
INDEX = pl.col("total_return_index")


def compute_calendar_returns(weeks: pl.DataFrame) -> pl.DataFrame:
    """Compute total returns from the last week of one month, or year, to the last of the next.

    A week belongs to the month of its last session. The newest month and year are so far; the first ones, and one after
    a month without a week, have no return: where they began is not known.

    Shape:  (price_date, total_return_index), complete weeks of one stock in the order of time -> (year, month,
            return_pct), sorted; month 1 to 12, 0 for the whole year.
    Units:  percent, dividends included.
    Source: FINANCE, period figures.
    """
    day = pl.col("price_date")
    spans = weeks.with_columns(year=day.dt.year(), month=day.dt.month().cast(pl.Int32))
    months = _returns(spans, ["year", "month"], number=12 * pl.col("year") + pl.col("month"))
    years = _returns(spans, ["year"], number=pl.col("year")).with_columns(month=pl.lit(WHOLE_YEAR, pl.Int32))
    return pl.concat([months, years.select(months.columns)]).drop_nulls().sort("year", "month")


def _returns(weeks: pl.DataFrame, span: list[str], *, number: pl.Expr) -> pl.DataFrame:
    follows = number == number.shift(1) + 1
    return (
        weeks.group_by(span, maintain_order=True)
        .agg(INDEX.last())
        .select(*span, return_pct=pl.when(follows).then(100 * (INDEX / INDEX.shift(1) - 1)))
    )
