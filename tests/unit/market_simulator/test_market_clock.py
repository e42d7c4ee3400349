"""The market's clock stands, ticks, moves forward and survives a restart."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from include.errors import StackError
from include.market_simulator.clock import ClockError, MarketClock, parse_moment

NOON = datetime(2013, 3, 2, 12, tzinfo=UTC)


def test_it_starts_on_the_saturday_after_the_last_week(tmp_path: Path):
    clock = MarketClock(tmp_path)

    assert clock.set_point == NOON
    assert clock.last_close == date(2013, 3, 1)


def test_no_two_looks_get_the_same_instant_within_a_minute(tmp_path: Path):
    clock = MarketClock(tmp_path)
    seen = [clock.now() for _ in range(30_000)]

    assert seen[0] == NOON + timedelta(microseconds=1)
    assert seen == sorted(set(seen))
    assert seen[-1] < NOON + timedelta(minutes=1)


def test_a_restart_goes_on_without_going_back(tmp_path: Path):
    last = [MarketClock(tmp_path).now() for _ in range(3)][-1]

    assert MarketClock(tmp_path).now() > last


def test_a_kept_clock_wins_over_the_first_value(tmp_path: Path):
    MarketClock(tmp_path).move(NOON + timedelta(days=7))

    assert MarketClock(tmp_path, NOON).set_point == NOON + timedelta(days=7)


@pytest.mark.parametrize("step", [timedelta(0), timedelta(seconds=59), timedelta(days=-1)])
def test_it_moves_forward_only(tmp_path: Path, step: timedelta):
    clock = MarketClock(tmp_path)

    with pytest.raises(ClockError, match="only forward"):
        clock.move(NOON + step)
    assert clock.set_point == NOON


def test_it_moves_by_a_minute(tmp_path: Path):
    clock = MarketClock(tmp_path)
    last = clock.now()
    clock.move(NOON + timedelta(minutes=1))

    assert clock.now() > last


def test_it_ends_somewhere(tmp_path: Path):
    with pytest.raises(ClockError, match="too late"):
        MarketClock(tmp_path).move(datetime(2100, 1, 2, tzinfo=UTC))


@pytest.mark.parametrize(
    ("moment", "last_close"),
    [
        ("2013-02-28T20:59:59Z", date(2013, 2, 27)),  # 15:59:59 in New York, winter
        ("2013-02-28T21:00:00Z", date(2013, 2, 28)),
        ("2012-07-02T20:00:00Z", date(2012, 7, 2)),  # 16:00 in New York, summer
        ("2012-07-03T02:00:00Z", date(2012, 7, 2)),  # still Monday evening there
    ],
)
def test_a_day_is_known_after_its_closing_bell_in_new_york(tmp_path: Path, moment: str, last_close: date):
    assert MarketClock(tmp_path, parse_moment(moment)).last_close == last_close


@pytest.mark.parametrize("text", ["", "tomorrow", "2013-03-04T12:00:00", None])
def test_a_moment_that_is_none_is_refused(text: object):
    with pytest.raises(ClockError, match="write for example"):
        parse_moment(text)


def test_a_broken_file_is_named(tmp_path: Path):
    (tmp_path / "clock.json").write_text("{")

    with pytest.raises(StackError, match=r"clock\.json"):
        MarketClock(tmp_path)
