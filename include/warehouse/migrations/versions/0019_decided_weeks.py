"""Weeks that the lists of splits and dividends decided, by which lists, and where they and the prices disagree.

Revision ID: 0019
"""

from alembic import op

from include.warehouse.migrations.dependents import dependents_set_aside

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

WEEKS = "silver.weekly_adjusted_prices"
COLUMN = """
alter table silver.weekly_adjusted_prices add column is_action_listed boolean not null default false;
create index doubtful_weeks on silver.weekly_adjusted_prices (symbol, week_ending) where is_action_unsure;
comment on column silver.weekly_adjusted_prices.is_action_listed is
    'A list of splits or dividends decided the action, although the adjusted closes do not show it';
"""
TABLE = """
create table ops.decided_series (
    symbol text primary key,
    splits_key text,
    dividends_key text
);
comment on table ops.decided_series is
    'The lists by which the weekly series of a symbol was decided last. Grain: one row per symbol.';
comment on column ops.decided_series.splits_key is 'The newest list of splits then; null where there was none';
comment on column ops.decided_series.dividends_key is 'The newest list of dividends then; null where there was none';
"""
VIEW = """
create view silver.reconciliation as
with weeks as (
    select
        symbol, week_ending, dividend_amount, dividend_per_share + distribution_per_share as paid, distribution_per_share,
        split_to <> split_from as is_split,
        cast(split_to as double precision) / split_from * other_factor as factor,
        coalesce(adjusted_close is not null and not is_factor_returning, false) as is_factor_known,
        -- What the rounding of the adjusted closes, and the price at which a dividend was paid, leave open.
        coalesce((factor_growth_high - factor_growth_low) / nullif(factor_growth, 0), 1)
        + coalesce(dividend_amount / nullif(close, 0) * (high / nullif(low, 0) - 1), 0) as width,
        bronze_key, execution_batch_id, loaded_at
    from silver.weekly_adjusted_prices where is_complete_week and factor_growth is not null
),

listed_splits as (
    select
        symbol, cast(ex_date + 5 - extract(isodow from ex_date)::int as date) as week_ending, min(ex_date) as ex_date,
        cast(round(cast(
            exp(sum(ln(coalesce(cast(split_to as double precision) / split_from, listed_factor)))) as numeric
        ), 10) as double precision) as factor
    from silver.splits group by 1, 2
),

listed_dividends as (
    select
        symbol, cast(ex_date + 5 - extract(isodow from ex_date)::int as date) as week_ending, min(ex_date) as ex_date,
        sum(amount) as amount
    from silver.dividends group by 1, 2
),

-- The weeks of which a list would hold an action: not the newest, and none before the list begins.
told as (
    select
        symbol, function,
        to_date(substring(max(bronze_key) from 'fetched_at=([0-9]{8})'), 'YYYYMMDD') - 7 as until
    from silver.loaded_payloads where function in ('SPLITS', 'DIVIDENDS') group by 1, 2
),

compared as (
    select
        weeks.symbol, listed.ex_date as date, 'split' as what, weeks.factor as ours, listed.factor as theirs,
        case
            when not weeks.is_factor_known then 'the adjusted close of the week is not known'
            when weeks.factor = 1 then 'neither the raw nor the adjusted close moved by it'
            else 'the adjusted closes show another factor'
        end as cause,
        weeks.bronze_key, weeks.execution_batch_id, weeks.loaded_at
    from weeks
    inner join listed_splits as listed using (symbol, week_ending)
    where abs(weeks.factor / listed.factor - 1) > 5.1e-5 / listed.factor + weeks.width

    union all

    select
        weeks.symbol, weeks.week_ending, case when weeks.is_split then 'split' else 'other' end, weeks.factor, null,
        'the list of splits has none in that week', weeks.bronze_key, weeks.execution_batch_id, weeks.loaded_at
    from weeks
    inner join told on weeks.symbol = told.symbol and told.function = 'SPLITS'
    where
        weeks.factor <> 1 and weeks.distribution_per_share = 0
        and weeks.week_ending between date '1999-01-01' and told.until
        and not exists (
            select from listed_splits as listed
            where listed.symbol = weeks.symbol and listed.week_ending = weeks.week_ending
        )

    union all

    select
        weeks.symbol, listed.ex_date, 'dividend', coalesce(weeks.paid, 0), listed.amount,
        case
            when abs(listed.amount - weeks.dividend_amount) <= 0.0001 then 'listed in shares of today'
            when coalesce(weeks.paid, 0) = 0 then 'the weekly prices show none'
            else 'the weekly prices show another amount'
        end,
        weeks.bronze_key, weeks.execution_batch_id, weeks.loaded_at
    from weeks
    inner join listed_dividends as listed using (symbol, week_ending)
    where abs(listed.amount - coalesce(weeks.paid, 0)) > 0.0001

    union all

    select
        weeks.symbol, weeks.week_ending, 'dividend', weeks.paid, null, 'the list of dividends has none in that week',
        weeks.bronze_key, weeks.execution_batch_id, weeks.loaded_at
    from weeks
    inner join told on weeks.symbol = told.symbol and told.function = 'DIVIDENDS'
    where
        weeks.paid > 0
        and weeks.week_ending between
            (select min(listed.week_ending) from listed_dividends as listed where listed.symbol = weeks.symbol)
            and told.until
        and not exists (
            select from listed_dividends as listed
            where listed.symbol = weeks.symbol and listed.week_ending = weeks.week_ending
        )
)

select symbol, date, what, ours, theirs, cause, bronze_key, execution_batch_id, loaded_at from compared;
comment on view silver.reconciliation is
    'Where the lists of splits and dividends say something else than silver took from the weekly prices. '
    'Grain: one row per symbol, date and what.';
comment on column silver.reconciliation.date is 'The listed ex-date; the end of the week where nothing is listed';
comment on column silver.reconciliation.what is 'split, other (a factor of no family of split ratios), or dividend';
comment on column silver.reconciliation.ours is
    'What silver holds: new shares per old one, or an amount per share of that day';
comment on column silver.reconciliation.theirs is 'What is listed; null where nothing is';
comment on column silver.reconciliation.cause is 'Why silver does not hold what is listed';
"""


def upgrade() -> None:
    """Add what is decided; the next run decides the weeks that are in doubt by the lists that silver holds."""
    op.execute(COLUMN)
    op.execute(TABLE)
    op.execute(VIEW)


def downgrade() -> None:
    """A replay decides the weeks by their series alone."""
    op.execute("drop view silver.reconciliation; drop table ops.decided_series")
    with dependents_set_aside(WEEKS):
        op.execute(
            "drop index silver.doubtful_weeks; alter table silver.weekly_adjusted_prices drop column is_action_listed"
        )
