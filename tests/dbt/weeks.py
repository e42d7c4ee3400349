"""Weekly series that obey the source's rule of adjustment, with the actions a test asks for."""

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

FIRST_WEEK = date(2010, 1, 8)
NONE = Decimal(0)


@dataclass(frozen=True)
class Week:
    """A row of silver.weekly_adjusted_prices; a quiet week at 100 unless told otherwise."""

    symbol: str = "IBM"
    week_ending: date = FIRST_WEEK
    price_date: date = FIRST_WEEK
    open: Decimal | None = Decimal(100)
    high: Decimal | None = Decimal(110)
    low: Decimal | None = Decimal(90)
    close: Decimal = Decimal(100)
    adjusted_close: Decimal | None = Decimal(100)
    inferred_adjusted_close: Decimal | None = None
    volume: Decimal | int | None = 1_000
    dividend_amount: Decimal | None = NONE
    dividend_per_share: Decimal | None = NONE
    split_to: int = 1
    split_from: int = 1
    unit_factor: Decimal = Decimal(1)
    other_factor: Decimal = Decimal(1)
    total_return_factor: Decimal | None = None
    special_dividend_per_share: Decimal = NONE
    distribution_per_share: Decimal = NONE
    is_action_unsure: bool = False
    is_factor_returning: bool = False
    is_mixed_scale: bool = False
    is_retained: bool = False
    is_complete_week: bool = True
    has_rejected_fields: bool = False
    is_accepted: bool = False
    bronze_key: str = "invented"
    execution_batch_id: str = "silver:test"

    @property
    def split_factor(self) -> Decimal:
        """New shares per old share."""
        return Decimal(self.split_to) / self.split_from

    def columns(self) -> dict[str, object]:
        """The row, by the names of its columns."""
        return asdict(self)


def series(
    symbol: str,
    weeks: Iterable[int],
    *,
    dividends: dict[int, str] | None = None,
    splits: dict[int, int] | None = None,
    **changes: object,
) -> list[Week]:
    """A stock's weeks by their numbers; splits fall on the first day of their week, so no week is on two scales.

    Shape:  -> one Week per number, adjusted backwards from the newest as the source does.
    """
    numbers = sorted(weeks)
    dividends, splits = dividends or {}, splits or {}
    factor, adjusted = Decimal(1), []
    for number in reversed(numbers):
        week = _raw_week(symbol, number, splits, seed=len(symbol))
        dividend, split = Decimal(dividends.get(number, 0)), splits.get(number, 1)
        adjusted.append(
            replace(
                week,
                adjusted_close=round(week.close * factor, 4),
                dividend_amount=dividend,
                dividend_per_share=dividend,
                split_to=split,
                **changes,  # type: ignore[arg-type]  # the caller's names are the dataclass's
            )
        )
        factor /= split * (1 + dividend / week.close)
    return adjusted[::-1]


def friday(number: int) -> date:
    """The Friday that ends the week of a number; 0 is the first."""
    return FIRST_WEEK + timedelta(weeks=number)


def _raw_week(symbol: str, number: int, splits: dict[int, int], *, seed: int) -> Week:
    shares = math.prod(factor for week, factor in splits.items() if week <= number)
    close = round(Decimal(100 + 20 * math.sin(seed + 1.7 * number) + number / 4) / shares, 4)
    return Week(
        symbol,
        friday(number),
        friday(number),
        open=close,
        high=round(close * Decimal("1.05"), 4),
        low=round(close * Decimal("0.95"), 4),
        close=close,
        volume=1_000 + number,
    )
