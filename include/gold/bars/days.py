"""Daily bars on the scale of the newest session: prices and volumes adjusted for splits, closes for dividends, too."""

from math import log

import polars as pl

PRICES = ("open", "high", "low", "close")
DAYS = pl.Schema({"symbol": pl.String, "trade_date": pl.Date, **dict.fromkeys((*PRICES, "volume"), pl.Float64)})
STEPS = ("price_factor", "share_factor", "growth")
UNLISTED = pl.Schema({"symbol": pl.String, "lacks_splits": pl.Boolean, "lacks_dividends": pl.Boolean})
MOVE_OF_A_SPLIT = log(5 / 4)  # of the smallest ratio that is no stock dividend


def adjust_days(days: pl.DataFrame, events: pl.DataFrame, unlisted: pl.DataFrame) -> pl.DataFrame:
    """Adjust raw sessions by what happened after them.

    Alpha Vantage adjusts for a dividend with the close of the ex-date: 1 + D / close. Where that does not lie within
    the bounds of the weekly series, or the session of the ex-date is missing, the growth of the week stands for it.

    Of a symbol without weeks and without a list of dividends nobody knows a total return; without one of splits, any
    move as large as a split's may be one.

    Shape:  days (n, DAYS, …) of one or many symbols, `events.EVENTS`, and of the symbols without weeks (m, UNLISTED) ->
            days, sorted, and: split_adj_open, …_high, …_low, …_close, …_volume and adj_close; split_factor,
            price_factor, dividend_per_share and total_return_factor of the session's own actions; is_scale_unknown,
            is_action_day_unknown; scale.
    Units:  prices in the listing's currency and shares of the newest session. A session on which a split may or may
            not have happened yet (`is_scale_unknown`) has no adjusted price, one of a dividend no adj_close. `scale`
            counts the splits of unknown day until then. The factors are null where it is unknown whether the action
            fell between the session before and this one.
    """
    ordered = days.sort("symbol", "trade_date")
    effective = _find_sessions(ordered, events)
    own = {name: pl.col(name).fill_null(1.0) for name in STEPS} | {"dividend": pl.col("dividend").fill_null(0.0)}
    return (
        ordered.join(_steps(effective), on=("symbol", "trade_date"), how="left", maintain_order="left")
        .with_columns(**own)
        .pipe(_add_unknown, effective)
        .pipe(_add_unlisted, unlisted)
        .pipe(_add_adjusted)
        .pipe(_add_own_factors)
    )


def later(step: pl.Expr) -> pl.Expr:
    """What the steps of all later bars of a symbol make together; the bars stand in the order of time."""
    return step.shift(-1, fill_value=1.0).cum_prod(reverse=True).over("symbol")


def _find_sessions(days: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """Each event beside the session from which on it has happened, with its growth; those before the first session and
    after the newest are left out.
    """
    sessions = days.select("symbol", pl.col("trade_date").alias("session"), "close")
    first_sessions = sessions.group_by("symbol").agg(first_session=pl.col("session").min())
    formula = 1 + pl.col("dividend") / pl.col("close")
    is_of_ex_date = (pl.col("first_day") == pl.col("day")) & (pl.col("session") == pl.col("day"))
    is_within = formula.is_between("lowest_growth", pl.col("highest_growth").fill_null(float("inf")))
    growth = (
        pl.when(pl.col("dividend") == 0).then(1.0)
        .when(is_of_ex_date & is_within.fill_null(value=True)).then(formula)
        .otherwise(pl.coalesce("growth", formula))
    )  # fmt: skip
    return (
        events.join(first_sessions, on="symbol")
        .filter(pl.col("day") >= pl.col("first_session"))
        .sort("symbol", "day")
        .join_asof(
            sessions,
            left_on="day",
            right_on="session",
            by="symbol",
            strategy="forward",
            coalesce=False,
            check_sortedness=False,
        )
        .filter(pl.col("session").is_not_null())
        .with_columns(growth=growth * pl.col("price_factor"))
    )


def _steps(effective: pl.DataFrame) -> pl.DataFrame:
    return effective.group_by("symbol", pl.col("session").alias("trade_date"), maintain_order=True).agg(
        pl.col(STEPS).product(), pl.col("dividend").sum()
    )


def _add_unknown(days: pl.DataFrame, effective: pl.DataFrame) -> pl.DataFrame:
    """Flag the sessions of which it is unknown whether an action lies before or after them."""
    undated = effective.filter(pl.col("first_day") < pl.col("day"))
    splits = undated.filter(pl.col("price_factor") != 1)
    for name, chosen in (("is_scale_unknown", splits), ("is_action_day_unknown", undated)):
        spans = chosen.sort("symbol", "first_day").select("symbol", "first_day", pl.col("session").alias("known_from"))
        days = (
            days.join_asof(spans, left_on="trade_date", right_on="first_day", by="symbol", check_sortedness=False)
            .with_columns((pl.col("trade_date") < pl.col("known_from")).fill_null(value=False).alias(name))
            .drop("first_day", "known_from", strict=False)
        )
    return days


def _add_unlisted(days: pl.DataFrame, unlisted: pl.DataFrame) -> pl.DataFrame:
    """Flag what no list and no week says, and count the spans of sessions on an unknown scale."""
    moved = (pl.col("close") / pl.col("close").shift(1)).log().abs() >= MOVE_OF_A_SPLIT
    moves_later = moved.shift(-1, fill_value=False).cum_max(reverse=True).over("symbol")
    lacks_splits, lacks_dividends = (
        pl.col(name).fill_null(value=False) for name in ("lacks_splits", "lacks_dividends")
    )
    is_scale_unknown = pl.col("is_scale_unknown") | (lacks_splits & moves_later)
    ends = pl.col("is_scale_unknown").shift(1).over("symbol").fill_null(value=False) & ~pl.col("is_scale_unknown")
    return (
        days.join(unlisted, on="symbol", how="left", maintain_order="left")
        .with_columns(is_scale_unknown, pl.col("is_action_day_unknown") | is_scale_unknown | lacks_dividends)
        .with_columns(ends.cum_sum().over("symbol").alias("scale"))
        .drop("lacks_splits", "lacks_dividends")
    )


def _add_adjusted(days: pl.DataFrame) -> pl.DataFrame:
    price, share, growth = (later(pl.col(name)) for name in STEPS)
    known_scale, known_day = ~pl.col("is_scale_unknown"), ~pl.col("is_action_day_unknown")
    return days.with_columns(
        *(pl.when(known_scale).then(pl.col(name) / price).alias(f"split_adj_{name}") for name in PRICES),
        pl.when(known_scale).then(pl.col("volume") * share).alias("split_adj_volume"),
        pl.when(known_day).then(pl.col("close") / growth).alias("adj_close"),
    )


def _add_own_factors(days: pl.DataFrame) -> pl.DataFrame:
    def known(flag: str) -> pl.Expr:
        return ~(pl.col(flag) | pl.col(flag).shift(1).over("symbol").fill_null(value=False))

    scale, day = known("is_scale_unknown"), known("is_action_day_unknown")
    return days.with_columns(
        pl.when(scale).then("share_factor").alias("split_factor"),
        pl.when(scale).then("price_factor").alias("price_factor"),
        pl.when(day).then("dividend").alias("dividend_per_share"),
        pl.when(day).then("growth").alias("total_return_factor"),
    ).drop("share_factor", "growth", "dividend")
