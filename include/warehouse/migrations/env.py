"""Alembic's entry: one connection, one transaction, one migrator at a time."""

from alembic import context
from psycopg.errors import DuplicateSchema, DuplicateTable, UniqueViolation
from sqlalchemy import create_engine, pool, text
from sqlalchemy.exc import DBAPIError

# Two starts at once must not migrate side by side, and no reading role can take this lock.
LOCK = "ops.migration_lock"
BEFORE_THE_LOCK = ("create schema if not exists ops", f"create table if not exists {LOCK} ()")

engine = create_engine("postgresql+psycopg://", creator=context.config.attributes["connect"], poolclass=pool.NullPool)
with engine.connect() as connection:
    for statement in BEFORE_THE_LOCK:
        try:
            with connection.begin():
                connection.execute(text(statement))
        except DBAPIError as error:
            if not isinstance(error.orig, (DuplicateSchema, DuplicateTable, UniqueViolation)):
                raise
            # Another start made the same at this moment.
    context.configure(connection=connection, version_table_schema="ops", transactional_ddl=True)
    with context.begin_transaction():
        connection.execute(text(f"lock table {LOCK} in exclusive mode"))
        context.run_migrations()
