"""The plan: no credit for what cannot have changed, and every ticker gets its turn."""

from datetime import UTC, datetime, timedelta

import pytest

from include.alpha_vantage.functions import Function
from include.alpha_vantage.planner import Decision, Look, PlannedTicker, plan_tickers
from include.exchanges import last_closed_week

WEEKLY, DAILY, OVERVIEW = Function.WEEKLY_ADJUSTED, Function.DAILY, Function.OVERVIEW
SATURDAY = datetime(2024, 4, 20, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def decide(look: Look, now: datetime, function: Function = WEEKLY, symbol: str = "IBM", **options: object) -> Decision:
    """The plan's decision on one ticker with credits to spare."""
    defaults: dict[str, object] = {"credits_left": 25, "requests_per_day": 25}
    [line] = plan_tickers(function, [symbol], {symbol: look}, now=now, **defaults | options)  # type: ignore[arg-type]
    return line.decision


def plan_of(looks: dict[str, Look], *, credits_left: int, now: datetime = SATURDAY) -> dict[str, PlannedTicker]:
    lines = plan_tickers(WEEKLY, looks, looks, now=now, credits_left=credits_left, requests_per_day=2)
    return {line.symbol: line for line in lines}


@pytest.mark.parametrize(
    ("function", "look", "decision"),
    [
        (WEEKLY, Look(), Decision.PLANNED),
        (WEEKLY, Look(SATURDAY - DAY), Decision.PLANNED),  # Friday's session has closed since
        (WEEKLY, Look(SATURDAY - timedelta(hours=1)), Decision.CURRENT),
        (DAILY, Look(SATURDAY - DAY), Decision.PLANNED),
        (DAILY, Look(SATURDAY - timedelta(hours=1)), Decision.CURRENT),
        (OVERVIEW, Look(SATURDAY - 29 * DAY), Decision.CURRENT),
        (OVERVIEW, Look(SATURDAY - 30 * DAY), Decision.PLANNED),
        (WEEKLY, Look(refused_at=SATURDAY - 29 * DAY), Decision.REFUSED),
        (WEEKLY, Look(refused_at=SATURDAY - 30 * DAY), Decision.PLANNED),
        (WEEKLY, Look(SATURDAY - timedelta(hours=1), is_waiting_in_bronze=True), Decision.FETCHED),
    ],
)
def test_only_what_can_have_changed_is_planned(function: Function, look: Look, decision: Decision) -> None:
    assert decide(look, SATURDAY, function) is decision


def test_between_two_closed_weeks_no_weekday_asks_again() -> None:
    fetched = datetime(2024, 4, 20, 9, tzinfo=UTC)
    days = [fetched + day * DAY for day in range(1, 7)]  # Sunday to Friday

    assert {decide(Look(fetched), now) for now in days} == {Decision.CURRENT}
    assert decide(Look(fetched), fetched + 7 * DAY) is Decision.PLANNED


def test_a_quarantined_payload_costs_no_credit_until_the_source_can_know_more() -> None:
    look = Look(SATURDAY, quarantined="since …: one wild value")

    assert {decide(look, SATURDAY + day * DAY) for day in range(1, 7)} == {Decision.QUARANTINED}
    assert decide(look, SATURDAY + 7 * DAY) is Decision.PLANNED
    assert decide(look, SATURDAY, force=True) is Decision.PLANNED
    assert plan_of({"IBM": look}, credits_left=25)["IBM"].reason == "since …: one wild value"


def test_a_payload_that_broke_the_contract_is_asked_for_again_after_the_next_market_day() -> None:
    look = Look(SATURDAY, quarantined="since …: contract", is_contract_broken=True)

    assert {decide(look, SATURDAY + day * DAY) for day in (1, 2)} == {Decision.QUARANTINED}
    assert decide(look, SATURDAY + 3 * DAY) is Decision.PLANNED  # Monday has closed


def test_force_asks_the_refused_and_the_current() -> None:
    assert decide(Look(SATURDAY), SATURDAY, force=True) is Decision.PLANNED
    assert decide(Look(refused_at=SATURDAY), SATURDAY, force=True) is Decision.PLANNED


def test_no_force_asks_an_exchange_out_of_scope() -> None:
    assert decide(Look(), SATURDAY, symbol="TEVA.TLV", force=True) is Decision.REFUSED


def test_the_stalest_go_first_and_the_rest_waits_for_its_day() -> None:
    looks = {f"T{age}": Look(SATURDAY - (7 + age) * DAY) for age in range(6)} | {"NEW": Look()}

    plan = plan_of(looks, credits_left=2)

    assert [symbol for symbol, line in plan.items() if line.decision is Decision.PLANNED] == ["NEW", "T5"]
    assert {symbol: line.goes_on_at for symbol, line in plan.items() if line.decision is Decision.DEFERRED} == {
        "T4": SATURDAY + DAY,
        "T3": SATURDAY + DAY,
        "T2": SATURDAY + 2 * DAY,
        "T1": SATURDAY + 2 * DAY,
        "T0": SATURDAY + 3 * DAY,
    }


def test_without_credits_an_answer_already_paid_for_is_still_loaded() -> None:
    plan = plan_of({"PAID": Look(SATURDAY - 8 * DAY, is_waiting_in_bronze=True), "IBM": Look()}, credits_left=0)

    assert plan["PAID"].decision is Decision.FETCHED
    assert plan["IBM"].decision is Decision.DEFERRED


def test_sixty_days_of_500_tickers_on_25_requests_a_day_waste_no_credit_and_forget_nobody() -> None:
    symbols = [f"T{number:03}" for number in range(500)]
    asked: dict[str, list[datetime]] = {symbol: [] for symbol in symbols}

    for day in range(60):
        now = datetime(2024, 1, 1, 9, tzinfo=UTC) + day * DAY
        looks = {symbol: Look(moments[-1]) for symbol, moments in asked.items() if moments}
        plan = plan_tickers(WEEKLY, symbols, looks, now=now, credits_left=25, requests_per_day=25)
        planned = [line.symbol for line in plan if line.decision is Decision.PLANNED]
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
        looks = {symbol: Look(moments[-1]) for symbol, moments in asked.items() if moments}
        plan = plan_tickers(WEEKLY, symbols, looks, now=now, credits_left=25, requests_per_day=25)
        for line in plan:
            if line.decision is Decision.PLANNED:
                asked[line.symbol].append(now)

    assert {len(moments) for moments in asked.values()} == {8}
    assert {moment.strftime("%A") for moments in asked.values() for moment in moments} == {"Saturday", "Sunday"}


def test_a_week_that_the_source_was_late_with_is_asked_for_again_and_a_delisted_ticker_is_not() -> None:
    looked, closed = SATURDAY - timedelta(hours=1), last_closed_week("IBM", SATURDAY)

    assert decide(Look(looked, newest_closed_week=closed), SATURDAY) is Decision.CURRENT
    assert decide(Look(looked, newest_closed_week=closed - 7 * DAY), SATURDAY) is Decision.PLANNED
    assert decide(Look(looked, newest_closed_week=closed - 14 * DAY), SATURDAY) is Decision.CURRENT


def test_a_ticker_that_never_answers_does_not_keep_the_others_from_their_turn() -> None:
    looks = {"SILENT": Look(asked_at=SATURDAY - DAY), "IBM": Look(SATURDAY - 8 * DAY, asked_at=SATURDAY - 8 * DAY)}

    assert plan_of(looks, credits_left=1)["IBM"].decision is Decision.PLANNED
