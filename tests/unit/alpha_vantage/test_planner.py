"""The plan: no credit for what cannot have changed, and every ticker gets its turn."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from include.alpha_vantage.planner import SeriesState, plan_tickers, session_due_at
from include.exchanges import last_closed_week
from include.observability.ticker_ledger import PlanLine, TickerStatus
from include.sources import Cadence

WEEKLY, DAILY, OVERVIEW, ACTIONS = Cadence.WEEK, Cadence.SESSION, Cadence.MONTH, Cadence.ACTION
SATURDAY = datetime(2024, 4, 20, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def decide(
    state: SeriesState, now: datetime, cadence: Cadence = WEEKLY, symbol: str = "IBM", **options: object
) -> TickerStatus:
    """The plan's decision on one ticker with credits to spare."""
    defaults: dict[str, object] = {"credits_left": 25, "requests_per_day": 25}
    [line] = plan_tickers(cadence, [symbol], {symbol: state}, now=now, **defaults | options)  # type: ignore[arg-type]
    return line.status


def plan_of(states: dict[str, SeriesState], *, credits_left: int, now: datetime = SATURDAY) -> dict[str, PlanLine]:
    lines = plan_tickers(WEEKLY, states, states, now=now, credits_left=credits_left, requests_per_day=2)
    return {line.symbol: line for line in lines}


@pytest.mark.parametrize(
    ("cadence", "state", "status"),
    [
        (WEEKLY, SeriesState(), TickerStatus.PLANNED),
        (WEEKLY, SeriesState(SATURDAY - DAY), TickerStatus.PLANNED),  # Friday's session has closed since
        (WEEKLY, SeriesState(SATURDAY - timedelta(hours=1)), TickerStatus.CURRENT),
        (DAILY, SeriesState(SATURDAY - DAY), TickerStatus.PLANNED),
        (DAILY, SeriesState(SATURDAY - timedelta(hours=1)), TickerStatus.CURRENT),
        (OVERVIEW, SeriesState(SATURDAY - 29 * DAY), TickerStatus.CURRENT),
        (OVERVIEW, SeriesState(SATURDAY - 30 * DAY), TickerStatus.PLANNED),
        (WEEKLY, SeriesState(refused_at=SATURDAY - 29 * DAY), TickerStatus.REFUSED),
        (WEEKLY, SeriesState(refused_at=SATURDAY - 30 * DAY), TickerStatus.PLANNED),
        (WEEKLY, SeriesState(SATURDAY - timedelta(hours=1), is_waiting_in_bronze=True), TickerStatus.FETCHED),
    ],
)
def test_only_what_can_have_changed_is_planned(cadence: Cadence, state: SeriesState, status: TickerStatus) -> None:
    assert decide(state, SATURDAY, cadence) is status


def test_a_year_without_an_action_costs_four_credits_a_list() -> None:
    asked: datetime | None = None
    credits = 0
    for day in range(365):
        now = SATURDAY + day * DAY
        if decide(SeriesState(asked), now, ACTIONS) is TickerStatus.PLANNED:
            asked, credits = now, credits + 1

    assert credits == 4


@pytest.mark.parametrize(
    ("symbol", "state", "due_at"),
    [
        ("IBM", SeriesState(SATURDAY), "2024-04-23T04:00Z"),  # when Monday is over in New York
        ("IBM", SeriesState(SATURDAY - DAY), "2024-04-20T04:00Z"),
        ("IBM", SeriesState(datetime(2024, 3, 28, 12, tzinfo=UTC)), "2024-03-29T04:00Z"),
        ("IBM", SeriesState(datetime(2024, 3, 29, 12, tzinfo=UTC)), "2024-04-02T04:00Z"),  # Good Friday
        ("7203.TYO", SeriesState(SATURDAY), "2024-04-22T15:00Z"),
        ("IBM", SeriesState(SATURDAY, refused_at=SATURDAY), "2024-05-20T09:00Z"),
    ],
)
def test_a_daily_series_is_planned_from_the_moment_that_is_named(symbol: str, state: SeriesState, due_at: str) -> None:
    named = session_due_at(symbol, state)

    assert named == datetime.fromisoformat(due_at)
    assert decide(state, named, DAILY, symbol) is TickerStatus.PLANNED
    assert decide(state, named - timedelta(seconds=1), DAILY, symbol) is not TickerStatus.PLANNED


def test_a_series_that_never_came_is_due() -> None:
    assert session_due_at("IBM", SeriesState()) is None


FRIDAY = date(2024, 4, 19)


