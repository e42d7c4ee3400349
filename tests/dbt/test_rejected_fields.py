"""Weeks with null fields, published: what is known is right, what is not known is null and harms no other figure."""

import itertools
import math
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.dbt.gold import Gold
from tests.dbt.weeks import Week, friday, series

WEEKS = range(70)
ODD = 60  # the week whose fields are null


def with_null(symbol: str, **changes: object) -> list[Week]:
    """Seventy quiet weeks of a stock, one of them with fields that could not be believed."""
    weeks = series(symbol, WEEKS)
    weeks[ODD] = replace(weeks[ODD], has_rejected_fields=True, **changes)  # type: ignore[arg-type]  # fields of Week
    return weeks


@pytest.fixture(scope="module")
def gold(new_gold: Callable[[], Gold]) -> Gold:
    """A stock for each field that may be null, and a sound one; all published at once."""
    warehouse = new_gold()
    sound = series("SOUND", WEEKS)
    warehouse.write(*sound)
    warehouse.write(*with_null("LOW", low=None))
    warehouse.write(*with_null("HIGH", high=None))
    warehouse.write(*with_null("OPEN", open=None))
    warehouse.write(*with_null("VOLUME", volume=None))
    adjusted = series("ADJUSTED", WEEKS)[ODD].adjusted_close
    warehouse.write(*with_null("ADJUSTED", adjusted_close=None, inferred_adjusted_close=adjusted))
    warehouse.write(*with_null("DIVIDEND", dividend_amount=None, dividend_per_share=None))
    warehouse.write(*with_null("HUGE", volume=Decimal("12345678901234567890.5")))
    *before, newest = series("NEWEST", WEEKS)
    warehouse.write(*before, replace(newest, low=None, has_rejected_fields=True))
    statuses = warehouse.publish()
    assert not {"fail", "error", "skipped"} & set(statuses.values()), statuses
    assert statuses["every_field_is_believed"] == "warn"
    return warehouse


SYMBOLS = ("LOW", "HIGH", "OPEN", "VOLUME", "ADJUSTED", "DIVIDEND", "HUGE")


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_every_week_is_there_and_the_odd_one_is_flagged(gold: Gold, symbol: str):
    flags = dict(gold.facts(symbol, "week_ending", "has_rejected_fields"))

    assert len(flags) == len(WEEKS)
    assert [week for week, is_flagged in flags.items() if is_flagged] == [friday(ODD)]


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_no_return_is_lost_or_spans_more_than_a_week(gold: Gold, symbol: str):
    closes = [float(week.close) for week in series(symbol, WEEKS)]
    expected = [math.nan, *(100 * (close / before - 1) for before, close in itertools.pairwise(closes))]

    found = gold.facts(symbol, "coalesce(weekly_return_pct, 'NaN')", "weeks_spanned", "volatility_pct is not null")
    assert [row[0] for row in found] == pytest.approx(expected, rel=1e-9, nan_ok=True)
    assert [row[1] for row in found] == [None, *[1] * (len(WEEKS) - 1)]
    assert [row[2] for row in found] == [number >= 52 for number in WEEKS]


@pytest.mark.parametrize(
    ("symbol", "nulls"),
    [
        ("LOW", ["low_price", "adj_low_price", "range_pct"]),
        ("HIGH", ["high_price", "adj_high_price", "range_pct"]),
        ("OPEN", ["open_price", "adj_open_price"]),
        ("VOLUME", ["trade_volume", "adj_volume", "has_no_trades"]),
        ("ADJUSTED", ["adj_close_price", "adj_open_price", "adj_high_price", "adj_low_price"]),
        (
            "DIVIDEND",
            ["dividend_amount", "dividend_per_share", "special_dividend_per_share", "dividend_yield_pct"],
        ),
        ("HUGE", []),
    ],
)
def test_only_what_needs_the_field_is_null(gold: Gold, symbol: str, nulls: list[str]):
    query = "select to_jsonb(fact) from gold.fact_adjusted_prices as fact where symbol = '{}' and week_ending = '{}'"
    [(odd,)] = gold.execute(query.format(symbol, friday(ODD)))
    [(sound,)] = gold.execute(query.format("SOUND", friday(ODD)))

    assert isinstance(odd, dict)
    assert isinstance(sound, dict)
    assert sorted(name for name in odd if odd[name] is None and sound[name] is not None) == sorted(nulls)


@pytest.mark.parametrize("symbol", ["LOW", "HIGH"])
def test_of_a_week_without_a_high_or_low_the_close_counts_in_the_yearly_range(gold: Gold, symbol: str):
    weeks = series(symbol, WEEKS)
    lows = [week.close if symbol == "LOW" and week is weeks[ODD] else week.low for week in weeks[-52:]]
    highs = [week.close if symbol == "HIGH" and week is weeks[ODD] else week.high for week in weeks[-52:]]

    assert gold.facts(symbol, "low_52w", "high_52w")[-1] == (min(lows), max(highs))


def test_a_drawdown_without_an_adjusted_close_comes_from_the_inferred_one(gold: Gold):
    # The stock pays nothing, so its adjusted close is its close.
    closes = [float(week.close) for week in series("ADJUSTED", WEEKS)]
    expected = [100 * (close / max(closes[: number + 1]) - 1) for number, close in enumerate(closes)]

    assert [row[0] for row in gold.facts("ADJUSTED", "drawdown_pct")] == pytest.approx(expected, rel=1e-9)


def test_a_year_with_an_unknown_dividend_yields_nobody_knows_what(gold: Gold):
    yields = gold.facts("DIVIDEND", "dividend_yield_pct")

    assert [row[0] for row in yields[52:ODD]] == [0] * (ODD - 52)
    assert [row[0] for row in yields[ODD:]] == [None] * (len(WEEKS) - ODD)


def test_a_volume_of_any_size_is_exact(gold: Gold):
    assert gold.facts("HUGE", "trade_volume")[ODD] == (Decimal("12345678901234567890.5"),)


def test_an_unknown_volume_is_left_out_of_the_turnover(gold: Gold):
    known = [week for number, week in enumerate(series("VOLUME", WEEKS)) if number != ODD][-51:]

    turnover = sum(week.close * week.volume for week in known)
    assert gold.execute("select turnover_52w from gold.mart_latest_week where symbol = 'VOLUME'") == [(turnover,)]


def test_the_latest_week_carries_the_flag(gold: Gold):
    assert gold.execute("select symbol from gold.mart_latest_week where has_rejected_fields") == [("NEWEST",)]
