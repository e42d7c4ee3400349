"""Weeks: parts combined, open or complete, retained, another security."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from tests.captures.folders import needs_real_captures
from tests.reference.captured import (
    FIRST_FRIDAY,
    captured_payload,
    captured_stock,
    case_payload,
    invented,
    invented_stock,
    real_captures,
)
from tests.reference.payloads import type_payload
from tests.reference.sessions import is_week_complete
from tests.reference.weeks import weeks_of

MSFT = ("MSFT_20180816.json", "MSFT_20191129.json", "MSFT_20240415.json")
HONG_KONG = ZoneInfo("Asia/Hong_Kong")


def moment(day: str, zone: str = "America/New_York") -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone))


@needs_real_captures
def test_the_captures_hold_23_348_pairs_of_weeks() -> None:
    names = real_captures()

    assert len(names) == 22
    assert sum(len(weeks_of(captured_payload(name))) - 1 for name in names) == 23_348


@needs_real_captures
def test_five_weeks_of_christmas_in_toronto_are_two_rows_each() -> None:
    payload = captured_payload("T.TO_20230224.json")
    rows = [row.price_date for row in type_payload(payload).rows]
    days_of_week: dict[date, list[date]] = {}
    for week in weeks_of(payload):
        days_of_week[week.week_ending] = [day for day in rows if -4 <= (day - week.week_ending).days <= 2]

    parts = {week: days for week, days in days_of_week.items() if len(days) > 1}
    assert [week.year for week in parts] == [2007, 2012, 2013, 2018, 2019]
    assert all((days[0].month, days[0].day) == (12, 24) for days in parts.values())


@needs_real_captures
def test_the_newest_week_of_a_monday_is_open_and_no_other() -> None:
    stock = captured_stock("AAPL_20240415.json")

    assert [week.week_ending for week in stock.weeks if not week.is_complete_week] == [date(2024, 4, 19)]


@pytest.mark.parametrize(
    ("symbol", "price_date", "fetched_at", "is_complete"),
    [
        ("IBM", date(2026, 4, 2), moment("2026-04-03"), True),  # Good Friday follows
        ("IBM", date(2026, 4, 2), moment("2026-04-02 20:00"), False),  # the day is not over
        ("IBM", date(2023, 6, 22), moment("2023-06-23"), False),
        ("WDP.BR", date(2020, 7, 2), moment("2020-07-03", "Europe/Brussels"), False),  # a holiday in New York alone
        ("WDP.XX", date(2020, 7, 2), datetime(2020, 7, 3, tzinfo=UTC), False),  # unknown: every weekday is a session
        ("IBM", date(2024, 4, 12), moment("2024-04-12 23:59"), False),
        ("IBM", date(2024, 4, 12), moment("2024-04-13"), True),
        ("0700.HKG", date(2023, 8, 31), datetime(2023, 9, 5, 23, 59, tzinfo=HONG_KONG), False),  # typhoon on Friday
        ("0700.HKG", date(2023, 8, 31), datetime(2023, 9, 6, tzinfo=HONG_KONG), True),
    ],
)
def test_a_week_is_open_until_its_last_session_is_over(
    symbol: str, price_date: date, fetched_at: datetime, is_complete: bool
) -> None:
    assert is_week_complete(symbol, price_date, fetched_at) is is_complete


@needs_real_captures
def test_the_typhoon_week_of_the_case_closes_on_wednesday() -> None:
    name = "hong_kong_typhoon_friday__0700.HKG"

    assert not weeks_of(case_payload(name, datetime(2023, 9, 5, 23, tzinfo=HONG_KONG)))[-1].is_complete
    assert weeks_of(case_payload(name, datetime(2023, 9, 6, tzinfo=HONG_KONG)))[-1].is_complete


@needs_real_captures
def test_three_payloads_of_microsoft_retain_252_weeks() -> None:
    stock = captured_stock(*MSFT)

    assert sum(week.is_retained for week in stock.weeks) == 252
    assert stock.weeks[0].week_ending == date(1995, 1, 13)
    assert not stock.history.not_taken


@needs_real_captures
def test_weeks_retained_over_two_payloads_are_as_over_one() -> None:
    chain, direct = captured_stock(*MSFT), captured_stock(MSFT[0], MSFT[2])
    retained = [(week, direct.by_week[week.week_ending]) for week in chain.weeks if week.is_retained]

    assert len(retained) == 252
    for one, other in retained:
        assert float(one.adj_close) == pytest.approx(float(other.adj_close), rel=3e-4)  # four decimals of a small price
        assert one.weekly_return_pct == other.weekly_return_pct


@needs_real_captures
@pytest.mark.parametrize("other", ["PYPL_20240415.json", "HPQ_20240415.json"])
def test_another_security_under_a_ticker_is_not_taken(other: str) -> None:
    stock = captured_stock("FB_20220211.json", other)

    assert len(stock.weeks) == 508
    assert [reason for _, reason in stock.history.not_taken] == ["another security: other raw closes"]


@needs_real_captures
def test_raw_closes_restated_in_new_shares_are_the_same_security() -> None:
    names = [f"raw_closes_restated_by_split_{number}__RAW7.BRU" for number in (1, 2)]
    first, both = invented_stock(case_payload(names[0])), invented_stock(*map(case_payload, names))

    assert not both.history.not_taken
    assert len(both.weeks) == len(first.weeks) + 1
    for week in first.weeks[1:]:
        again = both.by_week[week.week_ending].weekly_return_pct
        assert again == pytest.approx(week.weekly_return_pct, abs=1e-3)  # the restated closes have four decimals


@pytest.mark.parametrize("paid_in_week", [1, 2])  # a retained week, and the oldest of the newer payload
def test_retained_weeks_take_part_in_a_restatement_of_the_raw_closes(paid_in_week: int) -> None:
    closes = [70, 77, 84, 91]
    part = 1 + 0.7 / closes[paid_in_week]
    adjusted = [round(close / part, 4) if place < paid_in_week else close for place, close in enumerate(closes)]
    before = invented(closes, adjusted, {paid_in_week: 0.7})
    after = invented([12, 13, 14], dividends={paid_in_week - 2: 0.1}, first=FIRST_FRIDAY + timedelta(weeks=2))
    stock = invented_stock(before, after)

    assert [week.close for week in stock.weeks] == [10, 11, 12, 13, 14]
    assert [week.volume for week in stock.weeks] == [7_000_000] * 2 + [1_000_000] * 3
    assert stock.weeks[paid_in_week].dividend_per_share == Fraction(1, 10)


@needs_real_captures
def test_a_zero_low_costs_the_low_alone() -> None:
    stock = invented_stock(case_payload("zero_low__ZLOW"))
    rejected = type_payload(case_payload("zero_low__ZLOW")).rejected

    assert [week.low for week in stock.weeks][1] is None
    assert [week.weeks_spanned for week in stock.weeks] == [None, 1, 1]
    assert [(each.field, each.text) for each in rejected] == [("low", "0.0000")]


@needs_real_captures
def test_prices_are_rounded_half_even_to_what_money_holds() -> None:
    stock = invented_stock(*(case_payload(f"float_noise_{number}__FNOISE") for number in (1, 2)))

    assert [float(week.adj_close) for week in stock.weeks] == [39.5061728436, 40.4938271647, 41.4814814858]
    assert not stock.history.not_taken
