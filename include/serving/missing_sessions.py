"""What brings the sessions that a published daily series lacks: as a run would find it that began now."""

from datetime import datetime

import polars as pl
import psycopg

from include.serving.coming_days import CONNECT_SECONDS
from include.settings import Settings, conninfo_of
from include.silver import missing_sessions
from include.silver.datasets.daily_prices import ALL_DAYS
from include.silver.datasets.daily_prices import DATASET as DAILY


def explain_gaps(settings: Settings, gaps: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """Say of each gap what brings its sessions, by the market's clock.

    Shape:  gaps (n, any): symbol, first_session, last_session -> the same with `brought_by`.
    Raises: psycopg.OperationalError when the warehouse does not answer.
    """
    with psycopg.connect(conninfo_of(settings.warehouse.reader_url, connect_timeout=CONNECT_SECONDS)) as connection:
        return missing_sessions.explain_gaps(connection, DAILY, ALL_DAYS, gaps, now)
