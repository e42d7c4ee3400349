"""Who may do what in the Postgres of the warehouse.

`stocklake` owns the warehouse and writes it. `analyst` and `reader` read silver, staging, audit, gold, ops and public
(the migrations grant it) and write nothing. `airflow` owns Airflow's metadata database, which the others cannot even
connect to.
"""

from collections.abc import Mapping

import psycopg
from psycopg import sql

from include.warehouse.readers import READERS, ensure_readers, set_password

WAREHOUSE_DATABASE = "stocks_dwh"
OWNER = "stocklake"
OWNERS = {"airflow": "airflow", WAREHOUSE_DATABASE: OWNER}
ADMIN_DATABASES = ("postgres", "template1")
# What every role may do unless it is closed, although it writes or blocks: make large objects, take locks that any
# role can take (a million of them fill the table of locks for everybody), write to the log of changes, fill the queue
# of notifications. Nothing of the warehouse uses these.
CLOSED_FUNCTIONS = "^(lo_create|lo_creat|lo_from_bytea|lo_put|pg_(try_)?advisory_.*|pg_logical_emit_message|pg_notify)$"
# Where a reader's transaction and a publication wait for each other, Postgres ends the one that began to wait last,
# after a second. The publication waits longer than it takes to end the reader's session (20 s, see blockers.py), and
# no longer, because it waits as long for an autovacuum of a table of gold that it replaces.
OWNER_DEADLOCK_TIMEOUT = "30s"


def ensure_roles(admin_url: str, passwords: Mapping[str, str]) -> None:
    """Make the roles that have a password here and the databases they own, and set every grant; safe to run again.

    Raises: psycopg.OperationalError when the admin's password is not the server's.
    """
    with psycopg.connect(admin_url, autocommit=True) as connection:
        for role, password in passwords.items():
            _ensure_role(connection, role, password)
        owned = {database: owner for database, owner in OWNERS.items() if owner in passwords}
        for database, owner in owned.items():
            _ensure_database(connection, database, owner)
        for database in (*ADMIN_DATABASES, *owned):
            _execute(connection, "revoke all on database {} from public", database)
        for reader in READERS:
            _execute(connection, "grant connect on database {} to {}", WAREHOUSE_DATABASE, reader)
        ensure_readers(connection, OWNER)
        timeout = sql.Literal(OWNER_DEADLOCK_TIMEOUT)
        connection.execute(sql.SQL("alter role {} set deadlock_timeout = {}").format(sql.Identifier(OWNER), timeout))
    with psycopg.connect(admin_url, dbname=WAREHOUSE_DATABASE, autocommit=True) as connection:
        _close_functions(connection)


def _close_functions(connection: psycopg.Connection) -> None:
    functions = connection.execute(
        """
        select oid::regprocedure::text from pg_proc
        where pronamespace = 'pg_catalog'::regnamespace and proname ~ %s
        and has_function_privilege('public', oid, 'execute')
        """,
        (CLOSED_FUNCTIONS,),
    ).fetchall()
    for (function,) in functions:
        connection.execute(sql.SQL("revoke execute on function {} from public").format(sql.SQL(function)))


def _ensure_role(connection: psycopg.Connection, role: str, password: str) -> None:
    exists = connection.execute("select from pg_roles where rolname = %s", [role]).fetchone()
    if exists is None:
        _execute(connection, "create role {}", role)
    set_password(connection, role, password)


def _ensure_database(connection: psycopg.Connection, database: str, owner: str) -> None:
    exists = connection.execute("select from pg_database where datname = %s", [database]).fetchone()
    if exists is None:
        _execute(connection, "create database {} owner {}", database, owner)


def _execute(connection: psycopg.Connection, statement: str, *names: str) -> None:
    identifiers = (sql.Identifier(name) for name in names)
    connection.execute(sql.SQL(statement).format(*identifiers))
