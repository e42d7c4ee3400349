"""A field that cannot be believed is null.

Revision ID: 0007
"""

from alembic import op

from include.warehouse.migrations.dependents import dependents_set_aside

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = ("silver.weekly_adjusted_prices", "silver.daily_prices")
FIELDS = """
alter table silver.weekly_adjusted_prices
    alter column open drop not null,
    alter column high drop not null,
    alter column low drop not null,
    alter column adjusted_close drop not null,
    alter column volume drop not null,
    alter column volume type numeric,
    alter column dividend_amount drop not null,
    add column inferred_adjusted_close numeric,
    add column has_rejected_fields boolean not null default false;
comment on column silver.weekly_adjusted_prices.inferred_adjusted_close is
    'Where adjusted_close is null: close times the factor of the week before, grown by the week''s dividend; else null';
comment on column silver.weekly_adjusted_prices.has_rejected_fields is
    'A field of the week could not be believed or was not told: it is null here, its text is in rejected_rows';

alter table silver.daily_prices
    alter column open drop not null,
    alter column high drop not null,
    alter column low drop not null,
    alter column volume drop not null,
    alter column volume type numeric,
    add column has_rejected_fields boolean not null default false;
comment on column silver.daily_prices.has_rejected_fields is
    'A field of the day could not be believed or was not told: it is null here, its text is in rejected_rows';

alter table silver.rejected_rows
    drop constraint rejected_rows_pkey,
    add column field text,
    add constraint rejected_rows_key unique nulls not distinct (bronze_key, row_number, field);
comment on column silver.rejected_rows.field is
    'The field that is null in silver while its row was kept; null where the whole row was rejected';
comment on table silver.rejected_rows is
    'Rows and fields of an answer that could not be believed, with the raw text of the row and the reason. '
    'Grain: one row per object, row and field.';

alter table silver.restatements
    alter column old_adjusted_close drop not null,
    alter column new_adjusted_close drop not null;
"""
# What the older tables cannot hold goes; all of it comes from bronze.
OLDER_FIELDS = """
delete from silver.weekly_adjusted_prices where has_rejected_fields or volume <> trunc(volume) or volume >= 1e18;
delete from silver.daily_prices where has_rejected_fields or volume <> trunc(volume) or volume >= 1e18;
delete from silver.rejected_rows where field is not null;
delete from silver.restatements where old_adjusted_close is null or new_adjusted_close is null;
alter table silver.weekly_adjusted_prices
    alter column open set not null,
    alter column high set not null,
    alter column low set not null,
    alter column adjusted_close set not null,
    alter column volume set not null,
    alter column volume type bigint,
    alter column dividend_amount set not null,
    drop column inferred_adjusted_close,
    drop column has_rejected_fields;
alter table silver.daily_prices
    alter column open set not null,
    alter column high set not null,
    alter column low set not null,
    alter column volume set not null,
    alter column volume type bigint,
    drop column has_rejected_fields;
alter table silver.rejected_rows
    drop constraint rejected_rows_key,
    drop column field,
    add primary key (bronze_key, row_number);
alter table silver.restatements
    alter column old_adjusted_close set not null,
    alter column new_adjusted_close set not null;
"""


def upgrade() -> None:
    """Make room for null fields and for any volume."""
    with dependents_set_aside(*TABLES):
        op.execute(FIELDS)


def downgrade() -> None:
    """Weeks with a null field are gone until a replay."""
    with dependents_set_aside(*TABLES):
        op.execute(OLDER_FIELDS)
