"""Numbers, dates and markets as people read them."""

from datetime import date, datetime

MISSING = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"


def percent(value: float | None, *, is_signed: bool = True) -> str:
    """12.345 -> '+12.3 %', with a real minus sign."""
    if value is None:
        return MISSING
    return f"{value:{'+z' if is_signed else 'z'}.1f} %".replace("-", MINUS)


def count(value: int, one: str, many: str | None = None) -> str:
    """1234, 'week' -> '1,234 weeks'."""
    return f"{value:,} {one if value == 1 else many or one + 's'}"


def leading(shown: int, most: int, rank: str) -> str:
    """5, 20, 'fastest' -> '5 stocks, fastest first'; 20, 20, 'fastest' -> 'the 20 fastest stocks'."""
    return f"the {most:,} {rank} stocks" if shown >= most > 1 else f"{count(shown, 'stock')}, {rank} first"


def number(value: float | None, digits: int = 2, *, is_signed: bool = False) -> str:
    """1234.5 -> '1,234.50'."""
    return MISSING if value is None else f"{value:{'+' if is_signed else ''}z,.{digits}f}".replace("-", MINUS)


def short(value: float | None) -> str:
    """1.23e9 -> '1.2 billion'."""
    if value is None:
        return MISSING
    for size, word in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if abs(value) >= size:
            return f"{value / size:,.1f} {word}"
    return f"{value:,.0f}"


def day(value: date | None) -> str:
    """2013-03-01 -> '1 March 2013'."""
    return MISSING if value is None else f"{value.day} {value:%B %Y}"


def short_day(value: date | None) -> str:
    """2013-03-01 -> '1 Mar 2013'."""
    return MISSING if value is None else f"{value.day} {value:%b %Y}"


def moment(value: datetime) -> str:
    """'20 November 2026, 10:01 UTC'; the value is in UTC."""
    return f"{day(value)}, {value:%H:%M} UTC"


def listed(words: list[str]) -> str:
    """['A', 'B', 'C'] -> 'A, B and C'."""
    return " and ".join(", ".join(words).rsplit(", ", 1))


def stock(symbol: str, name: str | None) -> str:
    """'AAPL', 'Apple Inc.' -> 'AAPL · Apple Inc.'; the symbol alone where nobody told the name."""
    return f"{symbol} · {name}" if name else symbol


def market(*, is_sample: bool) -> str:
    """Which market the prices are of, in the words of every page."""
    return "sample market, 2000 to 2013" if is_sample else "live market, Alpha Vantage"
