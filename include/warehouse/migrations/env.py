"""Alembic's entry: one connection, one transaction, one migrator at a time."""

from alembic import context
from sqlalchemy import create_engine, pool, text

MIGRATION_LOCK = 7_242_001  # any constant: two starts at once must not migrate side by side

engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
with engine.connect() as connection:
    connection.execute(text("create schema if not exists ops"))
    connection.commit()
    context.configure(connection=connection, version_table_schema="ops", transactional_ddl=True)
    with context.begin_transaction():
        connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        context.run_migrations()
