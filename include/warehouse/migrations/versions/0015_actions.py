"""What happened to the shares, as it is inferred now: splits as whole numbers, units, distributions, growth and its interval.

Revision ID: 0015
"""

from alembic import op

from include.warehouse.migrations.dependents import dependents_set_aside

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLE = "silver.weekly_adjusted_prices"
# A row that an earlier version wrote has no total_return_factor: the next run builds its symbol anew from bronze.
ACTIONS = """
alter table silver.weekly_adjusted_prices
    add column split_to bigint not null default 1,
    add column split_from bigint not null default 1,
    add column unit_factor numeric not null default 1,
    add column total_return_factor numeric,
    add column special_dividend_per_share numeric not null default 0,
    add column distribution_per_share numeric not null default 0,
    add column factor_growth double precision,
    add column factor_growth_low double precision,
    add column factor_growth_high double precision,
    add column is_factor_returning boolean not null default false,
    add column is_factor_coarse boolean not null default false;
update silver.weekly_adjusted_prices set split_to = round(split_factor * shares), split_from = shares
from (
    select symbol as of_symbol, week_ending as of_week, min(shares) as shares
    from silver.weekly_adjusted_prices
    cross join generate_series(1, 1000) as shares
    where split_factor <> 1 and abs(split_factor * shares - round(split_factor * shares)) < 1e-8 * shares
    group by symbol, week_ending
) as whole where symbol = of_symbol and week_ending = of_week and round(split_factor * shares) > 0;
update silver.weekly_adjusted_prices set special_dividend_per_share = coalesce(dividend_per_share, dividend_amount, 0)
where is_special_dividend;
alter table silver.weekly_adjusted_prices
    drop column split_factor,
    drop column is_special_dividend,
    add column split_factor numeric not null generated always as (cast(split_to as numeric) / split_from) stored,
    add column is_special_dividend boolean not null generated always as (special_dividend_per_share > 0) stored,
    add column is_tick_bound boolean not null generated always as (close < 0.01) stored;
create index outdated_weeks on silver.weekly_adjusted_prices (symbol) where total_return_factor is null;
comment on column silver.weekly_adjusted_prices.split_to is
    'Shares that split_from old shares became in the week, inferred from the growth of adjusted over raw close; 1 and 1 without a split';
comment on column silver.weekly_adjusted_prices.split_from is 'See split_to';
comment on column silver.weekly_adjusted_prices.split_factor is 'New shares per old share: split_to by split_from';
comment on column silver.weekly_adjusted_prices.unit_factor is
    'By what the close is multiplied to be in the unit of the week before: 100 from pence to pounds; else 1';
comment on column silver.weekly_adjusted_prices.total_return_factor is
    'Times close by the close before, what a share became with its dividend; null where an earlier version wrote the row';
comment on column silver.weekly_adjusted_prices.special_dividend_per_share is
    'The part of dividend_per_share that is beside the payer''s habit';
comment on column silver.weekly_adjusted_prices.distribution_per_share is
    'An extraordinary distribution per share of that day; dividend_per_share is 0 then, other_factor stands for it';
comment on column silver.weekly_adjusted_prices.factor_growth is
    'Growth of adjusted over raw close since the week before, of the payload that told it best; null in the first week';
comment on column silver.weekly_adjusted_prices.factor_growth_low is 'Lowest growth that the source''s rounding allows';
comment on column silver.weekly_adjusted_prices.factor_growth_high is
    'Highest growth that the source''s rounding allows; null without a bound';
comment on column silver.weekly_adjusted_prices.is_factor_returning is
    'The adjusted close goes and comes back with the next week: it is not published';
comment on column silver.weekly_adjusted_prices.is_factor_coarse is
    'The growth is not known closely enough to tell a stock dividend from the next';
comment on column silver.weekly_adjusted_prices.is_special_dividend is 'A part of the dividend is beside the payer''s habit';
comment on column silver.weekly_adjusted_prices.is_action_unsure is
    'A rule recorded or suspects an action of which it is not sure';
comment on column silver.weekly_adjusted_prices.is_tick_bound is 'The raw close is below a hundred of the source''s ticks';
comment on column silver.weekly_adjusted_prices.dividend_per_share is
    'Dividend in shares and unit of that week; null in a first week whose amount is not known';
"""
OLDER = """
alter table silver.weekly_adjusted_prices
    drop column is_tick_bound,
    alter column split_factor drop expression,
    alter column split_factor set default 1,
    alter column is_special_dividend drop expression,
    alter column is_special_dividend set default false,
    drop column split_to,
    drop column split_from,
    drop column unit_factor,
    drop column total_return_factor,
    drop column special_dividend_per_share,
    drop column distribution_per_share,
    drop column factor_growth,
    drop column factor_growth_low,
    drop column factor_growth_high,
    drop column is_factor_returning,
    drop column is_factor_coarse;
"""


def upgrade() -> None:
    """Add the columns; what is known of splits is kept as whole numbers."""
    with dependents_set_aside(TABLE):
        op.execute(ACTIONS)


def downgrade() -> None:
    """The columns before; weeks keep what was read then until a replay."""
    with dependents_set_aside(TABLE):
        op.execute(OLDER)
