"""What the source last said of a carried week's adjusted close, before it was rescaled.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Weeks carried before this revision count as received with their rescaled value, until `make replay`."""
    op.execute("alter table silver.weekly_adjusted_prices add column received_adjusted_close numeric")
    op.execute(
        """
        comment on column silver.weekly_adjusted_prices.received_adjusted_close is
            'Adjusted close of a carried week as last received, before it was rescaled; null where not carried'
        """
    )


def downgrade() -> None:
    """A replay brings it back."""
    op.execute("alter table silver.weekly_adjusted_prices drop column received_adjusted_close")
