"""On which day the actions of the weekly series happened: the weekly series says what, the listings say when.

What the listings hold of days that the weekly series does not reach counts as listed.
"""

from datetime import timedelta

import polars as pl

WEEKS = pl.Schema(
    {
        "symbol": pl.String,
        "week_ending": pl.Date,
        "price_date": pl.Date,
        **dict.fromkeys(("split_factor", "unit_factor", "other_factor", "total_return_factor"), pl.Float64),
        **dict.fromkeys(("dividend_per_share", "distribution_per_share"), pl.Float64),
        **dict.fromkeys(("factor_growth_low", "factor_growth_high"), pl.Float64),
    }
)
LISTED = pl.Schema(
    {"symbol": pl.String, "ex_date": pl.Date, "kind": pl.String, "factor": pl.Float64, "amount": pl.Float64}
)
FIGURES = ("price_factor", "share_factor", "dividend", "growth", "lowest_growth", "highest_growth")
EVENTS = pl.Schema(
    {
        "symbol": pl.String,
        "first_day": pl.Date,
        "day": pl.Date,
        **dict.fromkeys(FIGURES, pl.Float64),
    }
)
OF_WEEK = ("symbol", "price_date")
SPLIT, DIVIDEND = pl.col("kind") == "split", pl.col("kind") == "dividend"
DAY = timedelta(days=1)


def date_events(weeks: pl.DataFrame, listed: pl.DataFrame) -> pl.DataFrame:
    """Put a day to each action of the weekly series, and add those listed before its first and after its newest day.

    Shape:  weeks (n, WEEKS) and listed (k, LISTED), of one or many symbols -> (m, EVENTS): a row per day and kind. It
            happened on `day` where `first_day` is the same; else on one of the days from the one to the other.
    Units:  price_factor new prices per old price, 1 for a dividend; share_factor new shares per old share; dividend
            per share of that day; growth what a share became of by the dividend, with its bounds, as the weekly series
            has it: null where that says nothing.
    """
    ordered = weeks.sort("symbol", "price_date").with_columns(
        first_day=pl.col("price_date").shift(1).over("symbol") + DAY,
        price_factor=pl.col("split_factor") * pl.col("unit_factor") * pl.col("other_factor"),
    )
    in_weeks = _list_in_weeks(ordered, listed)
    return pl.concat([_price_events(ordered, in_weeks), _dividends(ordered, in_weeks), _beyond(ordered, listed)]).sort(
        "symbol", "day"
    )


def _list_in_weeks(weeks: pl.DataFrame, listed: pl.DataFrame) -> pl.DataFrame:
    """The listings beside the price_date of the week that they fall into."""
    dates = weeks.filter(pl.col("first_day").is_not_null()).select("symbol", "first_day", "price_date")
    return (
        listed.sort("symbol", "ex_date")
        .join_asof(
            dates,
            left_on="ex_date",
            right_on="price_date",
            by="symbol",
            strategy="forward",
            coalesce=False,
            check_sortedness=False,
        )
        .filter(pl.col("ex_date") >= pl.col("first_day"))
        .drop("first_day")
    )


def _price_events(weeks: pl.DataFrame, listed: pl.DataFrame) -> pl.DataFrame:
    """Splits, spin-offs, distributions and changes of unit: one a week, on the one day that is listed for it."""
    dates = listed.group_by(OF_WEEK).agg(
        pl.col("ex_date").filter(~DIVIDEND).unique().alias("factor_days"),
        pl.col("ex_date").filter(DIVIDEND).unique().alias("dividend_days"),
    )
    # A distribution is listed as a dividend.
    is_distribution = (pl.col("distribution_per_share") > 0) & (pl.col("factor_days").list.len() == 0)
    days = pl.when(is_distribution).then("dividend_days").otherwise("factor_days")
    return (
        weeks.filter(pl.col("price_factor") != 1, pl.col("first_day").is_not_null())
        .join(dates, on=OF_WEEK, how="left", maintain_order="left")
        .with_columns(ex_date=pl.when(days.list.len() == 1).then(days.list.first()))
        .pipe(_as_events, price_factor=pl.col("price_factor"), share_factor=pl.col("split_factor"))
    )


def _dividends(weeks: pl.DataFrame, listed: pl.DataFrame) -> pl.DataFrame:
    """Dividends of the weekly series; of a week with several listed days each has its part of the amount."""
    days = listed.filter(DIVIDEND).select(*OF_WEEK, "ex_date", listed_amount=pl.col("amount"))
    payments, total = pl.len().over(OF_WEEK), pl.col("listed_amount").sum().over(OF_WEEK)
    part = pl.when(payments == 1).then(1.0).when(total > 0).then(pl.col("listed_amount") / total)
    unit, price = pl.col("unit_factor"), pl.col("price_factor")
    growth = {
        "growth": pl.col("total_return_factor") / price,
        "lowest_growth": unit * pl.col("factor_growth_low") / price,
        "highest_growth": unit * pl.col("factor_growth_high") / price,
    }
    return (
        weeks.filter(pl.col("dividend_per_share") > 0, pl.col("first_day").is_not_null())
        .join(days, on=OF_WEEK, how="left", maintain_order="left")
        .pipe(
            _as_events,
            dividend=pl.col("dividend_per_share") * part.fill_null(1 / payments),
            # Of several payments in a week nobody knows the growth of each.
            **{name: pl.when(payments == 1).then(value) for name, value in growth.items()},
        )
    )


def _beyond(weeks: pl.DataFrame, listed: pl.DataFrame) -> pl.DataFrame:
    """What is listed of days that the weekly series does not reach."""
    reach = weeks.group_by("symbol").agg(first=pl.col("price_date").min(), last=pl.col("price_date").max())
    is_reached = pl.col("ex_date").is_between("first", "last", closed="right").fill_null(value=False)
    return (
        listed.join(reach, on="symbol", how="left", maintain_order="left")
        .filter(~is_reached)
        .with_columns(first_day=pl.col("ex_date"), price_date=pl.col("ex_date"))
        .pipe(
            _as_events,
            price_factor=pl.when(DIVIDEND).then(1.0).otherwise("factor"),
            share_factor=pl.when(SPLIT).then("factor").otherwise(1.0),
            dividend=pl.when(DIVIDEND).then("amount").fill_null(0.0),
        )
    )


def _as_events(rows: pl.DataFrame, /, **figures: pl.Expr) -> pl.DataFrame:
    """Rows as EVENTS: on their ex_date, or where none is known between the weeks' closes."""
    quiet = {"price_factor": 1.0, "share_factor": 1.0, "dividend": 0.0}
    return rows.select(
        "symbol",
        pl.coalesce("ex_date", "first_day").alias("first_day"),
        pl.coalesce("ex_date", "price_date").alias("day"),
        *(figures.get(name, pl.lit(quiet.get(name))).cast(pl.Float64).alias(name) for name in FIGURES),
    )
