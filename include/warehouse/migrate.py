"""Bring the warehouse's tables to the newest version with Alembic."""

from functools import partial
from pathlib import Path

import structlog
from alembic import command
from alembic.config import Config

from include.errors import SettingsError
from include.settings import get_settings
from include.warehouse.blockers import PATIENCE, Patience, readers_give_way
from include.warehouse.connection import connect
from include.warehouse.readers import READERS, missing_statements

MIGRATIONS = Path(__file__).parent / "migrations"

log = structlog.get_logger(__name__)


def migrate(url: str | None = None, patience: Patience = PATIENCE) -> None:
    """Run every migration the warehouse has not seen; safe to run again, and by several at once.

    Readers that keep it waiting longer than `patience` allows are ended.

    Raises: SettingsError when a reading role does not exist, as on a Postgres that is not the stack's own.
    """
    target = url or get_settings().warehouse.url
    _check_readers_exist(target)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connect"] = partial(connect, target)
    with readers_give_way(target, patience):
        command.upgrade(config, "head")


def _check_readers_exist(url: str) -> None:
    with connect(url) as connection:
        found = connection.execute("select rolname from pg_roles where rolname = any(%s)", (list(READERS),)).fetchall()
        missing = [f"create role {role} login" for role in READERS if (role,) not in found]
        if missing:
            raise SettingsError(
                f"the Postgres of DB_URL lacks roles that read it; its administrator makes them: {'; '.join(missing)}"
            )
        if statements := missing_statements(connection):
            log.warning(
                "readers can keep a publication waiting, or fill the server, until its administrator says",
                statements="; ".join(statements),
            )
