"""Databases of a test's own on a Postgres that the tests started."""

from uuid import uuid4

import psycopg
from psycopg import sql

from include.local_stack.postgres import ADMIN, EmbeddedPostgres
from include.warehouse.readers import READERS
from include.warehouse.roles import OWNER


def create_database(postgres: EmbeddedPostgres, prefix: str) -> str:
    """Make an empty database that the pipeline owns and the reading roles may connect to; its name."""
    name = f"{prefix}_{uuid4().hex[:12]}"
    copy_database(postgres, "template1", name)
    return name


def copy_database(postgres: EmbeddedPostgres, template: str, name: str) -> None:
    """Make a database as another is, in the place of one of its name."""
    drop_database(postgres, name)
    execute_as_admin(postgres, "create database {} owner {} template {}", name, OWNER, template)
    execute_as_admin(postgres, f"grant connect on database {{}} to {', '.join(READERS)}", name)


def drop_database(postgres: EmbeddedPostgres, name: str) -> None:
    """Remove a database, with whoever is connected to it, where there is one."""
    execute_as_admin(postgres, "drop database if exists {} with (force)", name)


def rename_database(postgres: EmbeddedPostgres, name: str, to: str) -> None:
    """Give a database to which nobody is connected another name."""
    execute_as_admin(postgres, "alter database {} rename to {}", name, to)


def execute_as_admin(postgres: EmbeddedPostgres, statement: str, *names: str) -> None:
    """Execute a statement outside of a transaction, with the names in its braces."""
    with psycopg.connect(postgres.url(ADMIN, "postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
