"""Bring the warehouse's tables to the newest version with Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from include.errors import SettingsError
from include.settings import get_settings
from include.warehouse.connection import connect
from include.warehouse.roles import READER

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(url: str | None = None) -> None:
    """Run every migration the warehouse has not seen; safe to run again, and by several at once.

    Raises: SettingsError when the role `analyst` does not exist, as on a Postgres that is not the embedded one.
    """
    target = url or get_settings().warehouse_url
    _check_reader_exists(target)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    _, _, address = target.partition("://")  # postgresql:// or postgres://
    config.attributes["url"] = f"postgresql+psycopg://{address}"
    command.upgrade(config, "head")


def _check_reader_exists(url: str) -> None:
    with connect(url) as connection:
        if connection.execute("select from pg_roles where rolname = %s", (READER,)).fetchone() is None:
            raise SettingsError(
                f"the Postgres of DB_URL has no role {READER}; its administrator makes it: create role {READER} login"
            )
