"""What is quarantined and what is taken: one wild value, wherever it stands; real moves and real actions pass."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from include.bronze.decisions import AcceptedWeek
from include.bronze.keys import BronzeKey
from include.errors import ContractError
from include.settings import PROJECT_ROOT
from include.silver.accepted import describe_week, find_accepted
from include.silver.actions.growth import ROUNDING
from include.silver.datasets.weekly_adjusted_prices import DATASET
from include.silver.normalize import NormalizedSeries
from include.silver.quarantine import Evidence, Quarantine, broken_contract, quarantine
from include.silver.stored_weeks import STORED_WEEKS, no_stored_weeks
from include.silver.weeks import WEEKLY_ADJUSTED, take_weeks_after
from include.silver.wild_values import MOST_GROWTH
from tests.payloads import Bar, bar, moment, normalize_weekly, payload_of
from tests.properties import examples

FIRST = date(2020, 1, 3)
NOTHING = no_stored_weeks()
QUIET = [20.0, 21.0, 20.5, 19.5, 20.0, 20.2, 20.4, 20.1, 19.9, 20.0, 20.3, 20.6]


def week(number: int) -> date:
    return FIRST + timedelta(weeks=number)


def priced(close: float | str, adjusted: float | str | None = None) -> Bar:
    return bar(open=close, high=close, low=close, close=close, adjusted_close=close if adjusted is None else adjusted)


def payload(bars: Mapping[int, Bar], *, fetched_at: str = "2024-01-06") -> NormalizedSeries:
    """A payload of weeks, numbered from the first Friday of 2020."""
    body = payload_of({str(week(number)): fields for number, fields in bars.items()})
    return normalize_weekly(body, symbol="IBM", fetched_at=moment(fetched_at))


def quiet(*, without: int | None = None, **changes: Bar) -> dict[int, Bar]:
    """A sound series; `w3=…` is another bar in its week 3."""
    bars = {number: priced(close) for number, close in enumerate(QUIET) if number != without}
    return bars | {int(name[1:]): fields for name, fields in changes.items()}


def judge(
    newer: NormalizedSeries, stored: pl.DataFrame = NOTHING, accepted: Mapping[date, AcceptedWeek] | None = None
) -> Quarantine | None:
    return quarantine(Evidence(newer, stored, accepted or {}), DATASET.rules)


def store(taken: NormalizedSeries, stored: pl.DataFrame = NOTHING) -> pl.DataFrame:
    """What silver holds after a payload was taken in."""
    return Evidence(taken, stored).weeks.select(STORED_WEEKS.names())


SOUND = payload(quiet())


@pytest.mark.parametrize(
    "wild",
    [priced(1200, 20), priced("0.3000", 20), priced(1200), priced("0.3")],
    ids=["raw up", "raw down", "both up", "both down"],
)
@pytest.mark.parametrize("number", [0, 1, 6, 10, 11], ids=["first", "second", "inner", "last but one", "newest"])
@pytest.mark.parametrize("is_first", [True, False], ids=["first payload", "later payload"])
def test_a_wild_value_is_named_wherever_it_stands(wild: Bar, number: int, is_first: bool) -> None:
    found = judge(payload(quiet(**{f"w{number}": wild})), NOTHING if is_first else store(SOUND))

    assert found is not None
    assert (found.rule, found.week_ending) == ("one_wild_value", week(number))
    assert found.way_out == (
        f"the source mends it; or, if it is right: make accept SYMBOL=IBM WEEK={week(number)}"
        + (" (the weeks after it are loaded)" if is_first and number < 11 else "")
    )
    assert found.taken_after == (week(number) if is_first and number < 11 else None)


@pytest.mark.parametrize("number", [1, 6, 10, 11], ids=["second", "inner", "last but one", "newest"])
@pytest.mark.parametrize("adjusted", [245397, "0.0100"])
def test_an_adjusted_close_alone_is_wild_only_where_its_way_back_cannot_come(number: int, adjusted: float) -> None:
    assert judge(payload(quiet(**{f"w{number}": priced(20, adjusted)}))) is None
    found = judge(payload(quiet(w0=priced(20, 245397))))
    assert found is not None
    assert (found.week_ending, found.taken_after) == (week(0), week(0))


def test_the_words_say_value_neighbour_and_bound() -> None:
    found = judge(payload(quiet(w6=priced("5000.0000"))))

    assert found is not None
    assert found.value == "adjusted close 5000 after 20.2"
    assert found.bound == "in one week at most 51 times as much, or 1/51"
    assert str(found).startswith("quarantined, one wild value in the week of 2020-02-14: adjusted close 5000 after")


@pytest.mark.parametrize("symbol", ["NXT(EXP20091224)", "NEE 6.219", "^GSPC"])
def test_a_way_out_is_a_command_that_a_shell_reads_as_it_is_meant(symbol: str) -> None:
    key = BronzeKey(WEEKLY_ADJUSTED.name, symbol, moment("2024-01-06"), "0" * 12)
    wild, other = payload(quiet(w6=priced(5000))), payload({number: priced(73) for number in range(12)})
    broken = broken_contract(key, ContractError("no row"))

    for found in (
        quarantine(Evidence(replace(wild, key=key), NOTHING), DATASET.rules),
        quarantine(Evidence(replace(other, key=key), store(SOUND)), DATASET.rules),
        broken,
    ):
        assert found is not None
        assert f"='{symbol}'" in found.way_out


def test_a_wild_value_of_the_open_week_is_caught() -> None:
    open_week = {**quiet(), 12: priced(5000)}
    found = judge(payload(open_week, fetched_at=str(week(12) - timedelta(days=1))), store(SOUND))

    assert found is not None
    assert found.week_ending == week(12)


def test_a_new_week_is_compared_with_the_newest_retained_one() -> None:
    found = judge(payload({number: priced(5000) for number in range(11, 13)} | {11: priced(QUIET[11])}), store(SOUND))

    assert found is not None
    assert found.week_ending == week(12)


@pytest.mark.parametrize(
    ("times", "is_wild"), [(3, False), (1 / 3, False), (50.9, False), (1 / 50.9, False), (51.1, True), (1 / 51.1, True)]
)
def test_a_move_up_to_51_times_is_the_market(times: float, is_wild: bool) -> None:
    moved = {number: priced(round(20 * times, 4) if number > 6 else 20) for number in range(12)}

    assert (judge(payload(moved)) is not None) is is_wild


@pytest.mark.parametrize("ratio", [100, 250, 1 / 100], ids=["1:100", "1:250", "100:1"])
@pytest.mark.parametrize("since", [4, 10, 11], ids=["long ago", "lately", "in the newest week"])
def test_a_split_that_the_adjusted_close_shows_is_no_wild_value(ratio: float, since: int) -> None:
    # The source adjusts all before a split, so that the newest adjusted close is the raw one.
    split = {number: priced(20 if number < since else 20 * ratio, 20 * ratio) for number in range(12)}

    assert judge(payload(split)) is None
    assert judge(payload(split), store(payload({number: priced(20) for number in range(since)}))) is None


def test_a_raw_close_that_is_wrong_for_two_weeks_is_no_split() -> None:
    found = judge(payload(quiet(w5=priced(2000, 20), w6=priced(2000, 20))))

    assert found is not None
    assert found.week_ending == week(5)


@pytest.mark.parametrize("cents", [("0.0001", "0.0052"), ("0.0052", "0.0001")])
def test_prices_as_small_as_their_rounding_are_no_wild_value(cents: tuple[str, str]) -> None:
    before, after = cents

    assert judge(payload({number: priced(20, before if number < 6 else after) for number in range(12)})) is None


def test_only_returns_of_one_week_are_judged() -> None:
    rare = {number: priced(20 if number < 6 else 2000) for number in range(12) if number != 6}  # a listing suspended

    assert judge(payload(rare)) is None


def test_a_wild_value_behind_a_gap_is_known_by_the_way_back() -> None:
    found = judge(payload(quiet(without=5, w6=priced(5000))))

    assert found is not None
    assert (found.week_ending, found.value) == (week(6), "adjusted close 5000 before 20.1")


@pytest.mark.parametrize(
    ("wild", "named", "taken_after", "value"),
    [
        ((4, 5), 5, 5, "adjusted close 245405 before 20.4"),
        ((0, 1, 2), 2, 2, "adjusted close 245402 before 19.5"),
        ((9, 10, 11), 9, 9, "adjusted close 245409 after 19.9"),  # as a new unit would look
    ],
)
def test_of_several_wild_weeks_one_that_is_wild_is_named_and_the_weeks_after_are_taken(
    wild: tuple[int, ...], named: int, taken_after: int, value: str
) -> None:
    found = judge(payload(quiet() | {number: priced(20, 245400 + number) for number in wild}))

    assert found is not None
    assert (found.week_ending, found.value, found.taken_after) == (week(named), value, week(taken_after))


def test_of_two_wild_weeks_accepting_one_leaves_the_other_quarantined() -> None:
    series = payload(quiet(w4=priced(20, 245397), w5=priced(20, 245400)))
    decision = describe_week(series.rows, week(5))
    assert decision is not None

    found = judge(series, accepted={week(5): decision})

    assert found is not None
    assert (found.week_ending, found.value) == (week(4), "adjusted close 245397 after 19.5")
    assert found.taken_after == week(5)


def test_a_mended_payload_is_taken() -> None:
    young = {number: priced(20) for number in range(4)}
    assert judge(payload(young | {2: priced(5000)})) is not None
    mended = payload(young | {4: priced(21)})

    assert judge(mended) is None
    assert judge(mended, store(take_weeks_after(payload(young | {2: priced(5000)}), week(2)))) is None


@pytest.mark.parametrize("held", [1, 2, 9, 10])
@pytest.mark.parametrize("longer", [0, 40])
def test_a_short_history_is_not_replaced_by_another_security(held: int, longer: int) -> None:
    stored = store(payload({number: priced(20 + number) for number in range(held)}))

    found = judge(payload({number: priced(70 + number) for number in range(-longer, held + 2)}), stored)

    assert found is not None
    assert found.rule == "another_security"


def test_a_history_between_the_weeks_of_a_payload_is_another_securitys() -> None:
    stored = store(payload({3: priced(20), 4: priced(21)}))

    found = judge(payload({number: priced(20) for number in range(8) if number not in {3, 4}}), stored)

    assert found is not None
    assert found.value == "it shares no week with the 2 weeks held"


def test_one_corrected_close_of_a_few_common_weeks_is_no_other_security() -> None:
    # Four weeks held, the payload has the two newest of them: one of two closes is corrected.
    held = store(payload({number: priced(20) for number in range(4)}))

    assert judge(payload({2: priced(25), 3: priced(20), 4: priced(20)}), held) is None


def test_of_a_first_payload_the_weeks_after_the_wild_one_are_taken() -> None:
    broken = payload(quiet(w3=priced(5000)))
    found = judge(broken)
    assert found is not None
    assert found.taken_after is not None

    taken = take_weeks_after(broken, found.taken_after)

    assert taken.rows["week_ending"].to_list() == [week(number) for number in range(4, 12)]
    assert taken.rejected["reason"].unique().to_list() == ["not after the wild week 2020-01-24, which is quarantined"]
    assert '"adjusted_close":"5000"' in taken.rejected["raw_values"][3]
    assert taken.received == taken.rows.height + taken.rejected.height
    # A later payload that still has it before all that silver holds brings its new weeks.
    again = judge(payload(quiet(w3=priced(5000)) | {12: priced(20)}), store(taken))
    assert again is not None
    assert again.taken_after == week(3)
    # A new wild value stops it.
    worse = judge(payload(quiet(w3=priced(5000)) | {12: priced(9_000_000)}), store(taken))
    assert worse is not None
    assert (worse.week_ending, worse.taken_after) == (week(12), None)


@pytest.mark.parametrize("wild", [priced(5000), priced(5000, 20)])
def test_an_accepted_week_is_believed_with_both_returns_that_touch_it(wild: Bar) -> None:
    series = payload(quiet(w6=wild))
    decision = describe_week(series.rows, week(6))
    assert decision is not None

    assert judge(series, store(SOUND), {week(6): decision}) is None
    assert judge(payload(quiet(w6=wild, w7=priced(5000))), store(SOUND), {week(6): decision}) is not None


def test_another_value_in_an_accepted_week_is_judged_anew() -> None:
    decision = describe_week(payload(quiet(w6=priced(5000))).rows, week(6))
    assert decision is not None

    for other in (priced(5100), priced(5000, 245397), priced(5000, 5001)):
        found = judge(payload(quiet(w6=other)), store(SOUND), {week(6): decision})
        assert found is not None, other


def test_a_dividend_that_restates_the_history_leaves_a_decision_in_force() -> None:
    accepted = payload(quiet(w6=priced("2000.0000", "2000.0000")))
    decision = describe_week(accepted.rows, week(6))
    assert decision is not None
    restated = {
        number: bars | {"adjusted_close": f"{float(str(bars['close'])) * 0.987:.4f}"}
        for number, bars in quiet(w6=priced(2000)).items()
    }

    assert find_accepted(payload(restated).rows, {week(6): decision}) == {week(6)}


def test_a_decision_says_itself_in_its_key() -> None:
    rows = payload(quiet(w6=priced("2000.0000", "1999.5000"))).rows

    assert str(describe_week(rows, week(6))) == "close=2000.0000_adjusted=1999.5000_beside=2020-02-07:20.2000"
    assert describe_week(rows, week(50)) is None


def test_a_week_without_an_adjusted_close_lives_on_its_raw_close() -> None:
    def without_adjusted(close: float) -> NormalizedSeries:
        series = payload(quiet(w6=priced(close)))
        is_week = pl.col("week_ending") == week(6)
        unknown = pl.when(~is_week).then("adjusted_close").alias("adjusted_close")
        return replace(series, rows=series.rows.with_columns(unknown))

    assert judge(without_adjusted(20)) is None
    found = judge(without_adjusted(5000))
    assert found is not None
    assert found.week_ending == week(6)


@examples(60)
@given(
    moves=st.lists(st.floats(-0.05, 0.05), min_size=5, max_size=30),
    place=st.floats(0, 1, exclude_max=True),
    times=st.one_of(st.floats(150, 1e6), st.floats(1, 45)),  # a hundred times is another unit
    is_down=st.booleans(),
    column=st.sampled_from([("close",), ("close", "adjusted_close")]),
    is_held=st.booleans(),
)
def test_any_one_value_beyond_the_bound_is_quarantined_and_none_within_it(
    moves: list[float], place: float, times: float, is_down: bool, column: tuple[str, ...], is_held: bool
) -> None:
    closes = [1000.0]
    for move in moves:
        closes.append(closes[-1] * (1 + move))
    bars = {number: priced(f"{close:.4f}") for number, close in enumerate(closes)}
    number = int(place * len(bars))
    value = closes[number] * (1 / times if is_down else times)
    changed = bars | {number: bars[number] | dict.fromkeys(column, f"{value:.4f}") | {"high": "1e9", "low": "0.0001"}}
    changed[number] |= {"high": f"{max(value, 1):.4f}", "low": "0.0001", "open": "1.0000"}

    found = judge(payload(changed), store(payload(bars)) if is_held else NOTHING)

    # A price below a tick's rounding says nothing.
    is_wild = times > 50 and value > 0.01
    assert (found is not None and found.rule == "one_wild_value") == is_wild or value <= 0.01


def test_gold_has_the_same_bound_and_rounding() -> None:
    variables = yaml.safe_load((PROJECT_ROOT / "dbt_project" / "dbt_project.yml").read_text())["vars"]

    assert variables["largest_weekly_growth"] == MOST_GROWTH == 51
    assert variables["adjusted_close_rounding"] == pytest.approx(ROUNDING, rel=1e-12) == pytest.approx(5.1e-5)
