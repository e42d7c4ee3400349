"""Where a payload lies in the lake: pure functions between facts and object keys.

    bronze/<source>/function=<FUNCTION>/symbol=<SYMBOL>/fetched_at=<UTC basic ISO>_<sha256 first 12>.json.gz

Keys of one series sort by the moment they were fetched, so "newest" and "as of" are questions to the key alone. Beside
the payloads lie the decisions of people (`decisions.py`).
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, unquote

from include.errors import ObjectCorrupt
from include.sources import ALPHA_VANTAGE

HASH_LENGTH = 12
TIME_PATTERN = r"\d{8}T\d{6}\.\d{6}Z"
_TIME_FORMAT = "%Y%m%dT%H%M%S.%fZ"
_KEY = re.compile(
    r"bronze/(?P<source>[a-z0-9_]+)/function=(?P<function>[^/]+)/symbol=(?P<symbol>[^/]+)/"
    rf"fetched_at=(?P<fetched_at>{TIME_PATTERN})_(?P<sha>[0-9a-f]{{{HASH_LENGTH}}})\.json\.gz"
)


@dataclass(frozen=True, order=True)
class BronzeKey:
    """One object of the lake. Sorts by function, symbol and the moment of fetching."""

    function: str
    symbol: str
    fetched_at: datetime
    sha: str
    source: str = ALPHA_VANTAGE

    def __str__(self) -> str:
        moment = format_time(self.fetched_at)
        return f"{series_prefix(self.source, self.function, self.symbol)}fetched_at={moment}_{self.sha}.json.gz"


def series_prefix(source: str, function: str, symbol: str | None = None) -> str:
    """The prefix of every object of a function, or of one series of it.

    A symbol is text from outside: what is not a letter, digit, dot, dash or underscore is percent-encoded.
    """
    prefix = f"bronze/{source}/function={function}/"
    return prefix if symbol is None else f"{prefix}symbol={quote(symbol, safe='')}/"


def parse_key(key: str) -> BronzeKey:
    """Read the facts back out of a key.

    Raises: ObjectCorrupt when the key is none of ours.
    """
    match = _KEY.fullmatch(key)
    try:
        if match is None:
            raise ValueError("the parts are not there")
        fetched_at = parse_time(match["fetched_at"])
    except ValueError as error:
        form = "bronze/<source>/function=…/symbol=…/fetched_at=…_<sha>.json.gz"
        raise ObjectCorrupt(f"{key}: not a key of the form {form} ({error})") from None
    return BronzeKey(match["function"], unquote(match["symbol"]), fetched_at, match["sha"], match["source"])


def format_time(moment: datetime) -> str:
    """A moment as keys write it, UTC to the microsecond; such texts sort by time."""
    return moment.astimezone(UTC).strftime(_TIME_FORMAT)


def parse_time(text: str) -> datetime:
    """The moment that `format_time` wrote.

    Raises: ValueError when the text is none.
    """
    return datetime.strptime(text, _TIME_FORMAT).replace(tzinfo=UTC)


def short_hash(body: bytes) -> str:
    """The part of the body's sha256 that its key carries."""
    return hashlib.sha256(body).hexdigest()[:HASH_LENGTH]