@pytest.mark.parametrize(
    ("days", "state", "status", "reason"),
    [
        (91, SeriesState(), TickerStatus.CURRENT, "no action is new or unsure since"),
        (92, SeriesState(), TickerStatus.PLANNED, "a quarter has passed since 2024-01-19 09:00 UTC"),
        (30, SeriesState(doubted_week=FRIDAY), TickerStatus.PLANNED, "the action of the week of 2024-04-19 is unsure"),
        (30, SeriesState(unlisted_week=FRIDAY), TickerStatus.PLANNED, "the action of the week of 2024-04-19 is on no"),
        (29, SeriesState(doubted_week=FRIDAY), TickerStatus.CURRENT, "is unsure; asked for at most once in 30 days"),
        (29, SeriesState(unlisted_week=FRIDAY), TickerStatus.CURRENT, "no list yet; asked for at most once in 30 days"),
    ],
)
def test_a_list_of_actions_is_asked_for_when_one_is_new_or_unsure_or_a_quarter_has_passed(
    days: int, state: SeriesState, status: TickerStatus, reason: str
) -> None:
    asked = replace(state, answered_at=SATURDAY - days * DAY)
    [line] = plan_tickers(ACTIONS, ["IBM"], {"IBM": asked}, now=SATURDAY, credits_left=9, requests_per_day=9)

    assert line.status is status
    assert reason in line.reason
    is_held_back = "at most" in reason
    assert line.next_attempt_at == (asked.answered_at + 30 * DAY if is_held_back and asked.answered_at else None)


@pytest.mark.parametrize(
    ("state", "answered_on", "is_wanted"),
    [
        (SeriesState(unlisted_week=FRIDAY), 19, True),
        (SeriesState(unlisted_week=FRIDAY), 20, False),
    ],
)
def test_an_action_that_a_later_list_lacks_waits_for_the_quarter(
    state: SeriesState, answered_on: int, is_wanted: bool
) -> None:
    answered_at = SATURDAY.replace(day=answered_on)
    asked = replace(state, answered_at=answered_at)

    assert (decide(asked, answered_at + 40 * DAY, ACTIONS) is TickerStatus.PLANNED) == is_wanted


def test_between_two_closed_weeks_no_weekday_asks_again() -> None:
    fetched = datetime(2024, 4, 20, 9, tzinfo=UTC)
    days = [fetched + day * DAY for day in range(1, 7)]  # Sunday to Friday

    assert {decide(SeriesState(fetched), now) for now in days} == {TickerStatus.CURRENT}
    assert decide(SeriesState(fetched), fetched + 7 * DAY) is TickerStatus.PLANNED


def test_a_quarantined_payload_costs_no_credit_until_the_source_can_know_more() -> None:
    state = SeriesState(SATURDAY, quarantined="since …: one wild value")

    assert {decide(state, SATURDAY + day * DAY) for day in range(1, 7)} == {TickerStatus.QUARANTINED}
    assert decide(state, SATURDAY + 7 * DAY) is TickerStatus.PLANNED
    assert decide(state, SATURDAY, force=True) is TickerStatus.PLANNED
    assert plan_of({"IBM": state}, credits_left=25)["IBM"].reason == "since …: one wild value"


def test_a_payload_that_broke_the_contract_is_asked_for_again_after_the_next_market_day() -> None:
    state = SeriesState(SATURDAY, quarantined="since …: contract", is_contract_broken=True)

    assert {decide(state, SATURDAY + day * DAY) for day in (1, 2)} == {TickerStatus.QUARANTINED}
    assert decide(state, SATURDAY + 3 * DAY) is TickerStatus.PLANNED  # Monday has closed


def test_force_asks_the_refused_and_the_current() -> None:
    assert decide(SeriesState(SATURDAY), SATURDAY, force=True) is TickerStatus.PLANNED
    assert decide(SeriesState(refused_at=SATURDAY), SATURDAY, force=True) is TickerStatus.PLANNED


def test_no_force_asks_an_exchange_out_of_scope() -> None:
    assert decide(SeriesState(), SATURDAY, symbol="TEVA.TLV", force=True) is TickerStatus.REFUSED


def test_the_stalest_go_first_and_the_rest_waits_for_its_day() -> None:
    states = {f"T{age}": SeriesState(SATURDAY - (7 + age) * DAY) for age in range(6)} | {"NEW": SeriesState()}

    plan = plan_of(states, credits_left=2)

    assert [symbol for symbol, line in plan.items() if line.status is TickerStatus.PLANNED] == ["NEW", "T5"]
    assert {symbol: line.next_attempt_at for symbol, line in plan.items() if line.status is TickerStatus.DEFERRED} == {
        "T4": SATURDAY + DAY,
        "T3": SATURDAY + DAY,
        "T2": SATURDAY + 2 * DAY,
        "T1": SATURDAY + 2 * DAY,
        "T0": SATURDAY + 3 * DAY,
    }


def test_without_credits_an_answer_already_paid_for_is_still_loaded() -> None:
    plan = plan_of(
        {"PAID": SeriesState(SATURDAY - 8 * DAY, is_waiting_in_bronze=True), "IBM": SeriesState()}, credits_left=0
    )

    assert plan["PAID"].status is TickerStatus.FETCHED
    assert plan["IBM"].status is TickerStatus.DEFERRED


