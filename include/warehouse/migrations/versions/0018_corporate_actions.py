"""Splits and dividends as the source lists them, and both as corporate actions.

Revision ID: 0018
"""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

ORIGIN = """
    bronze_key text not null,
    execution_batch_id text not null,
    loaded_at timestamptz not null default now()
"""
TABLES = f"""
create table silver.splits (
    symbol text not null,
    ex_date date not null,
    split_to bigint,
    split_from bigint,
    listed_factor numeric not null,
    {ORIGIN},
    primary key (symbol, ex_date)
);
comment on table silver.splits is
    'What the source lists as splits, spin-offs among them. Grain: one row per symbol and ex_date.';
comment on column silver.splits.ex_date is 'The first day in new shares';
comment on column silver.splits.split_to is
    'Shares that split_from old shares became; null where the listed factor is of no family of split ratios, as of a spin-off';
comment on column silver.splits.split_from is 'See split_to';
comment on column silver.splits.listed_factor is 'New shares per old share as the source lists it, with four decimals';

create table silver.dividends (
    symbol text not null,
    ex_date date not null,
    amount numeric not null,
    declaration_date date,
    record_date date,
    payment_date date,
    {ORIGIN},
    primary key (symbol, ex_date)
);
comment on table silver.dividends is
    'Dividends as the source lists them, payments of one ex-date as one. Grain: one row per symbol and ex_date.';
comment on column silver.dividends.amount is
    'Per share, in the listing''s currency; in shares of that day or, of some listings, in today''s';
comment on column silver.dividends.declaration_date is 'Null where not known, or where two payments of the day differ';
comment on column silver.dividends.record_date is 'See declaration_date';
comment on column silver.dividends.payment_date is 'See declaration_date';

create view silver.corporate_actions as
select
    symbol,
    ex_date,
    case when split_to is null then 'other' else 'split' end as kind,
    split_to,
    split_from,
    coalesce(cast(split_to as numeric) / split_from, listed_factor) as factor,
    cast(null as numeric) as amount,
    cast(null as date) as declaration_date,
    cast(null as date) as record_date,
    cast(null as date) as payment_date,
    split_part(bronze_key, '/', 2) as source,
    bronze_key,
    execution_batch_id,
    loaded_at
from silver.splits
union all
select
    symbol,
    ex_date,
    'dividend' as kind,
    cast(null as bigint) as split_to,
    cast(null as bigint) as split_from,
    cast(null as numeric) as factor,
    amount,
    declaration_date,
    record_date,
    payment_date,
    split_part(bronze_key, '/', 2) as source,
    bronze_key,
    execution_batch_id,
    loaded_at
from silver.dividends;
comment on view silver.corporate_actions is
    'Listed splits and dividends of every symbol. Grain: one row per symbol, ex_date and kind.';
comment on column silver.corporate_actions.kind is
    'split; other: listed among splits with a factor of no family of split ratios, as a spin-off; dividend';
comment on column silver.corporate_actions.factor is
    'New shares per old share: split_to by split_from, or the listed factor; null for a dividend';
comment on column silver.corporate_actions.amount is 'See silver.dividends; null for a split';
comment on column silver.corporate_actions.source is 'Who lists it, as the lake names it';
"""


def upgrade() -> None:
    """Create the tables; the next runs fill them."""
    op.execute(TABLES)


def downgrade() -> None:
    """A replay brings the rows back."""
    op.execute("drop view silver.corporate_actions; drop table silver.splits, silver.dividends")
