"""Whether the key allows the whole history of a series, and of which ticker it was asked.

Revision ID: 0023
"""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

TABLE = """
create table ops.key_permissions (
    function text primary key,
    is_allowed boolean not null,
    learnt_at timestamptz not null,
    key_salt bytea not null,
    key_digest bytea not null
);
comment on table ops.key_permissions is
    'What the source said to the API key that asked last for more than a free key gets. Grain: one row per function.';
comment on column ops.key_permissions.function is 'The function of the source, by its name in the URL';
comment on column ops.key_permissions.is_allowed is 'False: the source refused it as a premium feature';
comment on column ops.key_permissions.learnt_at is 'When, by the market''s clock, UTC; asked again 30 days later';
comment on column ops.key_permissions.key_salt is 'Random, drawn anew each time';
comment on column ops.key_permissions.key_digest is
    'Two bytes of the salted hash of the key, which tell that the key was changed and are too few to guess it by';

alter table ops.ticker_runs add column asks_whole boolean;
comment on column ops.ticker_runs.asks_whole is
    'Whether all of the series is asked for (outputsize=full), or its newest rows alone; null where a call brings all';
"""


def upgrade() -> None:
    """Create the table and the column."""
    op.execute(TABLE)


def downgrade() -> None:
    """What the key allows is learnt anew, for one credit."""
    op.execute(
        """
        alter table ops.ticker_runs drop column asks_whole;
        drop table ops.key_permissions;
        """
    )
