"""Numbers and dates as people read them."""

from datetime import date, datetime

MISSING = "\N{EN DASH}"


def percent(value: float | None, *, is_signed: bool = True) -> str:
    """12.345 -> '+12.3 %', with a real minus sign."""
    if value is None:
        return MISSING
    return f"{value:{'+' if is_signed else ''}.1f} %".replace("-", "\N{MINUS SIGN}")


def day(value: date | None) -> str:
    """2013-03-01 -> '1 March 2013'."""
    return MISSING if value is None else f"{value.day} {value:%B %Y}"


def moment(value: datetime) -> str:
    """'20 November 2026, 10:01 UTC'; the value is in UTC."""
    return f"{day(value)}, {value:%H:%M} UTC"


def listed(words: list[str]) -> str:
    """['A', 'B', 'C'] -> 'A, B and C'."""
    return " and ".join(", ".join(words).rsplit(", ", 1))
