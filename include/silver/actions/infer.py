"""Infers the actions of many symbols at once: what is plain in whole columns, the other weeks by the ordered rules."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import groupby
from math import log
from typing import Any

import polars as pl

from include.silver.actions.adjusted_closes import add_inferred_adjusted_close, add_is_factor_returning
from include.silver.actions.deciding import ListedWeek, decide
from include.silver.actions.growth import COARSE, add_growth, add_prices
from include.silver.actions.held import GROWTH, add_is_kept, add_kept_growth, is_held_distribution
from include.silver.actions.listed import LISTED, without_lists
from include.silver.actions.mixed import add_is_mixed_scale
from include.silver.actions.payers import add_judged_payments
from include.silver.actions.record import ACTIONS, RESTS_ON, recorded, to_decimal
from include.silver.actions.rules import LARGE_MOVE, Pair, Reading, read_pair
from include.silver.schema import EXACT

READ = pl.Schema(
    {"row": pl.UInt32}
    | {name: ACTIONS[name] for name in ("split_to", "split_from", "unit_factor", "other_factor", "total_return_factor")}
    | {name: ACTIONS[name] for name in ("dividend_per_share", "is_action_unsure", "is_action_listed")}
)


def add_corporate_actions(series: pl.DataFrame) -> pl.DataFrame:
    """Add what happened to the share in each week of one or many symbols' series.

    Shape:  (n, …) sorted by week_ending within each symbol, with open, high, low, close, adjusted_close, volume,
            dividend_amount (all but close may be null), is_retained, received_adjusted_close (of a retained week, else
            null), ACTIONS as recorded and RESTS_ON, LISTED where lists are known -> ACTIONS as they are now, and
            inferred_adjusted_close.
    Units:  splits as whole numbers of shares, factors as new shares per old share, 1 where nothing happened; dividends
            in the listing's currency for a share of that day, null in a first week whose amount is not known.
    """
    recorded_names = {name: recorded(name) for name in ACTIONS}
    weeks = series.rename(recorded_names).with_row_index("row").pipe(without_lists).pipe(add_prices)
    measured = weeks.pipe(add_growth).pipe(add_is_factor_returning)
    if not measured["is_factor_known"].equals(weeks["is_factor_known"]):
        measured = measured.pipe(add_growth)
    return (
        measured.pipe(add_is_kept)
        .pipe(add_kept_growth)
        .pipe(_add_readings)
        .pipe(add_judged_payments)
        .pipe(_add_flags)
        .pipe(add_is_mixed_scale)
        .pipe(add_inferred_adjusted_close)
        .select(*(name for name in series.columns if name not in {**RESTS_ON, **LISTED}), "inferred_adjusted_close")
    )


def _add_readings(weeks: pl.DataFrame) -> pl.DataFrame:
    """Add the action of each week: as recorded, plain, or by the ordered rules; a distribution as its dividend."""
    is_hard = ~pl.col("is_kept") & pl.col("growth").is_not_null() & (~_is_plain() | _is_listed())
    judged = weeks.with_columns(is_hard.alias("is_hard"))
    read = judged.drop("total_return_factor").join(_read_hard(judged), on="row", how="left", maintain_order="left")
    is_plain_payment = pl.col("growth").is_not_null() & (pl.col("_dividend") > 0)
    amount = pl.col("dividend_amount").cast(EXACT)
    plain: dict[str, pl.Expr] = {
        "total_return_factor": pl.when(is_plain_payment).then("growth").otherwise(1.0),
        "dividend_per_share": pl.when(pl.col("growth").is_null()).then(amount).otherwise(amount.fill_null(0)),
        "is_action_unsure": is_plain_payment & pl.any_horizontal(pl.col("high", "low").is_null()),
        "is_action_listed": pl.lit(value=False),
    } | {name: pl.lit(1, READ[name]) for name in ("split_to", "split_from", "unit_factor", "other_factor")}
    held = {name: pl.col(recorded(name)) for name in plain} | {
        "total_return_factor": pl.lit(judged["total_return_factor"]),
        "other_factor": pl.when(is_held_distribution()).then(1.0).otherwise(recorded("other_factor")),
        "dividend_per_share": pl.col(recorded("dividend_per_share")) + pl.col(recorded("distribution_per_share")),
    }
    return read.with_columns(
        pl.when("is_kept").then(held[name]).when("is_hard").then(name).otherwise(plain[name]).alias(name)
        for name in plain
    )


def _is_plain() -> pl.Expr:
    """Whether growth and move of a week are usual: 1 fits, with the dividend as received."""
    high = pl.col("growth_high").fill_null(float("inf"))
    most, least = 1 + pl.col("_dividend") / pl.col("_low"), 1 + pl.col("_dividend") / pl.col("_high")
    is_usual = (pl.col("_close") / pl.col("_previous_close")).log().abs() <= log(LARGE_MOVE)
    return is_usual & (pl.col("growth_low") <= most) & (least <= high)


def _is_listed() -> pl.Expr:
    """Whether a list says something of a week that its series may not say by itself."""
    is_range_known = pl.all_horizontal(pl.col("high", "low").is_not_null())
    return pl.col("listed_factor").is_not_null() | (pl.col("listed_dividend").is_not_null() & ~is_range_known)


def _read_hard(weeks: pl.DataFrame) -> pl.DataFrame:
    """Read the weeks that are not plain, newest first, so that later splits are known."""
    is_split = pl.col("is_kept") & (pl.col(recorded("split_to")) != pl.col(recorded("split_from")))
    chosen = pl.col("is_hard") | is_split
    if not weeks.select(chosen.any()).item():
        return READ.to_frame()
    adjusted = pl.when("is_factor_known").then(pl.col("adjusted_close").cast(pl.Float64))
    volume = pl.col("volume").cast(pl.Float64)
    rows = weeks.with_columns(
        _adjusted=adjusted,
        _previous_adjusted=adjusted.shift(1).over("symbol"),
        _volume=volume,
        _previous_volume=volume.shift(1).over("symbol"),
        is_newest=~pl.col("is_retained") & (pl.col("row") == pl.col("row").max().over("symbol", "is_retained")),
    )
    eventful = rows.filter(chosen).reverse().iter_rows(named=True)
    read = [
        row
        for _, weeks_of_one in groupby(eventful, lambda row: row["symbol"])
        for row in _read_newest_first(weeks_of_one)
    ]
    return pl.DataFrame(read, schema=READ, orient="row")


def _read_newest_first(weeks: Iterator[dict[str, Any]]) -> Iterator[tuple[object, ...]]:
    later_splits = Fraction(1)
    for week in weeks:
        if not week["is_hard"]:
            later_splits *= Fraction(week[recorded("split_to")], week[recorded("split_from")])
            continue
        pair = _pair_of(week, later_splits)
        reading = decide(pair, read_pair(pair), _listed_week_of(week))
        later_splits *= reading.split
        yield week["row"], *_columns_of(reading)


def _pair_of(week: dict[str, Any], later_splits: Fraction) -> Pair:
    return Pair(
        close=week["_close"],
        previous_close=week["_previous_close"],
        high=None if week["high"] is None else week["_high"],
        low=None if week["low"] is None else week["_low"],
        dividend=week["dividend_amount"],
        growth=week["growth"],
        growth_low=week["growth_low"],
        growth_high=week["growth_high"],
        later_splits=later_splits,
        adjusted=week["_adjusted"],
        previous_adjusted=week["_previous_adjusted"],
        volume=week["_volume"],
        previous_volume=week["_previous_volume"],
        is_newest=week["is_newest"],
    )


def _listed_week_of(week: dict[str, Any]) -> ListedWeek:
    new, old, factor, dividend = (week[name] for name in LISTED if name != "is_split_told")
    return ListedWeek(
        split=Fraction(new, old) if new else None,
        factor=None if factor is None else Fraction(factor),
        dividend=None if dividend is None else Fraction(dividend),
        is_split_told=bool(week["is_split_told"]),
    )


def _columns_of(reading: Reading) -> tuple[object, ...]:
    split = reading.split
    factors = (split.numerator, split.denominator, reading.unit, reading.other, reading.total)
    return (*factors, to_decimal(reading.dividend), reading.is_unsure, reading.is_listed)


def _add_flags(weeks: pl.DataFrame) -> pl.DataFrame:
    """Add GROWTH as recorded, whether it is coarse, and whether the action is unsure."""
    growth, low, high = map(pl.col, GROWTH)
    # Of what happened in a week without a factor and the next nobody knows in which of the two it was.
    follows_unknown = ~pl.col("is_factor_known").shift(1, fill_value=True).over("symbol")
    # Where the list of splits says nothing of a week without a factor, the week is as it stands.
    is_told = pl.col("is_split_told").fill_null(value=False) & pl.col("listed_factor").is_null()
    is_unknown = ~pl.col("is_factor_known") & ~pl.col("is_retained") & ~is_told
    is_wide = ((high - low) / growth > COARSE).fill_null(value=True) | follows_unknown
    return weeks.with_columns(
        pl.when("is_retained")
        .then(recorded("is_factor_coarse"))
        .otherwise(growth.is_not_null() & is_wide)
        .alias("is_factor_coarse"),
        (pl.col("is_action_unsure") | is_unknown).alias("is_action_unsure"),
    )
