"""What each check of dbt found when it ran last.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = """
create table ops.check_results (
    check_name text primary key,
    rule text not null,
    checked_table text not null,
    severity text not null check (severity in ('error', 'warn')),
    status text not null check (status in ('pass', 'warn', 'fail', 'error', 'skipped')),
    failing_rows bigint,
    seconds double precision not null,
    message text,
    failing_rows_table text,
    checked_at timestamptz not null,
    execution_batch_id text not null
);
comment on table ops.check_results is
    'What each check of dbt found when it ran last. Grain: one row per check that the project has.';
comment on column ops.check_results.rule is 'What has to hold, in words';
comment on column ops.check_results.severity is 'error stops the publication, warn is for people to look at';
comment on column ops.check_results.status is
    'pass, warn or fail by the rows found; error where the check itself broke; skipped after a failure before it';
comment on column ops.check_results.failing_rows is 'Rows that broke the rule; null where the check did not come to its end';
comment on column ops.check_results.failing_rows_table is 'Where these rows lie, until the check runs again';
comment on column ops.check_results.execution_batch_id is 'The batch of the build that ran the check';
"""


def upgrade() -> None:
    """Create the ledger of checks."""
    op.execute(TABLES)


def downgrade() -> None:
    """The next build would fill it again."""
    op.execute("drop table ops.check_results")
