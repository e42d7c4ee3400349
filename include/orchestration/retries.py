"""When a task is tried again."""

import random
from datetime import timedelta
from typing import TYPE_CHECKING

from airflow.sdk import RetryDecision, RetryPolicy

from include.errors import Retry, StocklakeError, Throttled

if TYPE_CHECKING:
    from airflow.sdk import Context

TRIES = 5
FIRST_BACKOFF_SECONDS = 5.0
LONGEST_BACKOFF_SECONDS = 300.0
# Waits for the rate limit count as Airflow retries, so many are allowed: a ticker may queue behind hundreds.
RETRIES_OF_A_PACED_CALL = 500


class RetryTransientErrors(RetryPolicy):
    """Decides from the exception whether another try can help, and when; of what nobody foresaw Airflow says when."""

    def __init__(self, tries: int = TRIES) -> None:
        self.tries = tries

    def evaluate(
        self, exception: BaseException, try_number: int, max_tries: int, context: "Context | None" = None
    ) -> RetryDecision:
        """Decide by what the error says of itself; the reason is shown in the task's log."""
        del max_tries, context
        kind = type(exception).__name__
        # Bad responses of the source need no limit here: `steps.fetch` stops after three calls per ticker and run.
        match exception.retry if isinstance(exception, StocklakeError) else Retry.A_FEW_TIMES:
            case Retry.NEVER:
                return RetryDecision.fail(reason=f"{kind}: no retry can mend this")
            case Retry.WHEN_ALLOWED:
                return RetryDecision.retry(delay=_until_allowed(exception), reason=f"{kind}: back when it is allowed")
            case Retry.BACKING_OFF:
                return RetryDecision.retry(delay=_backoff(try_number), reason=f"{kind}: backing off")
            case Retry.A_FEW_TIMES:
                if try_number >= self.tries:
                    return RetryDecision.fail(reason=f"{kind}: failed {try_number} times")
                return RetryDecision.default()


def _until_allowed(exception: BaseException) -> timedelta:
    seconds = exception.retry_after if isinstance(exception, Throttled) else 0.0
    return timedelta(seconds=seconds + random.uniform(0, 1))  # noqa: S311 - no secret


def _backoff(try_number: int) -> timedelta:
    # Jitter over the upper half: tickers that failed together do not come back together.
    longest = min(FIRST_BACKOFF_SECONDS * 2 ** (try_number - 1), LONGEST_BACKOFF_SECONDS)
    return timedelta(seconds=random.uniform(longest / 2, longest))  # noqa: S311 - no secret
