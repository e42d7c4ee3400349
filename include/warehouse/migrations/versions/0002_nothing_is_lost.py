"""What the source last said of a carried week's adjusted close; answers that S3 did not take.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Weeks carried before this revision count as received with their rescaled value, until `make replay`."""
    op.execute(
        """
        alter table silver.weekly_adjusted_prices add column received_adjusted_close numeric;
        comment on column silver.weekly_adjusted_prices.received_adjusted_close is
            'Adjusted close of a carried week as last received, before it was rescaled; null where not carried';

        create table ops.stranded_answers (
            call_id bigint primary key,
            function text not null,
            symbol text not null,
            fetched_at timestamptz not null,
            seconds double precision not null,
            body bytea not null
        );
        comment on table ops.stranded_answers is
            'Answers that cost a credit and that S3 did not take: the next fetch stores them. Grain: one row per answer.';
        """
    )


def downgrade() -> None:
    """A replay brings the column back; answers that wait are lost."""
    op.execute(
        """
        drop table ops.stranded_answers;
        alter table silver.weekly_adjusted_prices drop column received_adjusted_close;
        """
    )
