"""Payloads of one symbol in a row, against the same computed from their bytes without a line of the project's code."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from include.silver.datasets.weekly_adjusted_prices import DATASET
from include.silver.quarantine import Evidence, quarantine, what_is_taken
from include.silver.stored_weeks import STORED_WEEKS, no_stored_weeks
from tests.captures.folders import needs_real_captures
from tests.payloads import normalize_weekly
from tests.properties import examples
from tests.reference.captured import FIRST_FRIDAY, captured_payload, invented, invented_stock
from tests.reference.records import Payload
from tests.reference.stock import Stock

EXACT = ["split_to", "split_from", "is_action_unsure", "is_factor_coarse", "is_mixed_scale"]
MEASURED = {
    "unit_factor": "unit_factor",
    "other_factor": "other_factor",
    "total_return_factor": "h",
    "dividend_per_share": "dividend_per_share",
    "special_dividend_per_share": "special_per_share",
    "distribution_per_share": "distribution_per_share",
    "adjusted_close": "adj_close",
}


@dataclass
class Silver:
    """What is held of a symbol, and the values of the payloads that were not taken."""

    rows: pl.DataFrame = field(default_factory=no_stored_weeks)
    quarantined: list[str] = field(default_factory=list)


def load(payloads: Iterable[Payload]) -> Silver:
    """Take in payloads as loading does, without a table."""
    silver, since = Silver(), dict[tuple[str, date | None], datetime]()
    for payload in payloads:
        series = normalize_weekly(payload.body, symbol=payload.symbol, fetched_at=payload.fetched_at)
        evidence = Evidence(series, silver.rows, {}, since)
        found = quarantine(evidence, DATASET.rules)
        taken = what_is_taken(evidence, found)
        if taken:
            silver.rows, since = taken.weeks.select(STORED_WEEKS.names()), {}
        if found:
            since.setdefault((found.rule, found.week_ending), payload.fetched_at)
            silver.quarantined.append(found.value)
    return silver


def assert_equal(silver: Silver, stock: Stock) -> None:
    rows = silver.rows
    assert rows.select("week_ending", *EXACT).rows() == [
        (week.week_ending, *(getattr(week, name) for name in EXACT)) for week in stock.weeks
    ]
    for column, other in MEASURED.items():
        expected = [float(getattr(week, other)) for week in stock.weeks]
        assert rows[column].cast(pl.Float64).to_list() == pytest.approx(expected, rel=1e-8, abs=1e-8), column


def adjusted(closes: Sequence[float], growth: dict[int, float]) -> list[float]:
    """Adjusted closes as the source computes them, from the growth of the factor in some weeks."""
    factor, found = 1.0, []
    for place in range(len(closes) - 1, -1, -1):
        found.append(round(closes[place] * factor, 4))
        factor /= growth.get(place, 1.0)
    return found[::-1]


SEQUENCES = {
    "a split, then nothing new": [([80, 81, 20, 21], {2: 4.0}), ([80, 81, 20, 21, 21], {2: 4.0})],
    "a stock dividend": [([21, 21.21, 20.4], {2: 1.05})],
    "a spin-off that a later split rescales": [
        ([104.6, 100, 101], {1: 1.046}),
        ([104.6, 100, 101, 50.5], {1: 1.046, 3: 2.0}),
    ],
    "a reverse split over retained weeks": [
        ([1.23, 1.24, 1.25, 1.26, 1.27], {}),
        ([1.25, 1.26, 1.27, 25.4], {3: 1 / 20}),
    ],
    "another unit": [([600, 606, 6.12, 6.1], {})],
    "one week in another unit": [([600, 606, 6.12, 612, 612], {})],
    "a move without an action": [([10, 16.1, 16], {})],
    "a series never adjusted": [([100, 101, 25, 25.1], {})],
    "a ratio without a move": [([20, 20.1, 20.2, 20.3], {1: 2.0})],
    "raw closes in new shares": [([70, 77, 84, 91], {}), ([12, 13, 14], {})],
}
SKIPPED = {"a reverse split over retained weeks": 2, "raw closes in new shares": 2}


@pytest.mark.parametrize("name", SEQUENCES)
def test_a_sequence_of_payloads_is_read_as_the_reference_reads_it(name: str) -> None:
    steps = SEQUENCES[name]
    payloads = [
        invented(closes, adjusted(closes, growth), first=FIRST_FRIDAY + timedelta(weeks=SKIPPED.get(name, 0) * number))
        for number, (closes, growth) in enumerate(steps)
    ]

    silver, stock = load(payloads), invented_stock(*payloads)

    assert_equal(silver, stock)
    assert silver.quarantined == []


@pytest.mark.parametrize("paid_in_week", [1, 2])  # a retained week, and the oldest of the newer payload
def test_dividends_of_retained_weeks_follow_raw_closes_into_new_shares(paid_in_week: int) -> None:
    closes = [70, 77, 84, 91]
    growth = {paid_in_week: 1 + 0.7 / closes[paid_in_week]}
    before = invented(closes, adjusted(closes, growth), {paid_in_week: 0.7})
    after = invented([12, 13, 14], dividends={paid_in_week - 2: 0.1}, first=FIRST_FRIDAY + timedelta(weeks=2))

    rows = load([before, after]).rows

    assert rows["close"].to_list() == [10, 11, 12, 13, 14]
    assert rows["volume"].to_list() == [7_000_000] * 2 + [1_000_000] * 3
    assert [float(paid) for paid in rows["dividend_per_share"]] == [
        0.1 if week == paid_in_week else 0 for week in range(5)
    ]
    assert_equal(load([before, after]), invented_stock(before, after))


@needs_real_captures
def test_weeks_retained_before_a_reverse_split_keep_their_actions() -> None:
    # Read from rescaled closes, 339 of 369 ordinary weeks became false factors.
    whole = captured_payload("IBM_20240415.json")
    before = load([whole]).rows.filter("is_complete_week")
    kept, price = before[370:], before["close"][-1]
    level = (kept["total_return_factor"] * (kept["close"] / kept["close"].shift(1, fill_value=kept["close"][0]))).log()
    index = (level.cum_sum() - level.sum()).exp() * float(price) * 20
    later = invented(
        [*map(str, kept["close"]), str(20 * price)],
        [f"{value:.4f}" for value in [*index, index[-1]]],
        dict(enumerate(map(float, kept["dividend_amount"]))),
        first=kept["week_ending"][0],
        symbol="IBM",
    )

    rows = load([whole, later]).rows

    assert rows["is_retained"].sum() == 370
    assert rows.select("split_to", "split_from").rows()[-1] == (1, 20)
    action = ("other_factor", "total_return_factor", "dividend_per_share", "is_action_unsure")
    assert rows[:370].select(action).rows() == before[:370].select(action).rows()


@needs_real_captures
def test_a_source_that_adjusts_for_no_dividend_is_corrected_for_all_of_them() -> None:
    whole = captured_payload("IBM_20240415.json")
    rows = load([whole]).rows.filter("is_complete_week")
    closes = [*map(str, rows["close"])]
    paid = dict(enumerate(map(float, rows["dividend_amount"])))
    raw = load([invented(closes, dividends=paid, first=rows["week_ending"][0], symbol="IBM")]).rows

    assert (raw["dividend_per_share"] > 0).sum() == 98
    assert raw["is_action_unsure"].sum() == 97  # of the first week nothing is known before
    # Each is divided by the close of its week instead of its ex-date; the spin-off of 1.046 is not among them.
    grown = rows["total_return_factor"].product() / 1.046
    assert raw["total_return_factor"].product() == pytest.approx(grown, rel=5e-3)


def test_a_finer_growth_of_a_newer_payload_tells_what_a_coarse_one_could_not() -> None:
    # A spin-off of 3.1 % at adjusted closes of a few last decimals; a reverse split gives them more digits.
    coarse = invented([10.31, 10, 10], [0.0010, 0.0010, 0.0010])
    finer = invented([10.31, 10, 10, 10], [10, 10, 10, 10])

    assert load([coarse]).rows["other_factor"].to_list() == [1, 1, 1]
    assert load([coarse, finer]).rows["other_factor"].to_list() == [1, 1.031, 1, 1]


def test_a_forgotten_split_leaves_silver_as_it_was_for_30_days() -> None:
    knows = invented([80, 81, 20, 21], [20, 20.25, 20, 21])
    forgets = [invented([80, 81, 20, *[21] * more]) for more in (2, 3, 4, 5, 6, 7)]

    three, six = load([knows, *forgets[:3]]), load([knows, *forgets])

    assert three.quarantined == ["forgets the 4:1 split of 2015-01-16"] * 3
    assert three.rows["split_to"].to_list() == [1, 1, 4, 1]
    assert len(six.quarantined) == 5  # 28 days after the first that forgets; the sixth is 35 days after
    assert_equal(six, invented_stock(knows, *forgets))
    assert six.rows["is_action_unsure"].to_list()[2]


@pytest.mark.parametrize(("close", "is_forgotten"), [(35.7, True), (35.9, False)])
def test_a_split_is_forgotten_only_if_the_close_moved_by_it_by_more_than_a_quarter(
    close: float, is_forgotten: bool
) -> None:
    # 80 ÷ 35.777 is √(4 × 1.25): from there on the move is a usual one rather than that of a 4:1 split.
    knows = invented([80, 80, close, close], [20, 20, close, close])
    forgets = invented([80, 80, close, close, close])

    assert len(load([knows, forgets]).quarantined) == is_forgotten


def test_a_split_that_is_known_again_ends_the_30_days() -> None:
    knows = [80, 81, 20, 21], [20, 20.25, 20, 21]
    payloads = [invented(*knows), invented([80, 81, 20, 21, 21])]
    payloads.append(invented([*knows[0], 21, 21], [*knows[1], 21, 21]))
    payloads += [invented([80, 81, 20, *[21] * more]) for more in (4, 5, 6, 7)]

    assert len(load(payloads).quarantined) == 5


def test_a_held_split_stays_when_a_later_payload_loses_the_adjusted_close() -> None:
    knows = invented([80, 81, 20, 21], [20, 20.25, 20, 21])
    loses = invented([80, 81, 20, 21, 21], [20, 20.25, "None", 21, 21])

    rows = load([knows, loses]).rows

    assert rows["split_to"].to_list() == [1, 1, 4, 1, 1]
    assert rows["total_return_factor"].to_list() == [1, 1, 4, 1, 1]
    assert load([knows, loses, knows]).rows["is_action_unsure"].to_list() == [False] * 5


def test_a_wrong_factor_of_the_newest_week_is_judged_again_by_the_next() -> None:
    closes = [20, 20.1, 20.2]
    newest = invented(closes, [20, 20.1, 27.876])  # × 1.38
    came_back = invented([*closes, 20.3], [20, 20.1, 27.876, 20.3])
    stayed = invented([*closes, 20.3], [20, 20.1, 27.876, 28.014])

    for payloads in ([newest], [newest, came_back], [newest, stayed]):
        silver, stock = load(payloads), invented_stock(*payloads)
        assert silver.rows["other_factor"].to_list() == [float(week.other_factor) for week in stock.weeks]
        assert silver.rows["is_action_unsure"].to_list() == [week.is_action_unsure for week in stock.weeks]
    assert load([newest, came_back]).rows["is_factor_returning"].to_list() == [False, False, True, False]


def test_of_three_weeks_with_every_other_one_wrong_the_middle_one_is_good() -> None:
    rows = load([invented([20] * 6, [20, 200, 20, 200, 20, 20])]).rows

    assert rows["is_factor_returning"].to_list() == [False, True, False, True, False, False]


def test_a_corrected_close_is_inferred_anew() -> None:
    later = [51.0 + place for place in range(10)]
    first = invented([100, 50, *later], [50, 50, *later])
    second = invented([100, 100, *later, 61], [50, 50, *later, 61])

    assert load([first]).rows["split_to"].to_list()[:3] == [1, 2, 1]
    assert load([first, second]).rows["split_to"].to_list()[:3] == [1, 1, 2]


GROWTHS = st.sampled_from([2.0, 0.1, 1.5, 1.05, 1.046, 1.973, 1 / 15, 1.25])
PAID = st.sampled_from([0.005, 0.01, 0.04, 0.15, 0.4])
COARSE_MOVES = (
    *(0.0501, 0, 0, -0.0294, 0, -0.0326, -0.0504, 0.0402, 0, 0.0314, 0.0295, 0, -0.0549, 0, 0, 0, 0.0163, 0, -0.0155),
    *(0.0001, -0.0349, 0, 0, -0.0313, 0.026, -0.0401, -0.054, 0, 0, -0.0592, 0.0581, 0, 0, 0, 0.06, -0.047, -0.0431),
    *(0, 0, 0),
)


@pytest.mark.slow("computes dozens of histories twice, once of them in exact fractions")
@examples(40)
@given(
    moves=st.lists(st.floats(-0.06, 0.06), min_size=12, max_size=40),
    actions=st.dictionaries(st.integers(1, 39), GROWTHS, max_size=4),
    paid=st.dictionaries(st.integers(1, 39), PAID, max_size=8),
    level=st.sampled_from([0.5, 20.0, 300.0]),
    cuts=st.lists(st.integers(0, 3), max_size=3),
)
@example(  # the held 1.0456 of a spin-off is not within the newer payload's interval, which is wider
    moves=[*COARSE_MOVES],
    actions={28: 1.25, 1: 1.25, 2: 1.046, 22: 1.046},
    paid={39: 0.005, 1: 0.005, 34: 0.005, 21: 0.005, 2: 0.005, 24: 0.15},
    level=0.5,
    cuts=[0, 0],
)
@example(  # a held distribution beside a factor: 20 % of the price only in the shares after it
    moves=[*[0.0] * 11, -0.03125, 0.0], actions={12: 1.973}, paid={12: 0.4}, level=0.5, cuts=[0]
)
@example(  # a held distribution that was read from a growth beyond the payment, and a special dividend after it
    moves=[0.0] * 12, actions={2: 1.05}, paid={2: 0.4, 1: 0.005, 3: 0.15}, level=0.5, cuts=[0]
)
def test_any_sequence_of_sound_payloads_is_read_as_the_reference_reads_it(
    moves: list[float], actions: dict[int, float], paid: dict[int, float], level: float, cuts: list[int]
) -> None:
    closes, growth, dividends, price = list[float](), dict[int, float](), dict[int, float](), level
    for place, move in enumerate([0.0, *moves]):
        price *= (1 + move) / actions.get(place, 1.0)
        closes.append(round(price, 4))
        if part := paid.get(place):
            dividends[place] = round(part * price, 4)
        growth[place] = actions.get(place, 1.0) * (1 + dividends.get(place, 0) / closes[-1])
    payloads, start = list[Payload](), 0
    for number in range(len(cuts) + 1):
        end = len(closes) - len(cuts) + number
        start += cuts[number - 1] if number else 0
        own = {place - start: value for place, value in growth.items() if start < place < end}
        amounts = {place - start: value for place, value in dividends.items() if start <= place < end}
        first = FIRST_FRIDAY + timedelta(weeks=start)
        payloads.append(invented(closes[start:end], adjusted(closes[start:end], own), amounts, first=first))

    silver, stock = load(payloads), invented_stock(*payloads)

    assert len(silver.quarantined) == len(stock.history.not_taken)
    if not silver.quarantined:
        assert_equal(silver, stock)
