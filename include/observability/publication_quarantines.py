"""Reads `ops.quarantines`: the symbols that the newest publication left as they were. dbt writes them, within it."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import psycopg

SHOWN_SYMBOLS = 20
# What readers see of a quarantined symbol, by `published_rows`.
EFFECTS = {
    "kept": "left as published",
    "removed": "removed from gold, because a full rebuild does not mix two formulas",
    "none": "left out of gold, which held no row of theirs",
}


@dataclass(frozen=True)
class QuarantinedSymbol:
    """A symbol whose computed rows break a row rule of gold.

    Shape:  `week_ending` is None where the rule is about the company; `published_rows` is a key of EFFECTS.
    """

    symbol: str
    rule: str
    week_ending: date | None
    value: str | None
    bound: str | None
    way_out: str
    published_rows: str

    def __str__(self) -> str:
        week = f" in the week ending {self.week_ending}" if self.week_ending else ""
        return f"{self.symbol}: {self.rule}{week}, found {self.value}, allowed {self.bound}; way out: {self.way_out}"


@dataclass(frozen=True)
class QuarantineReport:
    """What a publication left out, in words: `error` of symbols that are asked for, `warning` of others, or None."""

    error: str | None = None
    warning: str | None = None


def report_quarantines(connection: psycopg.Connection, asked: Collection[str]) -> QuarantineReport:
    """Say what the newest publication left out; of a symbol that nobody asks for no payload can mend it any more."""
    quarantined = read_quarantined_symbols(connection)
    others = [symbol for symbol in quarantined if symbol.symbol not in asked]
    return QuarantineReport(
        error=say_what_is_quarantined([symbol for symbol in quarantined if symbol.symbol in asked]),
        warning=_say_that_nobody_asks(others) if others else None,
    )


def read_quarantined_symbols(connection: psycopg.Connection) -> list[QuarantinedSymbol]:
    """What is quarantined by the publication now, by symbol; none in a warehouse that was never published."""
    rows = connection.execute(
        """
        select symbol, rule, week_ending, value, bound, way_out, published_rows
        from ops.quarantines where place = 'publication' and ended_at is null order by symbol
        """
    ).fetchall()
    return [QuarantinedSymbol(*row) for row in rows]


def say_what_is_quarantined(quarantined: Sequence[QuarantinedSymbol]) -> str | None:
    """The report of a publication that left symbols out; None where it left out none."""
    if not quarantined:
        return None
    shown = "; ".join(map(str, quarantined[:SHOWN_SYMBOLS]))
    more = len(quarantined) - SHOWN_SYMBOLS
    rest = f"; and {more} more: select * from ops.quarantines where ended_at is null" if more > 0 else ""
    return f"{_say_what_readers_see(quarantined)}; the others were published. {shown}{rest}"


def _say_that_nobody_asks(quarantined: Sequence[QuarantinedSymbol]) -> str:
    shown = ", ".join(symbol.symbol for symbol in quarantined[:SHOWN_SYMBOLS])
    more = ", …" if len(quarantined) > SHOWN_SYMBOLS else ""
    return f"{_say_what_readers_see(quarantined)}; STOCK_SYMBOLS does not name {shown}{more}"


def _say_what_readers_see(quarantined: Sequence[QuarantinedSymbol]) -> str:
    counts = Counter(symbol.published_rows for symbol in quarantined)
    present = [(counts[kind], effect) for kind, effect in EFFECTS.items() if counts[kind]]
    return ", ".join(f"{count} {'symbol was' if count == 1 else 'symbols were'} {effect}" for count, effect in present)
