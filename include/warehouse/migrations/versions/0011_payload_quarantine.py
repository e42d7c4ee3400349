"""A ticker whose newest payload is quarantined has a status of its own in the plan.

Revision ID: 0011
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

STATUSES = ("planned", "current", "refused", "deferred", "fetched", "unchanged", "skipped", "loaded", "failed")
QUARANTINED = "quarantined"


def upgrade() -> None:
    """Allow the status; say by which clock a quarantine ends."""
    _allow(*STATUSES, QUARANTINED)
    op.execute(
        """
        comment on column ops.quarantines.ended_at is
            'payload: when the payload that ended it was fetched, by the market''s clock; a decision that ends it '
            'removes the row. publication: when a publication ended it, UTC. Null while it holds'
        """
    )


def downgrade() -> None:
    """Such a ticker is one that costs no credit now."""
    op.execute(f"update ops.ticker_runs set status = 'current' where status = '{QUARANTINED}'")
    _allow(*STATUSES)


def _allow(*statuses: str) -> None:
    allowed = ", ".join(f"'{status}'" for status in statuses)
    op.execute("alter table ops.ticker_runs drop constraint ticker_runs_status_check")
    op.execute(f"alter table ops.ticker_runs add constraint ticker_runs_status_check check (status in ({allowed}))")
