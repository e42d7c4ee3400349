"""The tables of days in gold, session by session, from raw days and what is known of actions; oldest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import md5
from itertools import pairwise
from typing import Any

from tests.reference.sessions import sessions_between, week_ending_of

Row = dict[str, Any]
Rows = dict[tuple[Any, ...], Row]
PRICES = ("open", "high", "low", "close")
WINDOW = 20
TICK_BOUND = 0.01
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


@dataclass(frozen=True)
class Day:
    """A session as received; what could not be believed is None."""

    trade_date: date
    open: float | None
    high: float | None
    low: float | None
    close: float
    volume: float | None
    is_complete_day: bool = True
    has_rejected_fields: bool = False


@dataclass(frozen=True)
class Action:
    """What happened on a day; with `since`, on that or one of the days from there on: no list says on which."""

    day: date
    split: float = 1.0
    other: float = 1.0
    dividend: float = 0.0
    since: date | None = None

    @property
    def price_factor(self) -> float:
        """What makes the close comparable with the one before."""
        return self.split * self.other

    def is_pending(self, day: date) -> bool:
        """Whether nobody knows if it has happened by the end of that day."""
        return self.since is not None and self.since <= day < self.day


def fact_daily_prices(symbol: str, days: Sequence[Day], actions: Sequence[Action]) -> Rows:
    """A row per session of a symbol."""
    later_price, later_shares, later_growth = 1.0, 1.0, 1.0
    rows = []
    for before, day in reversed(list(pairwise([None, *days]))):
        assert day is not None
        own = next((action for action in actions if action.day == day.trade_date), Action(day.trade_date))
        growth = own.price_factor * (1 + own.dividend / day.close)
        rows.append(
            _as_received(symbol, day)
            | _adjusted(day, actions, later_price, later_shares, later_growth)
            | _moves(before, day, own, growth, actions)
            | {"missing_sessions_before": len(_missing(symbol, before, day))}
        )
        later_price, later_shares = later_price * own.price_factor, later_shares * own.split
        later_growth *= growth
    _add_volumes(rows[::-1], days)
    return {(symbol, row["trade_date"]): row for row in rows}


def mart_daily_gaps(symbol: str, days: Sequence[Day]) -> Rows:
    """A row per run of sessions that the exchange held and the series lacks."""
    runs = [missing for before, day in pairwise(days) if (missing := _missing(symbol, before, day))]
    return {
        (symbol, run[0]): {
            "stock_id": _key(symbol),
            "symbol": symbol,
            "first_session": run[0],
            "last_session": run[-1],
            "sessions": len(run),
        }
        for run in runs
    }


def dim_trading_day(first: date, last: date) -> Rows:
    """A row per day of the calendar."""
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return {(_number(day),): _calendar_day(day) for day in days}


def _calendar_day(day: date) -> Row:
    return {
        "trading_day_id": _number(day),
        "trade_date": day,
        "week_ending": week_ending_of(day),
        "year": day.year,
        "quarter": (day.month + 2) // 3,
        "month": day.month,
        "day_of_month": day.day,
        "day_of_week": day.weekday() + 1,
        "month_name": MONTHS[day.month - 1],
        "day_name": WEEKDAYS[day.weekday()],
        "is_weekend": WEEKDAYS[day.weekday()].startswith("S"),
    }


def _as_received(symbol: str, day: Day) -> Row:
    return {
        "stock_id": _key(symbol),
        "trading_day_id": _number(day.trade_date),
        "symbol": symbol,
        "trade_date": day.trade_date,
        **{f"{name}_price": getattr(day, name) for name in PRICES},
        "trade_volume": day.volume,
        "dollar_volume": None if day.volume is None else day.close * day.volume,
        "range_pct": None if day.high is None or day.low is None else 100 * (day.high / day.low - 1),
        "is_complete_day": day.is_complete_day,
        "has_no_trades": None if day.volume is None else day.volume == 0,
        "is_tick_bound": day.close < TICK_BOUND,
        "has_rejected_fields": day.has_rejected_fields,
    }


def _adjusted(day: Day, actions: Sequence[Action], price: float, shares: float, growth: float) -> Row:
    """The session in the shares of the newest one, by what happened after it."""
    is_scale_unknown = _is_unknown(day, [each for each in actions if each.price_factor != 1])
    is_day_unknown = _is_unknown(day, actions)
    raw = {name: None if is_scale_unknown else getattr(day, name) for name in (*PRICES, "volume")}
    return {
        **{f"split_adj_{name}_price": None if raw[name] is None else raw[name] / price for name in PRICES},
        "split_adj_volume": None if raw["volume"] is None else raw["volume"] * shares,
        "adj_close_price": None if is_day_unknown else day.close / growth,
        "is_scale_unknown": is_scale_unknown,
        "is_action_day_unknown": is_day_unknown,
    }


def _moves(before: Day | None, day: Day, own: Action, growth: float, actions: Sequence[Action]) -> Row:
    """What happened since the session before; null where an action may have happened on either side of that."""
    both = [each for each in (before, day) if each is not None]
    is_scale_known = not any(_is_unknown(each, [own for own in actions if own.price_factor != 1]) for each in both)
    is_day_known = not any(_is_unknown(each, actions) for each in both)
    moved = None if before is None else day.close / before.close
    return {
        "daily_return_pct": 100 * (growth * moved - 1) if moved and is_day_known else None,
        "price_return_pct": 100 * (own.price_factor * moved - 1) if moved and is_scale_known else None,
        "split_factor": own.split if is_scale_known else None,
        "price_factor": own.price_factor if is_scale_known else None,
        "dividend_per_share": own.dividend if is_day_known else None,
    }


def _add_volumes(rows: Sequence[Row], days: Sequence[Day]) -> None:
    """Means of twenty complete sessions that have all prices; they begin anew where the scale was unknown."""
    window: list[float] = []
    for row, day in zip(rows, days, strict=True):
        row["avg_volume_20"] = row["volume_ratio"] = None
        if row["is_scale_unknown"]:
            window = []
        elif day.is_complete_day and None not in (day.open, day.high, day.low, day.volume):
            window = [*window, row["split_adj_volume"]][-WINDOW:]
            if len(window) == WINDOW:
                row["avg_volume_20"] = sum(window) / WINDOW
                row["volume_ratio"] = row["split_adj_volume"] / row["avg_volume_20"]


def _is_unknown(day: Day, actions: Sequence[Action]) -> bool:
    return any(action.is_pending(day.trade_date) for action in actions)


def _missing(symbol: str, before: Day | None, day: Day) -> list[date]:
    return [] if before is None else sessions_between(symbol, before.trade_date, day.trade_date)


def _key(symbol: str) -> str:
    return md5(symbol.encode(), usedforsecurity=False).hexdigest()


def _number(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day
