"""What a reading role changed of itself, undone before each publication.

Any role may set its own password and defaults, and give away what it was granted on tables that are still to come. So
whoever has the password of `analyst` could lock everybody else out.
"""

from collections.abc import Iterator

import psycopg
import structlog
from psycopg import sql
from psycopg.conninfo import make_conninfo

from include.settings import Settings
from include.warehouse.connection import connect
from include.warehouse.readers import ANALYST, DEFAULTS, READER, READERS, SCHEMAS, set_password

log = structlog.get_logger(__name__)


def restore_readers(settings: Settings) -> list[str]:
    """Undo what the reading roles changed of themselves; it never raises.

    On a Postgres that is not the stack's own, their passwords and defaults are left to its administrator.
    Shape:  -> what was undone, in words; nothing is written where nothing differs.
    """
    try:
        undone = _restore(settings)
    except psycopg.Error as error:  # for example while a role changes itself at the same moment
        log.warning("restore_readers", error=str(error).strip())
        return []
    if undone:
        log.warning("restore_readers", undone=undone)
    return undone


def _restore(settings: Settings) -> list[str]:
    warehouse = settings.warehouse
    passwords = {ANALYST: warehouse.analyst_password, READER: warehouse.reader_password}
    with connect(warehouse.url) as connection:
        connection.autocommit = True
        undone = list(_restore_grants(connection))
        if warehouse.is_embedded:
            undone += _restore_defaults(connection)
            for role, secret in passwords.items():
                password = secret.get_secret_value()
                if not _opens(make_conninfo(warehouse.url, user=role, password=password)):
                    set_password(connection, role, password)
                    undone.append(f"the password of {role}")
    return undone


def _restore_grants(connection: psycopg.Connection) -> Iterator[str]:
    # With `drop owned by` a reader takes from itself whatever was granted on tables that are still to come.
    rows = connection.execute(
        """
        select role, schema from unnest(%s::text[]) as role cross join unnest(%s::text[]) as schema
        where not has_schema_privilege(role, schema, 'usage') or not exists (
            select from pg_default_acl cross join aclexplode(defaclacl) as granted
            where defaclrole = current_user::regrole and defaclnamespace = schema::regnamespace
            and defaclobjtype = 'r' and granted.grantee = role::regrole and granted.privilege_type = 'SELECT'
        )
        """,
        (list(READERS), list(SCHEMAS)),
    ).fetchall()
    for role, schema in rows:
        for statement in (
            "grant usage on schema {schema} to {role}",
            "grant select on all tables in schema {schema} to {role}",
            "alter default privileges in schema {schema} grant select on tables to {role}",
        ):
            connection.execute(sql.SQL(statement).format(schema=sql.Identifier(schema), role=sql.Identifier(role)))
        yield f"what {role} may read in {schema}"


def _restore_defaults(connection: psycopg.Connection) -> Iterator[str]:
    found = _read_defaults(connection)
    expected: dict[tuple[str, str | None, str], str] = {
        (role, None, setting): value for role in READERS for setting, value in DEFAULTS.items()
    }
    for role, database, setting in (key for key, value in found.items() if value != expected.get(key)):
        where = sql.SQL("in database {} ").format(sql.Identifier(database)) if database else sql.SQL("")
        reset = sql.SQL("alter role {} {}reset {}").format(sql.Identifier(role), where, sql.Identifier(setting))
        try:
            connection.execute(reset)
        except psycopg.errors.FeatureNotSupported:
            continue  # `seed` cannot be reset, and does no harm
        yield f"{setting} of {role}"
    for (role, _, setting), value in expected.items() - found.items():
        statement = sql.SQL("alter role {} set {} = {}")
        connection.execute(statement.format(sql.Identifier(role), sql.Identifier(setting), sql.Literal(value)))


def _read_defaults(connection: psycopg.Connection) -> dict[tuple[str, str | None, str], str]:
    # Those that any role may change; the others are the administrator's. Postgres lists a few (role, seed) nowhere.
    rows = connection.execute(
        """
        select rolname, datname, split_part(assigned, '=', 1), substr(assigned, strpos(assigned, '=') + 1)
        from pg_db_role_setting
        join pg_roles on pg_roles.oid = setrole
        left join pg_database on pg_database.oid = setdatabase
        cross join unnest(setconfig) as assigned
        left join pg_settings on lower(name) = lower(split_part(assigned, '=', 1))
        where rolname = any(%s) and coalesce(context, 'user') = 'user'
        """,
        (list(READERS),),
    ).fetchall()
    return {(role, database, setting): value for role, database, setting, value in rows}


def _opens(address: str) -> bool:
    try:
        connect(address).close()
    except psycopg.OperationalError as error:
        return "password authentication failed" not in str(error)  # too many connections come after the password
    return True
