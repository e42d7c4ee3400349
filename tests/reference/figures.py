"""The figures of each week, group by group."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from tests.reference.dividends import trailing_payments, trailing_sum
from tests.reference.habits import Payment
from tests.reference.records import ONE, ZERO, HeldWeek, Week
from tests.reference.returns import (
    drawdowns,
    mixed_scales,
    price_growths,
    returns_over,
    total_growths,
    total_return_index,
    weeks_spanned,
)
from tests.reference.risk import one_week_log_returns, volatility_pct, yearly_ranges, z_score
from tests.reference.stock_week import StockWeek

COARSE = Fraction(5, 10_000)  # above this width no stock dividend can be told from the next
TICK_BOUND = Fraction(1, 100)
DAYS_OF_A_YEAR = 364
Row = dict[str, Any]


def stock_weeks(symbol: str, weeks: Sequence[HeldWeek], payments: Sequence[Payment]) -> list[StockWeek]:
    """Every figure of the weeks of a stock, oldest first."""
    mixed = mixed_scales(weeks)
    columns = [_raw_columns(weeks, mixed), _actions(weeks), _dividends(weeks, payments), _returns(weeks)]
    columns += [_statistics(weeks, mixed)]
    return [
        StockWeek(
            symbol=symbol, is_mixed_scale=mixed[place], **{k: v for part in columns for k, v in part[place].items()}
        )
        for place in range(len(weeks))
    ]


def _raw_columns(weeks: Sequence[HeldWeek], mixed: Sequence[bool]) -> list[Row]:
    found, later_splits = list[Row](), ONE
    for held, is_mixed in zip(reversed(weeks), reversed(mixed), strict=True):
        week = held.week
        adjusted = None if held.is_factor_returning else week.adjusted_close
        factor = None if adjusted is None or is_mixed else adjusted / week.close
        found.append(
            {name: getattr(week, name) for name in ("week_ending", "price_date", "open", "high", "low", "close")}
            | {name: getattr(week, name) for name in ("volume", "dividend_amount", "has_rejected_fields")}
            | {"received_adjusted_close": held.received_adjusted_close, "adj_close": adjusted}
            | {f"adj_{name}": _times(getattr(week, name), factor) for name in ("open", "high", "low")}
            | {"adj_volume": _times(week.volume, None if is_mixed else later_splits)}
            | {"is_complete_week": week.is_complete, "is_retained": held.is_retained}
            | {"is_tick_bound": week.close < TICK_BOUND, "has_no_trades": week.volume == 0}
        )
        later_splits *= held.action.split if held.action else ONE
    return found[::-1]


def _actions(weeks: Sequence[HeldWeek]) -> list[Row]:
    return [
        {
            "rule": action.rule if action else None,
            "split_to": action.split.numerator if action else 1,
            "split_from": action.split.denominator if action else 1,
            "unit_factor": action.unit if action else ONE,
            "other_factor": action.other if action else ONE,
            "factor": action.factor if action else ONE,
            "h": action.h if action else ONE,
            "dividend_per_share": action.dividend_per_share if action else held.week.dividend_amount or ZERO,
            "distribution_per_share": action.distribution_per_share if action else ZERO,
            "is_action_unsure": held.is_factor_returning or (action is not None and action.is_unsure),
            "is_factor_coarse": action is not None and (action.growth.width is None or action.growth.width > COARSE),
        }
        for held in weeks
        for action in [held.action]
    ]


def _dividends(weeks: Sequence[HeldWeek], payments: Sequence[Payment]) -> list[Row]:
    of_week = {payment.week_ending: payment for payment in payments}
    found, scale = list[Row](), ONE
    for held in weeks:
        day, own = held.week.week_ending, of_week.get(held.week.week_ending)
        scale *= held.action.factor if held.action else ONE
        has_year = (day - weeks[0].week.week_ending).days >= DAYS_OF_A_YEAR
        trailing = trailing_sum(day, scale, payments) / held.week.close
        found.append(
            {
                "regular_per_share": own.regular if own else ZERO,
                "special_per_share": own.special if own else ZERO,
                "dividend_yield_pct": float(100 * trailing) if has_year else None,
                "dividend_count_12m": len(trailing_payments(day, payments)) if has_year else None,
            }
        )
    return found


def _returns(weeks: Sequence[HeldWeek]) -> list[Row]:
    days, totals = [held.week.week_ending for held in weeks], total_growths(weeks)
    index = total_return_index(totals)
    columns: dict[str, Sequence[object]] = {
        "weeks_spanned": weeks_spanned(weeks),
        "weekly_return_pct": [_percent(growth) for growth in totals],
        "price_return_pct": [_percent(growth) for growth in price_growths(weeks)],
        "total_return_index": index,
        "return_4w_pct": returns_over(4, days, index),
        "return_13w_pct": returns_over(13, days, index),
        "return_52w_pct": returns_over(52, days, index),
        "drawdown_pct": [
            drawdown if held.week.is_complete else None for held, drawdown in zip(weeks, drawdowns(index), strict=True)
        ],
    }
    return [{name: column[place] for name, column in columns.items()} for place in range(len(weeks))]


def _statistics(weeks: Sequence[HeldWeek], mixed: Sequence[bool]) -> list[Row]:
    days = [held.week.week_ending for held in weeks]
    returns = one_week_log_returns(days, weeks_spanned(weeks), total_growths(weeks))
    found = list[Row]()
    for held, is_mixed, (high, low) in zip(weeks, mixed, yearly_ranges(weeks, mixed), strict=True):
        week, day = held.week, held.week.week_ending
        found.append(
            {
                "volatility_pct": volatility_pct(day, returns) if week.is_complete else None,
                "return_z_score": z_score(day, returns) if week.is_complete else None,
                "range_pct": None if is_mixed else _range_pct(week),
                "high_52w": high,
                "low_52w": low,
            }
        )
    return found


def _range_pct(week: Week) -> float | None:
    if not week.is_complete or week.high is None or week.low is None:
        return None
    return float(100 * (week.high / week.low - 1))


def _percent(growth: float | None) -> float | None:
    return None if growth is None else 100 * (growth - 1)


def _times(value: Fraction | None, factor: Fraction | None) -> Fraction | None:
    return None if value is None or factor is None else value * factor
