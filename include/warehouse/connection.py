"""The one way into the warehouse."""

import psycopg

from include.settings import conninfo_of, get_settings

CONNECT_TIMEOUT_SECONDS = 10


def connect(url: str | None = None) -> psycopg.Connection:
    """Open the warehouse as its owner, or as whom `url` names, and as that says; times are UTC.

    Raises: psycopg.OperationalError when Postgres does not answer in time.
    """
    conninfo = conninfo_of(
        url or get_settings().warehouse.url,
        connect_timeout=str(CONNECT_TIMEOUT_SECONDS),
        options="-c timezone=UTC",
        application_name="stocklake",
    )
    return psycopg.connect(conninfo)
