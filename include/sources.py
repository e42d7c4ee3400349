"""What a source of payloads is, whoever it is: the functions it is asked for, and how a payload is fetched.

`include/alpha_vantage` is one. Another implements `Source` in a package of its own, and datasets name it.
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any, Protocol

ALPHA_VANTAGE = "alpha_vantage"  # the name of a source in the lake and the ledgers, and of the pool of its calls


LISTED_WITHIN = timedelta(days=7)  # of an action: a list that much younger than a week without it says that none was


class Cadence(Enum):
    """When the source can know more of a series than before."""

    WEEK = "when a week of its exchange has closed"
    SESSION = "when a session of its exchange has closed"
    MONTH = "when 30 days have passed"
    ACTION = "when an action is new or doubted, 30 days after the last look; else when 92 days have passed"


@dataclass(frozen=True)
class SourceFunction:
    """What a source is asked for, by its name in the URL, in the object keys and in the ledgers.

    No two sources have a function of one name: the ledgers and silver know a payload by it.
    """

    name: str
    changes_with: Cadence

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class CallBudget:
    """How many calls a source allows; `ops.api_calls` counts them by the source's name."""

    source: str
    calls_per_minute: int
    calls_per_day: int


class SourceClient(Protocol):
    """A connection to a source."""

    def fetch(self, function: Any, symbol: str) -> bytes:
        """Call one of the source's own functions once and return the payload, checked to be the data asked for.

        Raises: SourceError, whose text holds no secret.
        """


class Source(Protocol):
    """A place that payloads come from; `name` is its folder in the lake."""

    name: str

    def open(self) -> AbstractContextManager[SourceClient]:
        """Connect with the settings of now."""

    def budget(self) -> CallBudget:
        """What the settings of now allow."""
