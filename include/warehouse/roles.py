"""Who may do what in the Postgres of the warehouse.

`stocklake` owns the warehouse and writes it. `analyst` reads silver, staging, audit, gold and ops
(the migrations grant it) and writes nothing. `airflow` owns Airflow's metadata database, which the
two others cannot even connect to.
"""

from collections.abc import Mapping

import psycopg
from psycopg import sql

WAREHOUSE_DATABASE = "stocks_dwh"
OWNERS = {"airflow": "airflow", WAREHOUSE_DATABASE: "stocklake"}
ADMIN_DATABASES = ("postgres", "template1")
READER = "analyst"
# Every role may make large objects unless these are closed; a reader writes nothing.
LARGE_OBJECT_WRITERS = (
    "lo_create(oid)",
    "lo_creat(integer)",
    "lo_from_bytea(oid, bytea)",
    "lo_put(oid, bigint, bytea)",
)


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
        _execute(connection, "grant connect on database {} to {}", WAREHOUSE_DATABASE, READER)
        _execute(connection, "alter role {} set default_transaction_read_only = on", READER)
    with psycopg.connect(admin_url, dbname=WAREHOUSE_DATABASE, autocommit=True) as connection:
        for function in LARGE_OBJECT_WRITERS:
            connection.execute(sql.SQL("revoke execute on function {} from public").format(sql.SQL(function)))


def _ensure_role(connection: psycopg.Connection, role: str, password: str) -> None:
    exists = connection.execute("select from pg_roles where rolname = %s", [role]).fetchone()
    if exists is None:
        _execute(connection, "create role {}", role)
    # Hashed here, so that no log of statements ever shows the password.
    verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    statement = sql.SQL("alter role {} login password {}")
    connection.execute(statement.format(sql.Identifier(role), sql.Literal(verifier)))


def _ensure_database(connection: psycopg.Connection, database: str, owner: str) -> None:
    exists = connection.execute("select from pg_database where datname = %s", [database]).fetchone()
    if exists is None:
        _execute(connection, "create database {} owner {}", database, owner)


def _execute(connection: psycopg.Connection, statement: str, *names: str) -> None:
    identifiers = (sql.Identifier(name) for name in names)
    connection.execute(sql.SQL(statement).format(*identifiers))
