"""The role `reader`, the sessions of readers that were ended, and locks that no reader can take.

Revision ID: 0009. It follows 0007: 0008 was never released.
"""

from alembic import op

revision = "0009"
down_revision = "0007"
branch_labels = None
depends_on = None

SCHEMAS = ("silver", "staging", "audit", "gold", "ops", "public")

TABLES = """
comment on table ops.migration_lock is
    'Locked in exclusive mode by who migrates the warehouse. It never holds a row.';

create table ops.publish_lock ();
comment on table ops.publish_lock is
    'Locked in exclusive mode by a build of gold from the shell for as long as it lasts. It never holds a row.';

create table ops.symbol_locks (symbol text primary key);
comment on table ops.symbol_locks is
    'The row of a symbol is locked by the batch that writes the symbol''s rows of silver. Grain: one row per symbol.';

create table ops.ended_sessions (
    process_id integer not null,
    connected_at timestamptz not null,
    role text not null,
    application text not null,
    transaction_at timestamptz,
    query text not null,
    held text not null,
    ended_at timestamptz not null default clock_timestamp(),
    primary key (process_id, connected_at)
);
comment on table ops.ended_sessions is
    'Sessions of reading roles that were ended because they kept a publication or a migration waiting. '
    'Grain: one row per session.';
comment on column ops.ended_sessions.process_id is 'The process of the server that served the session';
comment on column ops.ended_sessions.application is 'What the client called itself; empty where it said nothing';
comment on column ops.ended_sessions.transaction_at is 'When its open transaction began; null where it had none';
comment on column ops.ended_sessions.query is 'The beginning of its last query, without its literals';
comment on column ops.ended_sessions.held is 'The table or view that was waited for';
"""


def upgrade() -> None:
    """Let `reader` read what `analyst` reads, now and after every rebuild, and both read `public`."""
    for schema in SCHEMAS:
        op.execute(f"grant usage on schema {schema} to analyst, reader")
        op.execute(f"grant select on all tables in schema {schema} to analyst, reader")
        op.execute(f"alter default privileges in schema {schema} grant select on tables to analyst, reader")
    op.execute(TABLES)


def downgrade() -> None:
    """The record of ended sessions is lost; `analyst` keeps what it may read."""
    op.execute("drop table ops.ended_sessions, ops.symbol_locks, ops.publish_lock")
    for schema in SCHEMAS:
        op.execute(f"alter default privileges in schema {schema} revoke select on tables from reader")
        op.execute(f"revoke select on all tables in schema {schema} from reader")
        op.execute(f"revoke usage on schema {schema} from reader")
