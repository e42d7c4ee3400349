"""Runs that go on at the same time ask for one publication.

Revision ID: 0024
"""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

TABLE = """
create table ops.publication_requests (
    execution_batch_id text primary key,
    requested_at timestamptz not null
);
comment on table ops.publication_requests is
    'The batches that asked for a publication which has not begun to read silver; it empties this table when it does. '
    'Grain: one row per batch.';
"""


def upgrade() -> None:
    """Create the table."""
    op.execute(TABLE)


def downgrade() -> None:
    """Each batch asks for itself again."""
    op.execute("drop table ops.publication_requests")
