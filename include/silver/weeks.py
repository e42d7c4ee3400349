"""From dated rows to weeks: the Friday they end on, and the parts of a week combined."""

import polars as pl


def add_week_ending(typed: pl.DataFrame) -> pl.DataFrame:
    """Add the Friday that ends the week of each price_date."""
    # weekday() is 1 on Monday: the Friday of the Monday-to-Sunday week, on every exchange.
    friday = pl.col("price_date") + pl.duration(days=5 - pl.col("price_date").dt.weekday())
    return typed.with_columns(friday.alias("week_ending"))


def combine_parts_of_a_week(typed: pl.DataFrame) -> pl.DataFrame:
    """Make one row of the rows of a week.

    Shape:  (n, answer, week_ending, price_date, the fields of WEEKLY_PRICES, has_rejected_fields) -> the same columns,
            one row per answer and week_ending, sorted. A high or low that is null in some part is taken from the
            others; a week whose first open is null has none.
    """
    # Around Christmas the source splits some Toronto weeks into two rows; together they are the week.
    key = ("answer", "week_ending")
    sorted_rows = typed.sort("answer", "price_date")
    if not sorted_rows.select(pl.struct(key).is_duplicated().any()).item():
        return sorted_rows
    return sorted_rows.group_by(key, maintain_order=True).agg(
        pl.col("price_date").last(),
        pl.col("open").first(),
        _of_known("high", pl.coalesce("high", "close").max()),
        _of_known("low", pl.coalesce("low", "close").min()),
        pl.col("close", "adjusted_close").last(),
        # A sum without one of its parts would be too small.
        pl.when(pl.col("volume").is_not_null().all()).then(pl.col("volume").sum()),
        pl.when(pl.col("dividend_amount").is_not_null().all()).then(pl.col("dividend_amount").sum()),
        pl.col("has_rejected_fields").any(),
    )


def _of_known(name: str, value: pl.Expr) -> pl.Expr:
    # A part without a believable high or low has at least its close.
    return pl.when(pl.col(name).is_not_null().any()).then(value).alias(name)
