"""Lists of tickers that a person keeps in `watchlists.toml` in STOCKLAKE_HOME; what is wrong there is said in words."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from include.errors import SettingsError
from include.tickers import parse_symbols

NAME = "watchlists.toml"
TABLE = "watchlists"
AS_IN = 'Tech = ["AAPL", "MSFT"]'


@dataclass(frozen=True)
class Watchlists:
    """The lists by their names, and what is wrong with others; a fault in one list leaves the others readable."""

    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def read_watchlists(home: Path) -> Watchlists:
    """Read the file of this home; no lists where there is no file, faults in place of errors."""
    file = home / NAME
    try:
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return Watchlists()
    except UnicodeDecodeError as error:
        line = file.read_bytes()[: error.start].count(b"\n") + 1
        return Watchlists(faults=[f"{file}, line {line}: is no UTF-8"])
    except OSError as error:
        return Watchlists(faults=[f"{file} cannot be read: {error.strerror}"])
    return parse_watchlists(text, name=str(file))


def parse_watchlists(text: str, *, name: str) -> Watchlists:
    """Parse the text of the file that is called `name`; the tickers in capitals, each once."""
    try:
        tables = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return Watchlists(faults=[f"{name}: {error}"])
    given = tables.get(TABLE)
    if not isinstance(given, dict):
        return Watchlists(faults=[f"{name}: has no table [{TABLE}]; write [{TABLE}], and below it {AS_IN}"])
    found = Watchlists()
    for list_name, tickers in given.items():
        try:
            found.lists[list_name] = _symbols(tickers)
        except SettingsError as error:
            found.faults.append(f"{name}{_line_of(text, list_name)}: {list_name or 'a list'}: {error}")
    return found


def _symbols(tickers: object) -> tuple[str, ...]:
    if not isinstance(tickers, list) or not all(isinstance(ticker, str) for ticker in tickers):
        raise SettingsError(f"is no list of tickers; write for example {AS_IN}")
    symbols = tuple(dict.fromkeys(symbol for ticker in tickers for symbol in parse_symbols(ticker)))
    if not symbols:
        raise SettingsError("names no ticker")
    return symbols


def _line_of(text: str, list_name: str) -> str:
    # The parser does not say where a name stood.
    for number, line in enumerate(text.splitlines(), start=1):
        if line.partition("=")[0].strip().strip("\"'") == list_name:
            return f", line {number}"
    return ""
