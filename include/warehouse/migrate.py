"""Bring the warehouse's tables to the newest version with Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from include.settings import get_settings

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(url: str | None = None) -> None:
    """Run every migration the warehouse has not seen; safe to run again, and by several at once.

    Raises: sqlalchemy.exc.ProgrammingError when the role `analyst` does not exist yet.
    """
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    _, _, address = (url or get_settings().warehouse_url).partition("://")  # postgresql:// or postgres://
    config.attributes["url"] = f"postgresql+psycopg://{address}"
    command.upgrade(config, "head")
