"""Raw closes that a payload restates in new shares: those held differ from its own by one ratio, up to some week."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter

import polars as pl

from include.silver.actions.ratios import Ratio, all_ratios
from include.silver.schema import to_exact

HALF_A_PLACE = 5.1e-5  # of the four decimals that the source prints
SAME_SECURITY_SHARE = 0.9  # of the common raw closes; corrections touch single weeks, never a tenth of them
FEWEST_WEEKS = 2  # one week on a ratio is a corrected close
PRICES = ("open", "high", "low", "close", "adjusted_close")
AMOUNTS = ("dividend_amount", "dividend_per_share", "special_dividend_per_share", "distribution_per_share")
Closes = Sequence[tuple[float, float]]  # as held and as received


@dataclass(frozen=True)
class RawRestatement:
    """The shares that one share held became, in the weeks up to one."""

    ratio: Ratio
    until: date


def find_raw_restatement(payload: pl.DataFrame, held: pl.DataFrame) -> RawRestatement | None:
    """Find the ratio by which a payload restates raw closes of complete weeks; None where they are as they were.

    Shape:  payload (n) and held (k), both with symbol, week_ending, close, is_complete_week, sorted by week.
    """
    if held.is_empty():
        return None
    common = payload.join(held, on=("symbol", "week_ending"), suffix="_held", maintain_order="left").filter(
        "is_complete_week", "is_complete_week_held"
    )
    if common.is_empty() or common["close"][0] == common["close_held"][0]:
        return None
    closes = common.select(pl.col("close_held", "close").cast(pl.Float64)).rows()
    for ratio in _ratios_of(*closes[0]):
        until = _last_restated(closes, ratio.value)
        if until is not None:
            return RawRestatement(ratio, common["week_ending"][until])
    return None


def restate_raw(held: pl.DataFrame, restated: RawRestatement | None) -> pl.DataFrame:
    """Put held weeks into the shares of the payload: prices and dividends ÷ ratio, volume × ratio."""
    if restated is None:
        return held
    shares, is_older = restated.ratio.value, pl.col("week_ending") <= restated.until
    divided = {name: pl.col(name).cast(pl.Float64) / shares for name in (*PRICES, *AMOUNTS)}
    multiplied = {"volume": pl.col("volume").cast(pl.Float64) * shares}
    return held.with_columns(
        pl.when(is_older).then(to_exact(value)).otherwise(name).alias(name)
        for name, value in (divided | multiplied).items()
    )


def _ratios_of(old: float, new: float) -> list[Ratio]:
    ratios, value = all_ratios(), attrgetter("value")
    least = (old - HALF_A_PLACE) / (new + HALF_A_PLACE)
    start = bisect_left(ratios, least, key=value)
    if new <= HALF_A_PLACE:
        return list(ratios[start:])
    return list(ratios[start : bisect_right(ratios, (old + HALF_A_PLACE) / (new - HALF_A_PLACE), key=value)])


def _last_restated(closes: Closes, shares: float) -> int | None:
    """The last week on the ratio, if nearly all closes up to it are on the ratio and nearly all after it are equal."""
    is_on = [
        (old - HALF_A_PLACE) / shares - HALF_A_PLACE <= new <= (old + HALF_A_PLACE) / shares + HALF_A_PLACE
        for old, new in closes
    ]
    is_equal = [old == new for old, new in closes]
    fitting, best, until = sum(is_equal), sum(is_equal), 0
    for place, (on, equal) in enumerate(zip(is_on, is_equal, strict=True), 1):
        fitting += on - equal
        if fitting > best:
            best, until = fitting, place
    is_enough = best >= SAME_SECURITY_SHARE * len(closes) and sum(is_on[:until]) >= FEWEST_WEEKS
    return until - 1 if is_enough else None
