"""A stock of ten weeks to which everything happens that the sample market lacks, by days and by weeks."""

import json
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby

from tests.dbt.days import load
from tests.dbt.gold import Gold
from tests.dbt.weeks import Week
from tests.reference.days import Action, Day
from tests.reference.sessions import sessions_between, week_ending_of

ODD = "ODD"
FIRST, LAST = date(2012, 11, 26), date(2013, 2, 1)
MISSING = (date(2013, 1, 16), date(2013, 1, 24))
WITHOUT_LOW, WITHOUT_VOLUME, WITHOUT_TRADES = date(2012, 12, 11), date(2012, 12, 13), date(2013, 1, 23)
ACTIONS = (
    Action(date(2012, 12, 7), split=0.01, since=date(2012, 12, 3)),  # it was on Wednesday
    Action(date(2012, 12, 19), other=1.046),
    Action(date(2013, 1, 4), dividend=0.02, since=date(2012, 12, 29)),
    Action(date(2013, 1, 8), dividend=0.03),
)


def odd_days() -> list[Day]:
    """Its sessions: below a cent until the reverse split, one without a low, one without a volume; two missing."""
    sessions = sessions_between(ODD, FIRST - timedelta(days=1), LAST + timedelta(days=1))
    return [_day(number, day) for number, day in enumerate(sessions) if day not in MISSING]


def _day(number: int, day: date) -> Day:
    close = (0.90 + 0.01 * (number % 7)) / (100 if day < date(2012, 12, 5) else 1)
    close = round(close if day < date(2012, 12, 19) else close / 1.046, 4)
    volume = 0.0 if day == WITHOUT_TRADES else 1_000.0 + 10 * number
    return Day(
        day,
        close,
        round(1.1 * close, 4),
        None if day == WITHOUT_LOW else round(0.8 * close, 4),
        close,
        None if day == WITHOUT_VOLUME else volume,
        has_rejected_fields=day in {WITHOUT_LOW, WITHOUT_VOLUME},
    )


def load_odd_stock(gold: Gold, *, until: date) -> None:
    """Take in its days, its weeks and the two actions that the source lists."""
    listed = [action for action in ACTIONS if action.since is None]
    splits = [
        {"effective_date": str(each.day), "split_factor": str(each.other)} for each in listed if not each.dividend
    ]
    unknown = dict.fromkeys(("declaration_date", "record_date", "payment_date"), "None")
    dividends = [
        {"ex_dividend_date": str(each.day), "amount": str(each.dividend)} | unknown for each in listed if each.dividend
    ]
    days = {str(day.trade_date): _as_printed(day) for day in odd_days()}
    payloads = {
        "daily_prices": {"Meta Data": {"2. Symbol": ODD}, "Time Series (Daily)": days},
        "splits": {"symbol": ODD, "data": splits},
        "dividends": {"symbol": ODD, "data": dividends},
    }
    for name, payload in payloads.items():
        load(gold, name, {ODD: json.dumps(payload).encode()}, until=until)
    gold.insert(*_weeks())


def _as_printed(day: Day) -> dict[str, str]:
    values = (day.open, day.high, day.low or 0, day.close)
    volume = "None" if day.volume is None else f"{day.volume:.0f}"
    names = ("1. open", "2. high", "3. low", "4. close")
    return {name: f"{value:.4f}" for name, value in zip(names, values, strict=True)} | {"5. volume": volume}


def _weeks() -> list[Week]:
    weeks, later = [], 1.0
    by_week = groupby(odd_days(), key=lambda day: week_ending_of(day.trade_date))
    for week_ending, days in reversed([(week, list(days)) for week, days in by_week]):
        own = [action for action in ACTIONS if week_ending_of(action.day) == week_ending]
        weeks.append(_week(days, own, later))
        for action in own:
            [close] = [day.close for day in days if day.trade_date == action.day]
            later *= action.price_factor * (1 + action.dividend / close)
    return weeks


def _week(days: list[Day], actions: list[Action], later: float) -> Week:
    [action] = actions or [Action(days[-1].trade_date)]
    return Week(
        ODD,
        week_ending_of(days[-1].trade_date),
        days[-1].trade_date,
        open=_exact(days[0].open),
        high=max(_exact(day.high) for day in days),
        low=min(_exact(day.low) for day in days if day.low),
        close=_exact(days[-1].close),
        adjusted_close=_exact(days[-1].close / later),
        volume=int(sum(day.volume or 0 for day in days)),
        dividend_amount=_exact(action.dividend),
        dividend_per_share=_exact(action.dividend),
        split_from=round(1 / action.split),
        other_factor=Decimal(str(action.other)),
        is_mixed_scale=action.price_factor != 1,
    )


def _exact(value: float | None) -> Decimal:
    assert value is not None
    return round(Decimal(value), 4)
