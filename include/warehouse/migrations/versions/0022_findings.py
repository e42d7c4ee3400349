"""What is odd about the series that a batch loaded.

Revision ID: 0022
"""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

FINDINGS = """
create table ops.findings (
    function text not null,
    symbol text not null,
    check_name text not null,
    level text not null check (level in ('info', 'unusual', 'extreme')),
    first_session date,
    last_session date,
    value double precision not null,
    bound double precision,
    words text not null,
    execution_batch_id text not null,
    found_at timestamptz not null default now(),
    unique nulls not distinct (function, symbol, check_name, first_session)
);
comment on table ops.findings is
    'What is odd about a series, as the newest batch that loaded the symbol found it; nothing is held back for it. '
    'Grain: one row per function, symbol, check and first session.';
comment on column ops.findings.check_name is
    'date_range: what the series spans, of every symbol; future_session; missing_fields: null in silver; rejected_rows '
    'and duplicates: of the newest payload; gap: sessions that are missing; volume_high, volume_low: against the '
    'average of the 20 sessions before; split_without_action: a move of a split''s size, and no split is listed';
comment on column ops.findings.level is
    'info; unusual: a volume above 3 times its average or below a third; extreme: above 10 times or below a tenth';
comment on column ops.findings.first_session is 'With last_session the sessions that it is about; null where no date is known';
comment on column ops.findings.value is
    'Sessions or rows; of a volume times its average; of a split the close before by the close after';
comment on column ops.findings.bound is 'What the value would have to keep to; null of date_range';
"""


def upgrade() -> None:
    """Create the table; the next runs fill it."""
    op.execute(FINDINGS)


def downgrade() -> None:
    """The next run finds the same again."""
    op.execute("drop table ops.findings")
