"""Which market this lakehouse holds, sample or live: its tables and its lake must both agree with the settings."""

import psycopg

from include.bronze import decisions
from include.bronze.store import open_store
from include.observability import runs
from include.settings import get_settings


def claim_market(connection: psycopg.Connection) -> None:
    """Write it down in the bucket and in the warehouse, or see that it is the one written there.

    Raises: MarketMismatch.
    """
    is_sample = get_settings().source.is_sample
    open_store().ensure_bucket()
    decisions.claim_market(open_store(), is_sample=is_sample)
    runs.claim_market(connection, is_sample=is_sample)
