"""Writes the miniature captures beside it: `python -m tests.captures.invented`. No price and no company is real.

Each listing has what a real one surprises with: splits within a week and at its start, a special dividend, a spin-off,
dividends restated in today's shares, a week in two rows, a week that ends on a Thursday, a newest week that is open.
"""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path

FOLDER = Path(__file__).parent
WEEKLY = ("open", "high", "low", "close", "adjusted close", "volume", "dividend amount")
DAILY = ("open", "high", "low", "close", "volume")
GOOD_FRIDAY = date(2022, 4, 15)
CHRISTMAS_WEEK = date(2021, 12, 31)  # around then the source splits some Toronto weeks into two rows
REPLIES = {
    "throttle": {
        "Information": "Please wait (1 request per second); the free limit (25 requests per day) is not spent."
    },
    "quota": {
        "Information": "Our standard API rate limit is 25 requests per day. Subscribe to remove all daily limits."
    },
    "invalid_call": {"Error Message": "Invalid API call. Please retry or visit the documentation."},
    "unheard_of": {"Information": "The office is closed on the 30th of February."},
    "empty": {"Meta Data": {}},
}
Row = tuple[date, tuple[str, ...]]


@dataclass(frozen=True)
class Day:
    """One session: prices of that day, and by what the factor of adjusted over raw close grew on it."""

    day: date
    open: float
    close: float
    volume: int
    dividend: float
    growth: float


@dataclass(frozen=True)
class Listing:
    """An invented share: its first day, its first price, and what happened to it on which day."""

    symbol: str
    first: date
    price: float
    splits: Mapping[date, float] = field(default_factory=dict)
    spin_offs: Mapping[date, float] = field(default_factory=dict)
    dividends: Mapping[date, float] = field(default_factory=dict)
    states_dividends_in_todays_shares: bool = False

    def days(self, last: date) -> Iterator[Day]:
        """Every session up to a day: a random walk that is the same each time."""
        walk, close = random.Random(self.symbol), self.price
        for day in (self.first + timedelta(number) for number in range((last - self.first).days + 1)):
            if day.weekday() > 4 or day == GOOD_FRIDAY:
                continue
            shares, rest = self.splits.get(day, 1.0), self.spin_offs.get(day, 1.0)
            opened = round(close / shares / rest * walk.uniform(0.996, 1.004), 2)
            close = round(opened * walk.uniform(0.985, 1.0155), 2)
            dividend = self.dividends.get(day, 0.0)
            growth = shares * rest * (1 + dividend / close)
            yield Day(day, opened, close, walk.randrange(10**6, 9 * 10**6), self._as_stated(dividend, day), growth)

    def _as_stated(self, dividend: float, day: date) -> float:
        later = [ratio for split, ratio in self.splits.items() if split > day]
        return dividend / later[0] if later and self.states_dividends_in_todays_shares else dividend


POLE = Listing(
    "POLE",
    date(2021, 9, 6),
    80.0,
    splits={date(2021, 11, 10): 2.0, date(2022, 5, 16): 3.0},  # a Wednesday and a Monday
    dividends={date(2021, 10, 13): 0.5, date(2022, 1, 12): 6.0, date(2022, 4, 13): 0.3, date(2022, 7, 13): 0.2}
    | {date(2022, 10, 12): 0.2},
)
FROST = Listing(
    "FROST.TO",
    date(2021, 11, 1),
    50.0,
    splits={date(2022, 5, 4): 2.0},
    dividends={date(2021, 12, 8): 0.4, date(2022, 3, 9): 0.4, date(2022, 6, 8): 0.22},
    states_dividends_in_todays_shares=True,
)
MELT = Listing("MELT", date(2021, 11, 1), 12.0, spin_offs={date(2022, 3, 8): 1.137})


def weekly_rows(listing: Listing, last: date, *, weeks: int) -> list[Row]:
    """The newest weeks up to a day, newest first, as the source prints them."""
    days = list(listing.days(last))
    growth_after = [1.0]
    for day in reversed(days):
        growth_after.append(growth_after[-1] * day.growth)
    factors = {day.day: 1 / after for day, after in zip(days, reversed(growth_after[:-1]), strict=True)}
    rows = [_week(list(bars), factors) for _, bars in groupby(days, key=lambda day: _part_of(listing, day.day))]
    return rows[::-1][:weeks]


def _part_of(listing: Listing, day: date) -> tuple[date, bool]:
    friday = day + timedelta(4 - day.weekday())
    return friday, listing.symbol.endswith(".TO") and friday == CHRISTMAS_WEEK and day.weekday() > 1


def _week(days: Sequence[Day], factors: Mapping[date, float]) -> Row:
    last, prices = days[-1], [price for day in days for price in (day.open, day.close)]
    values = (days[0].open, max(prices) * 1.01, min(prices) * 0.99, last.close, last.close * factors[last.day])
    volume, dividend = sum(day.volume for day in days), sum(day.dividend for day in days)
    return last.day, (*_texts(*values), str(volume), *_texts(dividend))


def daily_rows(listing: Listing, last: date, *, days: int) -> list[Row]:
    """The newest sessions up to a day, newest first, as the source prints them."""
    newest_first = list(listing.days(last))[::-1][:days]
    return [
        (day.day, (*_texts(day.open, *sorted((day.open, day.close))[::-1], day.close), str(day.volume)))
        for day in newest_first
    ]