def test_sixty_days_of_500_tickers_on_25_requests_a_day_waste_no_credit_and_forget_nobody() -> None:
    symbols = [f"T{number:03}" for number in range(500)]
    asked: dict[str, list[datetime]] = {symbol: [] for symbol in symbols}

    for day in range(60):
        now = datetime(2024, 1, 1, 9, tzinfo=UTC) + day * DAY
        states = {symbol: SeriesState(moments[-1]) for symbol, moments in asked.items() if moments}
        plan = plan_tickers(WEEKLY, symbols, states, now=now, credits_left=25, requests_per_day=25)
        planned = [line.symbol for line in plan if line.status is TickerStatus.PLANNED]
        assert len(planned) == 25  # 500 a week are due and 175 can be paid: nothing is left over
        for symbol in planned:
            asked[symbol].append(now)

    assert {len(moments) for moments in asked.values()} == {3}  # 60 × 25 ÷ 500
    for moments in asked.values():
        weeks = [last_closed_week("IBM", moment) for moment in moments]
        assert len(set(weeks)) == 3


def test_sixty_days_of_50_tickers_ask_each_of_them_once_a_week() -> None:
    symbols = [f"T{number:02}" for number in range(50)]
    asked: dict[str, list[datetime]] = {symbol: [] for symbol in symbols}

    for day in range(56):
        now = datetime(2024, 1, 6, 9, tzinfo=UTC) + day * DAY  # eight weeks from a Saturday on
        states = {symbol: SeriesState(moments[-1]) for symbol, moments in asked.items() if moments}
        plan = plan_tickers(WEEKLY, symbols, states, now=now, credits_left=25, requests_per_day=25)
        for line in plan:
            if line.status is TickerStatus.PLANNED:
                asked[line.symbol].append(now)

    assert {len(moments) for moments in asked.values()} == {8}
    assert {moment.strftime("%A") for moments in asked.values() for moment in moments} == {"Saturday", "Sunday"}


def test_a_week_that_the_source_was_late_with_is_asked_for_again_and_a_delisted_ticker_is_not() -> None:
    looked, closed = SATURDAY - timedelta(hours=1), last_closed_week("IBM", SATURDAY)

    assert decide(SeriesState(looked, newest_closed_week=closed), SATURDAY) is TickerStatus.CURRENT
    assert decide(SeriesState(looked, newest_closed_week=closed - 7 * DAY), SATURDAY) is TickerStatus.PLANNED
    assert decide(SeriesState(looked, newest_closed_week=closed - 14 * DAY), SATURDAY) is TickerStatus.CURRENT


def test_a_week_that_stayed_open_is_asked_for_once_more_from_wednesday_on() -> None:
    friday = SATURDAY - DAY
    state = SeriesState(SATURDAY, newest_closed_week=friday.date() - 7 * DAY, open_week=friday.date())
    wednesday = SATURDAY + 4 * DAY

    assert [decide(state, SATURDAY + day * DAY) for day in range(4)] == [TickerStatus.PLANNED] * 4  # it may be late
    assert decide(state, wednesday - timedelta(hours=6)) is TickerStatus.CURRENT  # Tuesday evening in New York
    assert decide(state, wednesday) is TickerStatus.PLANNED
    assert plan_of({"IBM": state}, credits_left=1, now=wednesday)["IBM"].reason == "closes the week of 2024-04-19"
    asked = SeriesState(wednesday, newest_closed_week=state.newest_closed_week, open_week=state.open_week)
    assert {decide(asked, wednesday + day * DAY) for day in (0, 1, 2)} == {TickerStatus.CURRENT}


def test_where_a_typhoon_may_have_shut_the_exchange_the_open_week_waits_for_wednesday() -> None:
    friday = SATURDAY - DAY
    states = {"0700.HK": SeriesState(SATURDAY, newest_closed_week=friday.date() - 7 * DAY, open_week=friday.date())}
    wednesday = datetime(2024, 4, 23, 16, tzinfo=UTC)  # its first moment in Hong Kong

    planned = [plan_of(states, credits_left=1, now=SATURDAY + day * DAY)["0700.HK"] for day in range(4)]

    assert {(line.status, line.next_attempt_at) for line in planned} == {(TickerStatus.CURRENT, wednesday)}
    assert (
        planned[0].reason == "the week of 2024-04-19 lacks its last day: its exchange was shut, or the source is late"
    )
    assert plan_of(states, credits_left=1, now=wednesday)["0700.HK"].status is TickerStatus.PLANNED


def test_a_ticker_that_never_answers_does_not_keep_the_others_from_their_turn() -> None:
    states = {
        "SILENT": SeriesState(asked_at=SATURDAY - DAY),
        "IBM": SeriesState(SATURDAY - 8 * DAY, asked_at=SATURDAY - 8 * DAY),
    }

    assert plan_of(states, credits_left=1)["IBM"].status is TickerStatus.PLANNED
