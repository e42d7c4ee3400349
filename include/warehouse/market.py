"""Which market the warehouse holds, sample or live: a row of `ops.market`, written once."""

import psycopg

from include.errors import MarketMismatch


def claim_warehouse(connection: psycopg.Connection, *, is_sample: bool) -> None:
    """Write down which market the warehouse holds, once and for all.

    Raises: MarketMismatch when it already holds the other one.
    """
    connection.execute("insert into ops.market (is_sample) values (%s) on conflict do nothing", (is_sample,))
    row = connection.execute("select is_sample from ops.market").fetchone()
    if row is not None and row[0] != is_sample:
        held, wanted = ("sample", "live") if row[0] else ("live", "sample")
        raise MarketMismatch(
            f"the warehouse holds the {held} market, the settings ask for the {wanted} one; the two never share tables."
            " Give the other one a STOCKLAKE_HOME (or DB_URL and BRONZE_BUCKET) of its own, or start anew: `make clean`"
        )
