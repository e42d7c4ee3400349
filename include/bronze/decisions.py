"""What people decided about the lake. It lies beside the answers, so that the lake alone rebuilds the same silver.

    bronze/decisions/market=<sample or live>
    bronze/decisions/new_history/symbol=<SYMBOL>/decided_at=<UTC basic ISO>_since=<UTC basic ISO>

The keys say everything; the objects are empty.
"""

import re
from datetime import datetime
from urllib.parse import quote, unquote

from include.bronze.keys import TIME_PATTERN, format_time, parse_time
from include.bronze.store import BronzeStore
from include.errors import MarketMismatch, ObjectCorrupt

ROOT = "bronze/decisions/"
MARKET = f"{ROOT}market="
NEW_HISTORY = f"{ROOT}new_history/symbol="
_NEW_HISTORY_KEY = re.compile(
    rf"{NEW_HISTORY}(?P<symbol>[^/]+)/decided_at=(?P<decided_at>{TIME_PATTERN})_since=(?P<since>{TIME_PATTERN})"
)


def claim_market(store: BronzeStore, *, is_sample: bool) -> None:
    """Write down which market the lake holds, once and for all.

    Raises: MarketMismatch when it already holds the other one.
    """
    asked, other = ("sample", "live") if is_sample else ("live", "sample")
    held = set(store.list_marks(MARKET))
    if f"{MARKET}{other}" in held:
        raise MarketMismatch(
            f"the bucket holds the {other} market, the settings ask for the {asked} one; the two never share a lake."
            " Give this one a BRONZE_BUCKET (or STOCKLAKE_HOME) of its own"
        )
    if not held:
        store.write_mark(f"{MARKET}{asked}")


def begin_history(store: BronzeStore, symbol: str, *, since: datetime, decided_at: datetime) -> None:
    """Decide that what was fetched before a moment belongs to another security that had the ticker then.

    The answers stay in the lake; silver no longer takes them in. A later decision overrules this one.
    """
    times = f"decided_at={format_time(decided_at)}_since={format_time(since)}"
    store.write_mark(f"{NEW_HISTORY}{quote(symbol, safe='')}/{times}")


def read_beginnings(store: BronzeStore) -> dict[str, datetime]:
    """By symbol, since when its answers belong to the security that has the ticker now."""
    beginnings = {}
    for key in sorted(store.list_marks(NEW_HISTORY)):  # of each symbol, the newest decision comes last
        match = _NEW_HISTORY_KEY.fullmatch(key)
        if match is None:
            raise ObjectCorrupt(f"{key}: not a key of the form {NEW_HISTORY}…/decided_at=…_since=…")
        beginnings[unquote(match["symbol"])] = parse_time(match["since"])
    return beginnings
