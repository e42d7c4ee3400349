"""The payments of each symbol, judged by its own habit, back into columns."""

from fractions import Fraction
from itertools import groupby
from typing import Any

import polars as pl

from include.silver.actions.held import is_held_distribution
from include.silver.actions.payments import LEAST_SHARE, Payment, judge_payments
from include.silver.actions.record import ACTIONS, exact, factor_of, split_of, to_decimal

FACTOR_DECIMALS = 10
JUDGED = pl.Schema(
    {"row": pl.UInt32}
    | {name: ACTIONS[name] for name in ("special_dividend_per_share", "distribution_per_share")}
    | {"distribution_factor": pl.Float64}
)


def add_judged_payments(weeks: pl.DataFrame) -> pl.DataFrame:
    """Tell special dividends and distributions from regular ones; a distribution becomes an other factor, unsure.

    Shape:  (n, with the actions, dividends as one amount) -> special_dividend_per_share, distribution_per_share added.
    """
    factor = split_of() * pl.col("unit_factor") * pl.col("other_factor")
    amount = pl.col("dividend_per_share").cast(pl.Float64)
    # Most payers never pay as much at once: all they pay is regular.
    may_be_special = amount > 0.999 * float(LEAST_SHARE) * pl.col("_previous_close") / factor
    flagged = weeks.with_columns(is_held_distribution=is_held_distribution())
    symbols = flagged.filter(may_be_special | pl.col("is_held_distribution"))["symbol"].unique().to_list()
    eventful = flagged.filter(pl.col("symbol").is_in(symbols) & ((amount > 0) | (factor != 1)))
    judged = [
        _columns_of(payment)
        for _, of_one in groupby(eventful.iter_rows(named=True), lambda week: week["symbol"])
        for payment in _judge(list(of_one))
        if payment.special or payment.distribution
    ]
    found = pl.DataFrame(judged, schema=JUDGED, orient="row")
    return _with_judgement(weeks.join(found, on="row", how="left", maintain_order="left"))


def _judge(weeks: list[dict[str, Any]]) -> list[Payment]:
    payments = [_payment_of(week) for week in weeks if week["dividend_per_share"]]
    factors = [(week["week_ending"], factor) for week in weeks if (factor := factor_of(week)) != 1]
    return judge_payments(payments, factors)


def _payment_of(week: dict[str, Any]) -> Payment:
    factor, amount = factor_of(week), exact(week["dividend_per_share"])
    total = week["total_return_factor"] / week["unit_factor"] * week["split_from"] / week["split_to"]
    return Payment(
        week["row"],
        week["week_ending"],
        amount,
        price=exact(week["_previous_close"]) / factor if week["growth"] is not None else None,
        other=exact(week["other_factor"]),
        total=exact(round(total, FACTOR_DECIMALS) or total),
        distribution=amount if week["is_held_distribution"] else Fraction(0),
    )


def _columns_of(payment: Payment) -> tuple[object, ...]:
    factor = float(payment.total) if payment.distribution else None
    return payment.row, to_decimal(payment.special), to_decimal(payment.distribution), factor


def _with_judgement(weeks: pl.DataFrame) -> pl.DataFrame:
    special, distribution = (
        pl.col("special_dividend_per_share").fill_null(0),
        pl.col("distribution_per_share").fill_null(0),
    )
    is_distribution = distribution > 0
    return weeks.with_columns(
        special,
        distribution,
        pl.when(is_distribution)
        .then(0)
        .otherwise("dividend_per_share")
        .cast(ACTIONS["dividend_per_share"])
        .alias("dividend_per_share"),
        pl.coalesce("distribution_factor", "other_factor").alias("other_factor"),
        # A factor that is listed among the splits says what a distribution was: shares.
        (pl.col("is_action_unsure") | (is_distribution & pl.col("listed_factor").is_null())).alias("is_action_unsure"),
    )
