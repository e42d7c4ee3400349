"""A stock: its weeks with every figure, and its years of dividends."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from math import prod

from tests.reference.dividend_years import YearOfDividends, dividend_years
from tests.reference.figures import stock_weeks
from tests.reference.habits import Payment, judge_payments
from tests.reference.history import History, replay
from tests.reference.records import ONE, HeldWeek, Payload
from tests.reference.rhythm import frequency
from tests.reference.stock_week import StockWeek


@dataclass(frozen=True)
class Stock:
    """Everything about one symbol."""

    history: History
    held: tuple[HeldWeek, ...]
    payments: tuple[Payment, ...]
    weeks: tuple[StockWeek, ...]

    @property
    def symbol(self) -> str:
        """The symbol, as asked for."""
        return self.history.symbol

    @property
    def last_look(self) -> datetime:
        """When the newest payload was fetched, taken or not."""
        return self.history.last_look

    @cached_property
    def by_week(self) -> dict[date, StockWeek]:
        """The weeks by their Friday."""
        return {week.week_ending: week for week in self.weeks}

    def week(self, day: str) -> StockWeek:
        """The week that ends on a Friday, given as YYYY-MM-DD."""
        return self.by_week[date.fromisoformat(day)]

    @cached_property
    def complete_weeks(self) -> tuple[StockWeek, ...]:
        """The weeks that can no longer change by trading."""
        return tuple(week for week in self.weeks if week.is_complete_week)

    @cached_property
    def frequency(self) -> int | str:
        """Payments a year."""
        return frequency([payment.week_ending for payment in self.payments if payment.regular])

    @cached_property
    def dividend_years(self) -> list[YearOfDividends]:
        """The calendar years from the first complete week to the newest."""
        complete = [held for held in self.held if held.week.is_complete]
        dates = {held.week.week_ending: held.week.price_date for held in complete}
        payments = [payment for payment in self.payments if payment.week_ending in dates]
        factors = (held.action.factor for held in self.held if held.action)
        return dividend_years(dates, payments, prod(factors, start=ONE))


def compute_stocks(payloads: Iterable[Payload]) -> list[Stock]:
    """Compute every symbol from its payloads, which come in order of fetching."""
    of_symbol: defaultdict[str, list[Payload]] = defaultdict(list)
    for payload in payloads:
        of_symbol[payload.symbol].append(payload)
    return [compute_stock(own) for _, own in sorted(of_symbol.items())]


def compute_stock(payloads: Iterable[Payload]) -> Stock:
    """Compute one symbol from its payloads, in order of fetching."""
    history = replay(payloads)
    held, payments = judge_payments(history.weeks)
    return Stock(history, tuple(held), tuple(payments), tuple(stock_weeks(history.symbol, held, payments)))
