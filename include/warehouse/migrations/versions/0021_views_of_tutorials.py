"""Daily bars under the names that tutorials use: public.stock_data and public.stock_prices.

Revision ID: 0021
"""

from alembic import op

revision = "0021"
down_revision = "0019"
branch_labels = None
depends_on = None

VIEWS = """
alter table ops.symbol_locks add column symbol_number bigint not null generated always as identity unique;
insert into ops.symbol_locks (symbol) select distinct symbol from silver.daily_prices order by symbol
on conflict do nothing;
comment on table ops.symbol_locks is
    'The row of a symbol is locked by the batch that writes the symbol''s rows of silver; it stays, whatever becomes of '
    'them. Grain: one row per symbol.';
comment on column ops.symbol_locks.symbol_number is 'Given once, in the order in which symbols came';

-- 100,000 days from 1900 on, which is as far back as a row may lie, end in 2173.
create view public.stock_data as
select
    numbers.symbol_number * 100000 + (prices.trade_date - date '1900-01-01') as id,
    prices.symbol,
    prices.trade_date as data_date,
    prices.open,
    prices.high,
    prices.low,
    prices.close,
    prices.volume,
    to_timestamp(substring(prices.bronze_key from 'fetched_at=([0-9]{8}T[0-9]{6})') || 'Z', 'YYYYMMDD"T"HH24MISSTZ')
        as fetched_at
from silver.daily_prices as prices
left join ops.symbol_locks as numbers using (symbol);
comment on view public.stock_data is
    'Daily bars as received, unadjusted, the open session included. Grain: one row per symbol and data_date.';
comment on column public.stock_data.id is
    'The number that its symbol got once, times 100,000, plus the days since 1900-01-01: the same for a symbol and '
    'data_date whatever is loaded, restated or replayed, and of no other';
comment on column public.stock_data.symbol is 'Ticker';
comment on column public.stock_data.data_date is 'The session, in the exchange''s days';
comment on column public.stock_data.open is 'In the listing''s currency, as printed; null where the source''s is no price';
comment on column public.stock_data.high is 'See open';
comment on column public.stock_data.low is 'See open';
comment on column public.stock_data.close is 'In the listing''s currency, as printed: no split and no dividend is applied';
comment on column public.stock_data.volume is 'Shares';
comment on column public.stock_data.fetched_at is
    'When the payload was fetched that gave the row its content, by the market''s clock';

create view public.stock_prices as
select symbol, trade_date, open, high, low, close, volume from silver.daily_prices;
comment on view public.stock_prices is
    'Daily bars as received, unadjusted, the open session included. Grain: one row per symbol and trade_date.';
comment on column public.stock_prices.symbol is 'Ticker';
comment on column public.stock_prices.trade_date is 'The session, in the exchange''s days';
comment on column public.stock_prices.open is 'In the listing''s currency, as printed; null where the source''s is no price';
comment on column public.stock_prices.high is 'See open';
comment on column public.stock_prices.low is 'See open';
comment on column public.stock_prices.close is 'In the listing''s currency, as printed: no split and no dividend is applied';
comment on column public.stock_prices.volume is 'Shares';
grant select on public.stock_data, public.stock_prices to analyst, reader;
"""


def upgrade() -> None:
    """Read silver under other names; nothing is stored but the number of a symbol."""
    op.execute(VIEWS)


def downgrade() -> None:
    """The numbers are lost: a later upgrade gives others."""
    op.execute("drop view public.stock_data, public.stock_prices")
    op.execute("alter table ops.symbol_locks drop column symbol_number")
