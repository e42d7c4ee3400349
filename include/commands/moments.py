"""Reads the day or moment that a user writes for a command."""

from datetime import UTC, datetime, time

from include.errors import SettingsError


def parse_moment(text: str, *, of_day: time = time.max) -> datetime:
    """A moment, UTC where it names no zone; a day means its end, or the time given.

    Raises: SettingsError when the text is neither.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise SettingsError(f"{text!r} is no day or moment; write for example 2024-04-15") from None
    is_day = len(text) <= len("2024-04-15")
    moment = datetime.combine(moment, of_day) if is_day else moment
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
