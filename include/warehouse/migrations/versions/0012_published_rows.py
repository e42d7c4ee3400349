"""What becomes of a quarantined symbol's rows in gold stands in the ledger.

Revision ID: 0012
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let each publication write down what it did with the rows; what is open says so from the next one on."""
    op.execute(
        """
        alter table ops.quarantines add column published_rows text
            check (published_rows is null or place = 'publication' and published_rows in ('kept', 'removed', 'none'));
        comment on column ops.quarantines.published_rows is
            'publication: what became of the symbol''s rows in gold: kept as published, removed by a whole rebuild, or '
            'none were there. payload: null, for gold is not concerned'
        """
    )


def downgrade() -> None:
    """The model audit.quarantined says the same of the newest build."""
    op.execute("alter table ops.quarantines drop column published_rows")
