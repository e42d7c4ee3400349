"""A newer payload over the history held: old weeks are retained, rewritten ones noted, strangers held back."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.errors import PayloadQuarantined
from include.silver.normalize import NormalizedSeries
from include.silver.rejections import REPEATED
from include.silver.schema import REJECTED
from include.silver.stored_weeks import STORED_WEEKS, no_stored_weeks
from tests.payloads import Bar, Merged, bar, merge_with_history, moment, normalize_weekly, payload_of
from tests.properties import examples

FIRST = date(2020, 1, 3)
NOTHING = no_stored_weeks()


def payload(*bars: Bar, skip: int = 0) -> NormalizedSeries:
    """A payload whose weeks begin `skip` weeks after the first Friday of 2020; all of them complete."""
    days = {str(FIRST + timedelta(weeks=skip + number)): fields for number, fields in enumerate(bars)}
    return normalize_weekly(payload_of(days), symbol="IBM", fetched_at=moment("2024-01-06"))


def feed(*payloads: NormalizedSeries) -> Merged:
    """Lay payloads over one another in the order given, as silver stores them."""
    merged = Merged(NOTHING, None)
    for newer in payloads:
        merged = merge_with_history(newer, merged.rows.select(STORED_WEEKS.names()))
    return merged


def closes(*prices: float | str) -> list[Bar]:
    return [bar(open=price, high=price, low=price, close=price, adjusted_close=price) for price in prices]


def halved(*prices: float) -> list[Bar]:
    return [week | {"adjusted_close": price / 2} for week, price in zip(closes(*prices), prices, strict=True)]


def test_weeks_that_the_source_has_cut_are_retained_on_the_newer_basis() -> None:
    merged = feed(payload(*closes(10, 20, 30)), payload(*halved(20, 30), skip=1))

    assert merged.rows["close"].to_list() == [10, 20, 30]
    assert merged.rows["adjusted_close"].to_list() == [5, 10, 15]
    assert merged.rows["is_retained"].to_list() == [True, False, False]


def test_the_carry_follows_the_factor_where_a_raw_close_was_corrected() -> None:
    corrected = [bar(close="25", adjusted_close="25"), *closes(30)]  # 20 was wrong, nothing was rescaled

    merged = feed(payload(*closes(10, *[20] * 20, 30)), payload(corrected[0], *closes(*[20] * 19, 30), skip=1))

    assert merged.rows["adjusted_close"][0] == 10


def test_retained_weeks_are_rescaled_from_every_answer_without_drift() -> None:
    chain = feed(payload(*closes(10, 20, 30)), payload(*halved(20, 30), skip=1), payload(*closes(20, 30), skip=1))

    assert chain.rows["adjusted_close"].to_list() == [10, 20, 30]


def test_a_retained_week_remembers_what_was_received() -> None:
    chain = feed(payload(*closes(10, 20, 30)), payload(*halved(20, 30), skip=1), payload(*closes(20, 30), skip=1))

    assert chain.rows["received_adjusted_close"].to_list() == [10, None, None]


def test_a_series_without_retained_weeks_keeps_the_decimals_of_its_answer() -> None:
    whole = payload(*closes("10.0000", "20.0000"))

    assert feed(whole, whole).rows["close"].cast(pl.String).to_list() == ["10.0000", "20.0000"]


def test_after_a_large_reverse_split_the_retained_weeks_are_still_explained() -> None:
    # 0.01234 was rounded to 0.0123 and 0.01236 to 0.0124: 0.6 % too far apart: little of a cent, much of 60.
    penny = [bar(open=price, high=price, low=price, close=price, adjusted_close=price) for price in (0.0123, 0.0124)]
    raw = [week | {"close": close} for week, close in zip(penny, ("0.01234", "0.01236"), strict=True)]
    fifty_in_one = [raw[1] | {"adjusted_close": "0.6180"}, *closes(0.625)]

    rows = feed(payload(*raw), payload(*fifty_in_one, skip=1)).rows

    assert rows["adjusted_close"][0] == pytest.approx(Decimal("0.613"), abs=Decimal("0.001"))
    assert rows["other_factor"].to_list() == [1, 1, 1]
    assert rows.select("split_to", "split_from").rows() == [(1, 1), (1, 1), (1, 50)]


def test_what_happened_in_a_retained_week_stays_as_it_was_seen() -> None:
    # The amount is in the shares of its day; a later split must not make it one of today's shares.
    quiet, ex_week = bar(adjusted_close="95.2381"), bar(high=100, low=100, dividend_amount="5")
    older = feed(payload(quiet, ex_week, *closes(100, 100))).rows

    rows = feed(payload(quiet, ex_week, *closes(100, 100)), payload(*halved(100, 100), *closes(50), skip=2)).rows

    assert older["dividend_per_share"].to_list() == [0, 5, 0, 0]
    assert rows["dividend_per_share"].to_list() == [0, 5, 0, 0, 0]
    assert rows["split_to"].to_list() == [1, 1, 1, 1, 2]


def test_a_week_that_a_newer_answer_garbles_stays_and_is_flagged() -> None:
    first, second, third = closes(10, 20, 30)
    newer = payload(*halved(10), second | {"close": "n/a"}, *halved(30))

    merged = feed(payload(first, second, third), newer)

    assert newer.rejected.height == 1
    assert merged.rows["close"].to_list() == [10, 20, 30]
    assert merged.rows["adjusted_close"].to_list() == [5, 10, 15]
    assert merged.rows["is_retained"].to_list() == [False, True, False]


@examples(60)
@given(
    prices=st.lists(st.integers(380_000, 420_000), min_size=6, max_size=10),
    adjustment=st.sampled_from([0.02, 0.005, 0.001]),
    garbled=st.integers(1, 4),
)
def test_a_garbled_week_of_a_restated_history_never_looks_like_an_action(
    prices: list[int], adjustment: float, garbled: int
) -> None:
    def told(factor: float) -> list[Bar]:
        raw = [f"{price / 10_000:.4f}" for price in prices]
        return [
            bar(open=close, high=close, low=close, close=close, adjusted_close=f"{float(close) * factor:.4f}")
            for close in raw
        ]

    newer = told(adjustment * 0.987)
    newer[garbled]["close"] = ""

    rows = feed(payload(*told(adjustment)), payload(*newer)).rows

    assert rows["is_retained"].sum() == 1
    assert set(rows["total_return_factor"]) == {1}


def test_a_garbled_part_of_a_week_does_not_make_the_other_part_the_week() -> None:
    parts = {"2013-12-24": bar(volume="1"), "2013-12-27": bar(volume="2"), "2014-01-03": bar()}
    whole, half = (
        normalize_weekly(payload_of(days), symbol="T.TO", fetched_at=moment("2014-01-06"))
        for days in (parts, parts | {"2013-12-27": bar(volume="2", close="")})
    )

    merged = feed(whole, half)

    assert merged.rows.select("volume", "is_retained").rows() == [(3, True), (1000, False)]


def test_a_row_without_a_date_puts_every_missing_week_in_doubt() -> None:
    rows = {"2020-01-03": bar(), "20200110": bar(), "2020-01-17": bar()}
    newer = normalize_weekly(payload_of(rows), symbol="IBM", fetched_at=moment("2024-01-06"))

    assert feed(payload(*closes(100, 100, 100)), newer).rows["is_retained"].to_list() == [False, True, False]


def test_a_repeated_row_puts_no_week_in_doubt() -> None:
    whole = payload(*closes(10, 20, 30))
    row = {"row_number": 4, "row_date": "2020-01-10", "reason": REPEATED}
    repeated = replace(whole, rejected=pl.DataFrame([row], schema=REJECTED))

    assert not feed(whole, repeated).rows["is_retained"].any()


def test_a_retained_week_that_comes_back_restates_nothing() -> None:
    whole = payload(*closes(10, 20, 30))

    merged = feed(whole, payload(*closes(20, 30), skip=1), whole)

    assert merged.restatement is None
    assert merged.rows["is_retained"].to_list() == [False, False, False]


def test_a_week_with_a_rejected_field_is_taken_from_the_newer_answer_and_is_no_restatement() -> None:
    first, second = closes(10, 20)
    newer = payload(first | {"low": "0.0000"}, second | {"adjusted_close": "None"})

    merged = feed(payload(first, second), newer)

    assert merged.rows.select("low", "adjusted_close", "is_retained", "has_rejected_fields").rows() == [
        (None, 10, False, True),
        (20, None, False, True),
    ]
    assert merged.restatement is None
    assert feed(payload(first, second), newer, payload(first, second)).restatement is None  # and it heals in silence


def test_a_restatement_names_no_adjusted_close_where_the_newest_week_has_none() -> None:
    first, second = closes(10, 20)
    newer = payload(first, second | {"adjusted_close": "0.0000", "volume": "7"})

    restatement = feed(payload(first, second), newer).restatement

    assert restatement is not None
    assert (restatement.rows_changed, restatement.old_adjusted_close, restatement.new_adjusted_close) == (1, 20, None)


def test_the_carry_follows_the_nearest_factor_that_is_known() -> None:
    unknown, known = halved(20, 30)
    merged = feed(payload(*closes(10, 20, 30)), payload(unknown | {"adjusted_close": None}, known, skip=1))

    assert merged.rows["adjusted_close"].to_list() == [5, None, 15]
    assert merged.rows["inferred_adjusted_close"].to_list() == [None, 10, None]


def test_a_retained_week_without_an_adjusted_close_moves_to_the_newer_basis() -> None:
    first, second, third = closes(20, 24, 30)
    older = payload(first | {"adjusted_close": "-"}, second, third)

    merged = feed(older, payload(*halved(30), skip=2))

    assert merged.rows["adjusted_close"].to_list() == [None, 12, 15]
    assert merged.rows["inferred_adjusted_close"].to_list() == [10, None, None]
    assert merged.rows["is_action_unsure"].to_list() == [True, False, False]
    assert merged.rows["has_rejected_fields"].to_list() == [True, False, False]


def test_a_newer_answer_replaces_its_weeks_and_drops_those_it_lacks() -> None:
    whole = payload(*closes(10, 20, 30))
    with_gap = replace(whole, rows=whole.rows.filter(pl.col("close") != 20))

    merged = feed(payload(*closes(10, 20, 30)), with_gap)

    assert merged.rows["close"].to_list() == [10, 30]


def test_older_weeks_without_a_common_one_belong_to_another_security() -> None:
    with pytest.raises(
        PayloadQuarantined, match=r"IBM: quarantined, another security: it shares no week with the [0-9]+ weeks"
    ):
        feed(payload(*closes(10, 20)), payload(*closes(30), skip=2))


@pytest.mark.parametrize("skip", [0, 1], ids=["from the same week on", "from a later week on"])
def test_other_closes_in_the_same_weeks_belong_to_another_security(skip: int) -> None:
    with pytest.raises(PayloadQuarantined, match="only 0% of the raw closes"):
        feed(payload(*closes(*[10] * 12)), payload(*closes(*[71] * 12), skip=skip))


@pytest.mark.parametrize(("corrected", "is_held_back"), [(2, False), (3, True)])
def test_a_tenth_of_corrected_closes_is_where_trust_ends(corrected: int, is_held_back: bool) -> None:
    newer = payload(*closes(*[11] * corrected, *[10] * (20 - corrected)))

    if is_held_back:
        with pytest.raises(PayloadQuarantined, match="only 85%"):
            feed(payload(*closes(*[10] * 20)), newer)
    else:
        assert feed(payload(*closes(*[10] * 20)), newer).rows.height == 20


def test_a_corrected_close_of_a_young_listing_is_no_other_security() -> None:
    assert feed(payload(*closes(10, 20)), payload(*closes(10, 25))).rows["close"].to_list() == [10, 25]


def test_an_answer_without_one_good_row_leaves_the_history_alone() -> None:
    empty = payload(bar(close="0"), skip=1)

    assert feed(payload(*closes(10, 20)), empty).rows.is_empty()  # nothing to merge, so nothing is replaced


def test_a_first_answer_restates_nothing() -> None:
    assert feed(payload(*closes(10, 20))).restatement is None


def test_an_equal_answer_with_a_new_week_restates_nothing() -> None:
    assert feed(payload(*closes(10, 20)), payload(*closes(10, 20, 30))).restatement is None


def test_a_split_restates_the_history_before_it() -> None:
    split = bar(open="15", high="15", low="15", close="15", adjusted_close="15")

    restatement = feed(payload(*closes(10, 20, 30)), payload(*halved(10, 20, 30), split)).restatement

    assert restatement is not None
    assert (restatement.cause, restatement.rows_changed) == ("split", 3)
    assert (restatement.first_week, restatement.last_week) == (date(2020, 1, 3), date(2020, 1, 17))
    assert (restatement.old_adjusted_close, restatement.new_adjusted_close) == (30, 15)


def test_a_dividend_restates_the_history_before_it() -> None:
    ex_week = bar(open="100", high="100", low="100", close="100", adjusted_close="100", dividend_amount="25")
    rescaled = [week | {"adjusted_close": "80"} for week in closes(100, 100)]

    restatement = feed(payload(*closes(100, 100)), payload(*rescaled, ex_week)).restatement

    assert restatement is not None
    assert (restatement.cause, restatement.rows_changed) == ("dividend", 2)


def test_a_changed_volume_is_a_correction_of_its_week_alone() -> None:
    first, second = closes(10, 20)

    restatement = feed(payload(first, second), payload(first, second | {"volume": "7"})).restatement

    assert restatement is not None
    assert (restatement.cause, restatement.rows_changed) == ("correction", 1)
    assert restatement.old_adjusted_close == restatement.new_adjusted_close == Decimal(20)
