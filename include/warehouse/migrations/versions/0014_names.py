"""Columns and tables of silver and ops get the field's words.

Revision ID: 0014
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TABLES = {"silver.loaded_answers": "loaded_payloads", "ops.stranded_answers": "bronze_outbox"}
COLUMNS = (
    ("silver.weekly_adjusted_prices", "is_carried", "is_retained"),
    ("ops.ticker_runs", "goes_on_at", "next_attempt_at"),
    ("ops.pipeline_runs", "dbt_project_state", "dbt_project_fingerprint"),
)
OUTCOMES = {"EmptyAnswer": "EmptyResponse", "MalformedAnswer": "MalformedResponse"}
COMMENTS = """
comment on column silver.weekly_adjusted_prices.is_retained is
    'The newest payload no longer holds this week: kept from an earlier one';
comment on column silver.weekly_adjusted_prices.adjusted_close is
    'Close adjusted for later splits and dividends, restated by the source for the whole history; rescaled where retained';
comment on table silver.loaded_payloads is
    'The objects of the lake that silver has taken in, with their row counts. Grain: one row per object.';
comment on table silver.rejected_rows is
    'Rows and fields of a payload that no rule could believe, with their raw text and the reason. '
    'Grain: one row per object, row and field.';
comment on table silver.restatements is
    'Histories that a newer payload rewrote: how many closed weeks, which, the newest of them before and after, and why. '
    'Grain: one row per payload that restated.';
comment on table ops.bronze_outbox is
    'Payloads that S3 refused: the next run stores them, so that no call is lost. Grain: one row per call.';
comment on column ops.ticker_runs.next_attempt_at is 'When a deferred or skipped ticker goes on, by the market''s clock';
comment on column ops.pipeline_runs.dbt_project_fingerprint is
    'Of a publication, the fingerprint of the dbt project it ran; null for every other run';
"""


def upgrade() -> None:
    """Rename; views that people made follow by themselves, text of queries does not."""
    for table, name in TABLES.items():
        op.execute(f"alter table {table} rename to {name}")
    for table, old, new in COLUMNS:
        op.execute(f"alter table {table} rename column {old} to {new}")
    for old, new in OUTCOMES.items():
        op.execute(f"update ops.api_calls set outcome = '{new}' where outcome = '{old}'")
    op.execute(COMMENTS)


def downgrade() -> None:
    """The names before."""
    for old, new in OUTCOMES.items():
        op.execute(f"update ops.api_calls set outcome = '{old}' where outcome = '{new}'")
    for table, old, new in COLUMNS:
        op.execute(f"alter table {table} rename column {new} to {old}")
    for table, name in TABLES.items():
        schema, old = table.split(".")
        op.execute(f"alter table {schema}.{name} rename to {old}")
