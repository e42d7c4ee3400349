"""Which market a lakehouse holds, sample or live: its bucket and its warehouse must both agree with the settings."""

import psycopg

from include.bronze.store import BronzeStore, open_store
from include.errors import MarketMismatch
from include.settings import get_settings
from include.warehouse.market import claim_warehouse

MARK = "bronze/decisions/market="


def claim_market(connection: psycopg.Connection) -> None:
    """Write down in the bucket and in the warehouse which market they hold, or see that it is the one written there.

    Raises: MarketMismatch.
    """
    is_sample = get_settings().source.is_sample
    open_store().ensure_bucket()
    claim_bucket(open_store(), is_sample=is_sample)
    claim_warehouse(connection, is_sample=is_sample)


def claim_bucket(store: BronzeStore, *, is_sample: bool) -> None:
    """Write down which market the lake holds, once and for all.

    Raises: MarketMismatch when it already holds the other one.
    """
    wanted, other = ("sample", "live") if is_sample else ("live", "sample")
    held = set(store.list_names(MARK))
    if f"{MARK}{other}" in held:
        raise MarketMismatch(
            f"the bucket holds the {other} market, the settings ask for the {wanted} one; the two never share a lake."
            " Give this one a BRONZE_BUCKET (or STOCKLAKE_HOME) of its own"
        )
    if not held:
        store.write_mark(f"{MARK}{wanted}")
