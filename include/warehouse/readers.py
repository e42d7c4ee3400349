"""The two roles that read the warehouse and write nothing: `analyst` for people and their tools, `reader` for the
pages and the API, so that neither takes the other's connections.

What a role may do is for the administrator to say (`ensure_readers`); on a Postgres that is not the stack's own,
`.github/docs/settings.md` has the same statements. A role can change its own password and defaults, and Postgres has
no way to refuse that: `restore_readers.py` undoes it before each publication.
"""

import psycopg
from psycopg import sql

ANALYST, READER = "analyst", "reader"
# The dashboard reads over 8 connections at most; the embedded server has 120, of which Airflow may want 60.
CONNECTIONS = 20  # of each role at once
# By role, what the temporary files of one process may take: a window over all 13 million weeks of 10,000 tickers takes
# 0.4 GB, to sort 16 columns of them 2.2 GB. The pages sort a few thousand rows. If all used all they may at once, the
# disk would need 70 GB.
READERS = {ANALYST: "3GB", READER: "512MB"}
SCHEMAS = ("silver", "staging", "audit", "gold", "ops", "public")
# A courtesy that prevents mistakes: what holds are the grants, for any session can switch these off.
DEFAULTS = {"default_transaction_read_only": "on"}
CREATEROLE_IS_SAFE = 160_000  # in earlier versions such a role may change every role but a superuser


def ensure_readers(connection: psycopg.Connection, owner: str) -> None:
    """Give the reading roles their limits, and make them the owner's to end and to restore; as administrator."""
    for role in READERS:
        for statement in administrators_statements(role, owner).values():
            connection.execute(statement)
        connection.execute(sql.SQL("grant {} to {} with admin option").format(_name(role), _name(owner)))
    if connection.info.server_version >= CREATEROLE_IS_SAFE:
        # With the admin option above, this lets the owner restore the reading roles, and no other role.
        connection.execute(sql.SQL("alter role {} createrole").format(_name(owner)))


def missing_statements(connection: psycopg.Connection) -> list[str]:
    """What the administrator of a server has not said yet of the reading roles that exist there, as statements."""
    rows = connection.execute(
        """
        select rolname, unnest(array_remove(array[
            case when rolconnlimit < 0 then 'connections' end,
            case when not exists (
                select from pg_db_role_setting cross join unnest(setconfig) as setting
                where setrole = pg_roles.oid and setting like 'temp_file_limit=%%'
            ) then 'temporary files' end,
            case when not pg_has_role(current_user, oid, 'usage') then 'membership' end
        ], null))
        from pg_roles where rolname = any(%s) order by rolname
        """,
        (list(READERS),),
    )
    owner = connection.info.user
    return [administrators_statements(role, owner)[subject].as_string(connection) for role, subject in rows]


def set_password(connection: psycopg.Connection, role: str, password: str) -> None:
    """Let a role log in with a password, which no log of statements shows: it is hashed here."""
    verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    statement = sql.SQL("alter role {} login password {}")
    connection.execute(statement.format(_name(role), sql.Literal(verifier)))


def membership(role: str, owner: str) -> sql.Composed:
    """What lets the owner of the warehouse end the sessions of a reading role."""
    return sql.SQL("grant {} to {}").format(_name(role), _name(owner))


def administrators_statements(role: str, owner: str) -> dict[str, sql.Composed]:
    """What the administrator of the server says of a reading role, by what it is about."""
    name = _name(role)
    defaults = {
        f"default {setting}": sql.SQL("alter role {} set {} = {}").format(name, _name(setting), sql.Literal(value))
        for setting, value in DEFAULTS.items()
    }
    return defaults | {
        "connections": sql.SQL("alter role {} connection limit {}").format(name, sql.Literal(CONNECTIONS)),
        "temporary files": sql.SQL("alter role {} set temp_file_limit = {}").format(name, sql.Literal(READERS[role])),
        "membership": membership(role, owner),
    }


def _name(name: str) -> sql.Identifier:
    return sql.Identifier(name)
