"""The one way into the warehouse."""

import psycopg

from include.settings import get_settings

CONNECT_TIMEOUT_SECONDS = 10


def connect(url: str | None = None) -> psycopg.Connection:
    """Open the warehouse as its owner, or as whom `url` names; times are UTC.

    Raises: psycopg.OperationalError when Postgres does not answer in time.
    """
    return psycopg.connect(
        url or get_settings().warehouse.url,
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        options="-c timezone=UTC",
        application_name="stocklake",
    )
