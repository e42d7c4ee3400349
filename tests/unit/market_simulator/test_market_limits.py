"""A free key's limits, by the market's clock and by real seconds."""

from datetime import UTC, datetime, timedelta

from include.market_simulator.limits import Limits

NOON = datetime(2013, 3, 2, 12, tzinfo=UTC)


def test_no_limit_refuses_nothing():
    limits = Limits()

    assert [limits.refusal(NOON) for _ in range(100)] == [None] * 100


def test_credits_come_back_after_24_hours_of_the_markets_clock():
    limits = Limits(requests_per_day=2)

    assert [limits.refusal(NOON) for _ in range(3)] == [None, None, "quota_spent"]
    assert limits.refusal(NOON + timedelta(hours=23)) == "quota_spent"
    assert limits.refusal(NOON + timedelta(hours=24)) is None


def test_two_requests_within_the_interval_are_too_fast():
    seconds = iter([10.0, 10.0, 10.5, 11.0, 11.0])
    limits = Limits(min_interval=1.0, monotonic=lambda: next(seconds))

    assert limits.refusal(NOON) is None
    assert limits.refusal(NOON) == "throttle_per_second"
    assert limits.refusal(NOON) is None