def _texts(*values: float) -> tuple[str, ...]:
    return tuple(f"{value:.4f}" for value in values)


def as_json(symbol: str, rows: Sequence[Row], *, is_weekly: bool) -> str:
    """A series as the source's JSON."""
    names = WEEKLY if is_weekly else DAILY
    told = "Weekly Adjusted Prices and Volumes" if is_weekly else "Daily Prices (open, high, low, close) and Volumes"
    meta = {"Information": told, "Symbol": symbol, "Last Refreshed": str(rows[0][0])}
    meta |= {"Time Zone": "US/Eastern"} if is_weekly else {"Output Size": "Compact", "Time Zone": "US/Eastern"}
    series = {str(day): _numbered(dict(zip(names, row, strict=True))) for day, row in rows}
    name = "Weekly Adjusted Time Series" if is_weekly else "Time Series (Daily)"
    return json.dumps({"Meta Data": _numbered(meta), name: series}, indent=4)


def _numbered(fields: Mapping[str, str]) -> dict[str, str]:
    return {f"{number}. {name}": value for number, (name, value) in enumerate(fields.items(), 1)}


def as_csv(rows: Sequence[Row], *, is_weekly: bool) -> str:
    """A series as the source's CSV, whose lines end in CR LF."""
    head = ",".join(["timestamp", *(WEEKLY if is_weekly else DAILY)])
    return "\r\n".join([head, *(",".join([str(day), *row]) for day, row in rows), ""])


def overview() -> str:
    """What the source says of a company."""
    fields = {
        "Symbol": "POLE",
        "AssetType": "Common Stock",
        "Name": "Pole Instruments Inc",
        "Description": "Pole Instruments is invented, as is everything that is said of it here.",
        "Exchange": "NYSE",
        "Currency": "USD",
        "Country": "USA",
        "Sector": "TECHNOLOGY",
        "Industry": "COMPUTER & OFFICE EQUIPMENT",
        "FiscalYearEnd": "December",
        "LatestQuarter": "2022-09-30",
        "MarketCapitalization": "1234567000",
        "SharesOutstanding": "98765400",
        "DividendDate": "2022-10-26",
        "ExDividendDate": "2022-10-12",
        "PERatio": "None",
    }
    return json.dumps(fields, indent=4)


def listed_splits(listing: Listing) -> str:
    """What the source lists as splits, spin-offs among them, newest first."""
    listed = sorted({**listing.splits, **listing.spin_offs}.items(), reverse=True)
    rows = [{"effective_date": str(day), "split_factor": f"{factor:.4f}"} for day, factor in listed]
    return json.dumps({"symbol": listing.symbol, "data": rows}, indent=4)


def listed_dividends(listing: Listing) -> str:
    """What the source lists as dividends, newest first; it knows the days around the newest alone."""
    paid, rows = sorted(listing.dividends.items(), reverse=True), []
    for place, (day, amount) in enumerate(paid):
        around = {"declaration_date": day - timedelta(14), "record_date": day, "payment_date": day + timedelta(28)}
        known = {name: "None" if place else str(when) for name, when in around.items()}
        rows.append({"ex_dividend_date": str(day), **known, "amount": str(amount)})
    return json.dumps({"symbol": listing.symbol, "data": rows}, indent=4)


def payloads() -> dict[str, str]:
    """Every capture by its path below this folder; the name is `<symbol>_<day of the capture>`."""
    weekly, daily = "TIME_SERIES_WEEKLY_ADJUSTED", "TIME_SERIES_DAILY"
    weeks = {"2022-07-01": 43, "2022-09-28": 40, "2022-11-04": 45}  # the last two begin with the same week
    pole = {day: weekly_rows(POLE, date.fromisoformat(day), weeks=count) for day, count in weeks.items()}
    return {
        f"{weekly}/POLE_20220701.json": as_json("POLE", pole["2022-07-01"], is_weekly=True),
        f"{weekly}/POLE_20220928.json": as_json("POLE", pole["2022-09-28"], is_weekly=True),
        f"{weekly}/POLE_20221104.csv": as_csv(pole["2022-11-04"], is_weekly=True),
        f"{weekly}/FROST.TO_20220826.json": as_json(
            "FROST.TO", weekly_rows(FROST, date(2022, 8, 26), weeks=44), is_weekly=True
        ),
        f"{weekly}/MELT_20220520.json": as_json("MELT", weekly_rows(MELT, date(2022, 5, 20), weeks=29), is_weekly=True),
        f"{daily}/POLE_20221104.json": as_json("POLE", daily_rows(POLE, date(2022, 11, 4), days=20), is_weekly=False),
        f"{daily}/POLE_20221104.csv": as_csv(daily_rows(POLE, date(2022, 11, 4), days=20), is_weekly=False),
        "OVERVIEW/POLE_20220930.json": overview(),
        **{f"SPLITS/{each.symbol}_20221104.json": listed_splits(each) for each in (POLE, FROST, MELT)},
        **{f"DIVIDENDS/{each.symbol}_20221104.json": listed_dividends(each) for each in (POLE, MELT)},
        **{f"replies/{name}.json": json.dumps(reply, indent=4) for name, reply in REPLIES.items()},
    }


if __name__ == "__main__":
    for name, text in payloads().items():
        path = FOLDER / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode())
