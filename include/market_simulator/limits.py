"""The limits of a free key, for tests that want the market to have them."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

DAY: Final = timedelta(days=1)


@dataclass
class Limits:
    """Requests per 24 hours of the market's clock, and seconds of real time between two; None is no limit.

    Kept in memory: a restart forgets what was spent.
    """

    requests_per_day: int | None = None
    min_interval: float | None = None
    monotonic: Callable[[], float] = time.monotonic
    _spent: deque[datetime] = field(default_factory=deque)
    _last_passed: float = float("-inf")

    def refusal(self, market_now: datetime) -> str | None:
        """The name of the reply that refuses a request now; None spends a credit and lets it pass."""
        if self.min_interval is not None and self.monotonic() - self._last_passed < self.min_interval:
            return "throttle_per_second"
        while self._spent and self._spent[0] <= market_now - DAY:
            self._spent.popleft()
        if self.requests_per_day is not None:
            if len(self._spent) >= self.requests_per_day:
                return "quota_spent"
            self._spent.append(market_now)
        self._last_passed = self.monotonic()
        return None
