"""Which errors are worth another try, and when."""

from datetime import timedelta

import pytest
from airflow.sdk import RetryDecision
from airflow.sdk.definitions.retry_policy import RetryAction

from include import errors
from include.orchestration.retries import LONGEST_BACKOFF_SECONDS, TRIES, RetryTransientErrors


def decide(error: BaseException, try_number: int = 1) -> RetryDecision:
    return RetryTransientErrors().evaluate(error, try_number, max_tries=500)


@pytest.mark.parametrize(
    "error",
    [
        errors.InvalidCall("unknown symbol"),
        errors.InvalidApiKey("no key"),
        errors.PremiumEndpoint("premium"),
        errors.EmptyResponse("{}"),
        errors.WrongSymbol("IBM for AAPL"),
        errors.ContractError("a field is missing"),
        errors.ObjectMissing("gone"),
        errors.ObjectCorrupt("hash"),
        errors.PayloadQuarantined("another security"),
        errors.SettingsError("DB_URL"),
        errors.MarketMismatch("sample and live"),
        errors.TickersFailed("NOSUCH"),
        errors.SymbolsQuarantined("VIX"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_no_retry_can_mend_fails_at_once(error: errors.StocklakeError) -> None:
    assert decide(error).action is RetryAction.FAIL


@pytest.mark.parametrize("error", [errors.Throttled("slow", retry_after=12), errors.UnknownNotice("?", retry_after=12)])
def test_a_throttled_call_comes_back_when_it_may(error: errors.Throttled) -> None:
    decision = decide(error)

    assert decision.action is RetryAction.RETRY
    assert decision.retry_delay is not None
    assert timedelta(seconds=12) <= decision.retry_delay <= timedelta(seconds=13)


def test_waiting_for_its_turn_never_counts_as_failing() -> None:
    assert decide(errors.Throttled("slow"), try_number=100).action is RetryAction.RETRY


@pytest.mark.parametrize("error", [errors.NetworkFault("hung up"), errors.MalformedResponse("<html>")])
def test_a_fault_of_the_network_backs_off(error: errors.SourceError) -> None:
    delays = [decide(error, try_number).retry_delay for try_number in range(1, TRIES)]
    seconds = [delay.total_seconds() for delay in delays if delay]

    assert len(seconds) == TRIES - 1
    assert seconds == sorted(seconds)
    assert 2.5 <= seconds[0] <= 5
    assert seconds[-1] <= LONGEST_BACKOFF_SECONDS


def test_a_bug_fails_in_the_end() -> None:
    assert decide(RuntimeError("a bug"), try_number=TRIES).action is RetryAction.FAIL


def test_waiting_for_a_free_moment_uses_up_no_try_of_a_network_fault() -> None:
    assert decide(errors.NetworkFault("hung up"), try_number=TRIES + 100).action is RetryAction.RETRY


def test_what_nobody_foresaw_is_left_to_airflow() -> None:
    assert decide(RuntimeError("a bug")).action is RetryAction.DEFAULT
