"""The market's clock: it stands until it is moved."""

import json
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from include.errors import StackError

FIRST_NOW: Final = datetime(2013, 3, 2, 12, tzinfo=UTC)  # Saturday: the week that ends 2013-03-01 is complete
LATEST_NOW: Final = datetime(2100, 1, 1, tzinfo=UTC)
TICK: Final = timedelta(microseconds=1)
STANDS_WITHIN: Final = timedelta(minutes=1)
TICKS_PER_WRITE: Final = 10_000  # ticks are reserved on disk in blocks: a restart skips some and repeats none
NEW_YORK: Final = ZoneInfo("America/New_York")
CLOSING_BELL: Final = time(16)


class ClockError(ValueError):
    """The clock cannot be moved to that moment. The message is a sentence for the caller."""


class MarketClock:
    """A clock that ticks by microseconds within a minute after its set point, kept in `home/clock.json`."""

    def __init__(self, home: Path, first_now: datetime = FIRST_NOW) -> None:
        self._path = home / "clock.json"
        self._set_point, self._ticks = self._read(first_now)
        self._reserved_ticks = self._ticks
        self._write()

    @property
    def set_point(self) -> datetime:
        """The moment the clock was last set to."""
        return self._set_point

    @property
    def last_close(self) -> date:
        """The newest day whose closing bell has rung in New York, a trading day or not."""
        local = self._set_point.astimezone(NEW_YORK)
        return local.date() if local.time() >= CLOSING_BELL else local.date() - timedelta(days=1)

    def now(self) -> datetime:
        """The market's time: no two calls get the same instant, not even across a restart."""
        if self._ticks * TICK < STANDS_WITHIN:
            self._ticks += 1
        if self._ticks > self._reserved_ticks:
            self._write()
        return self._set_point + self._ticks * TICK

    def move(self, to: datetime) -> None:
        """Set the clock forward, by at least the minute within which it ticks.

        Raises: ClockError when that would repeat or turn back time, or lies beyond the year 2100.
        """
        if to < self._set_point + STANDS_WITHIN:
            raise ClockError(
                f"The clock stands at {as_text(self._set_point)} and moves only forward, by a minute or more; "
                f"{as_text(to)} is too early"
            )
        if to > LATEST_NOW:
            raise ClockError(f"{as_text(to)} is too late: this market ends at {as_text(LATEST_NOW)}")
        self._set_point, self._ticks = to, 0
        self._write()

    def _read(self, first_now: datetime) -> tuple[datetime, int]:
        if not self._path.exists():
            return first_now, 0
        try:
            kept = json.loads(self._path.read_text())
            return parse_moment(kept["set_point"]), int(kept["ticks"])
        except (ValueError, KeyError, TypeError) as error:
            raise StackError(
                f"The market's clock cannot be read: {self._path} ({error}); delete it to begin anew"
            ) from error

    def _write(self) -> None:
        self._reserved_ticks = self._ticks + TICKS_PER_WRITE
        kept = {"set_point": as_text(self._set_point), "ticks": self._reserved_ticks}
        unfinished = self._path.with_suffix(".tmp")
        unfinished.write_text(json.dumps(kept))
        unfinished.replace(self._path)


def parse_moment(text: object) -> datetime:
    """Read an ISO moment that names its offset from UTC.

    Raises: ClockError with a sentence for the caller.
    """
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        raise ClockError(f"{text!r} is no moment; write for example 2013-03-02T12:00:00Z") from None
    if moment.tzinfo is None:
        raise ClockError(f"{text!r} does not say its offset from UTC; write for example 2013-03-02T12:00:00Z")
    return moment.astimezone(UTC)


def as_text(moment: datetime) -> str:
    """An aware moment as ISO text in UTC, with microseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
