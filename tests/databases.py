"""Databases of a test's own on the suite's Postgres."""

from uuid import uuid4

import psycopg
from psycopg import sql

from include.local_stack.postgres import ADMIN, EmbeddedPostgres
from include.warehouse.readers import READERS
from include.warehouse.roles import OWNER


def create_database(postgres: EmbeddedPostgres, prefix: str) -> str:
    """Make an empty database that the pipeline owns and the reading roles may connect to; its name."""
    name = f"{prefix}_{uuid4().hex[:12]}"
    readers = sql.SQL(", ").join(map(sql.Identifier, READERS))
    with psycopg.connect(postgres.url(ADMIN, "postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("create database {} owner {}").format(sql.Identifier(name), sql.Identifier(OWNER)))
        connection.execute(sql.SQL("grant connect on database {} to {}").format(sql.Identifier(name), readers))
    return name
