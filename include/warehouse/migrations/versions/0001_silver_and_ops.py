"""Schemas, the silver tables and the ledgers of ops.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMAS = {
    "silver": "Typed rows of the lake: a pure function of the bronze objects",
    "staging": "The views of dbt over silver: renamed and cast, nothing else",
    "audit": "Candidates of the next publication and the rows that failed a check",
    "gold": "The published star schema",
    "ops": "Runs, credits and plans of the pipeline",
}

TABLES = """
create table silver.weekly_adjusted_prices (
    symbol text not null,
    week_ending date not null,
    price_date date not null,
    open numeric not null,
    high numeric not null,
    low numeric not null,
    close numeric not null,
    adjusted_close numeric not null,
    volume bigint not null,
    dividend_amount numeric not null,
    split_factor numeric not null default 1,
    other_factor numeric not null default 1,
    dividend_per_share numeric,
    is_special_dividend boolean not null default false,
    is_action_unsure boolean not null default false,
    is_mixed_scale boolean not null default false,
    is_carried boolean not null default false,
    is_complete_week boolean not null,
    bronze_key text not null,
    execution_batch_id text not null,
    loaded_at timestamptz not null default now(),
    primary key (symbol, week_ending),
    check (extract(isodow from week_ending) = 5)
);
comment on table silver.weekly_adjusted_prices is
    'Weekly bars as received, typed. Grain: one row per symbol and week_ending (the Friday of the week).';
comment on column silver.weekly_adjusted_prices.week_ending is 'Friday of the Monday-to-Sunday week of price_date';
comment on column silver.weekly_adjusted_prices.price_date is 'Last trading day of the week, as received';
comment on column silver.weekly_adjusted_prices.open is 'Raw opening price of the week, listing currency';
comment on column silver.weekly_adjusted_prices.high is 'Raw highest price of the week, listing currency';
comment on column silver.weekly_adjusted_prices.low is 'Raw lowest price of the week, listing currency';
comment on column silver.weekly_adjusted_prices.close is 'Raw closing price of the week, listing currency';
comment on column silver.weekly_adjusted_prices.adjusted_close is
    'Close adjusted for later splits and dividends, restated by the source for the whole history; rescaled where carried';
comment on column silver.weekly_adjusted_prices.volume is 'Shares traded in the week, unadjusted';
comment on column silver.weekly_adjusted_prices.dividend_amount is 'Dividend of the week as received, listing currency';
comment on column silver.weekly_adjusted_prices.split_factor is
    'New shares per old share, inferred from the jump of adjusted over raw close; 1 in a week without a split';
comment on column silver.weekly_adjusted_prices.other_factor is
    'Price factor that neither a simple split nor the dividend explains (spin-offs); 1 in a usual week';
comment on column silver.weekly_adjusted_prices.dividend_per_share is
    'Dividend per share as counted on that day; null where the adjustment identity contradicts the amount';
comment on column silver.weekly_adjusted_prices.is_special_dividend is 'The dividend is above 5 % of the previous close';
comment on column silver.weekly_adjusted_prices.is_action_unsure is
    'The interval of the adjustment identity is wider than 1 %, so the inferred action is a guess';
comment on column silver.weekly_adjusted_prices.is_mixed_scale is
    'An action fell inside the week: its raw open, high and low are on two scales';
comment on column silver.weekly_adjusted_prices.is_carried is
    'The newest answer no longer holds this week: kept from an earlier one';
comment on column silver.weekly_adjusted_prices.is_complete_week is
    'False while the exchange has sessions of this week to come';
comment on column silver.weekly_adjusted_prices.bronze_key is 'The object of the lake that last changed this row';
comment on column silver.weekly_adjusted_prices.execution_batch_id is 'The batch that last changed this row';
comment on column silver.weekly_adjusted_prices.loaded_at is 'When that batch wrote the row, UTC';

create table silver.daily_prices (
    symbol text not null,
    trade_date date not null,
    open numeric not null,
    high numeric not null,
    low numeric not null,
    close numeric not null,
    volume bigint not null,
    is_complete_day boolean not null default true,
    bronze_key text not null,
    execution_batch_id text not null,
    loaded_at timestamptz not null default now(),
    primary key (symbol, trade_date)
);
comment on table silver.daily_prices is
    'Daily bars as received, unadjusted, typed. Grain: one row per symbol and trade_date (the exchange''s day).';

create table silver.company_overview (
    symbol text primary key,
    company_name text,
    asset_type text,
    exchange text,
    currency text,
    country text,
    sector text,
    industry text,
    description text,
    fiscal_year_end text,
    latest_quarter date,
    market_capitalization numeric,
    shares_outstanding numeric,
    bronze_key text not null,
    execution_batch_id text not null,
    loaded_at timestamptz not null default now()
);
comment on table silver.company_overview is
    'Facts about the company behind a symbol, as OVERVIEW told them last. Grain: one row per symbol.';

create table silver.rejected_rows (
    bronze_key text not null,
    row_number integer not null,
    function text not null,
    symbol text not null,
    row_date text,
    raw_values text not null,
    reason text not null,
    execution_batch_id text not null,
    loaded_at timestamptz not null default now(),
    primary key (bronze_key, row_number)
);
comment on table silver.rejected_rows is
    'Rows of an answer that no rule could type, with their raw text and the reason. Grain: one row per object and row.';

create table silver.restatements (
    bronze_key text primary key,
    symbol text not null,
    rows_changed integer not null,
    first_week date not null,
    last_week date not null,
    old_adjusted_close numeric not null,
    new_adjusted_close numeric not null,
    cause text not null check (cause in ('dividend', 'split', 'correction')),
    known_at timestamptz not null,
    execution_batch_id text not null,
    loaded_at timestamptz not null default now()
);
comment on table silver.restatements is
    'Histories that a newer answer rewrote: how many closed weeks, which, the newest of them before and after, and why. '
    'Grain: one row per answer that restated.';

create table silver.loaded_answers (
    bronze_key text primary key,
    function text not null,
    symbol text not null,
    rows_received integer not null,
    rows_kept integer not null,
    rows_combined integer not null,
    rows_rejected integer not null,
    rows_inserted integer not null,
    rows_updated integer not null,
    rows_deleted integer not null,
    rows_unchanged integer not null,
    execution_batch_id text not null,
    loaded_at timestamptz not null default now(),
    check (rows_received = rows_kept + rows_combined + rows_rejected)
);
comment on table silver.loaded_answers is
    'The objects of the lake that silver has taken in, with their row counts. Grain: one row per object.';
create index on silver.loaded_answers (function, symbol, bronze_key desc);

create table ops.market (
    is_only_row boolean primary key default true check (is_only_row),
    is_sample boolean not null,
    chosen_at timestamptz not null default now()
);
comment on table ops.market is 'Which market this warehouse holds, sample or live: the two never mix. Grain: one row.';

create table ops.pipeline_runs (
    execution_batch_id text primary key,
    pipeline text not null,
    status text not null check (status in ('running', 'success', 'failed')),
    started_at timestamptz not null default now(),
    finished_at timestamptz,
    seconds double precision generated always as (extract(epoch from finished_at - started_at)) stored,
    market_at timestamptz not null,
    tickers_planned integer not null default 0,
    tickers_fetched integer not null default 0,
    tickers_unchanged integer not null default 0,
    tickers_deferred integer not null default 0,
    tickers_failed integer not null default 0,
    rows_received integer not null default 0,
    rows_kept integer not null default 0,
    rows_combined integer not null default 0,
    rows_rejected integer not null default 0,
    rows_inserted integer not null default 0,
    rows_updated integer not null default 0,
    rows_deleted integer not null default 0,
    rows_unchanged integer not null default 0,
    error text
);
comment on table ops.pipeline_runs is 'The run ledger. Grain: one row per batch of a pipeline.';

create table ops.ticker_runs (
    execution_batch_id text not null,
    function text not null,
    symbol text not null,
    status text not null check (
        status in ('planned', 'current', 'refused', 'deferred', 'fetched', 'unchanged', 'skipped', 'loaded', 'failed')
    ),
    reason text,
    goes_on_at timestamptz,
    bronze_key text,
    updated_at timestamptz not null default now(),
    primary key (execution_batch_id, function, symbol)
);
comment on table ops.ticker_runs is
    'What became of each ticker in a batch: the plan, then the outcome. Grain: one row per batch, function and symbol.';

create table ops.api_calls (
    call_id bigint generated always as identity primary key,
    called_at timestamptz not null default clock_timestamp(),
    market_at timestamptz not null,
    function text not null,
    symbol text not null,
    outcome text not null,
    message text,
    bytes integer,
    seconds double precision,
    bronze_key text,
    execution_batch_id text not null
);
comment on table ops.api_calls is 'The quota ledger. Grain: one row per credit spent.';
create index on ops.api_calls (called_at);
create index on ops.api_calls (function, symbol, called_at desc);

create table ops.api_pace (
    is_only_row boolean primary key default true check (is_only_row),
    next_call_at timestamptz not null,
    closed_until timestamptz
);
comment on table ops.api_pace is
    'When the next API call may start, for all workers at once; closed_until once the source said "quota spent".';
"""


def upgrade() -> None:
    """Create what silver and ops consist of, readable by `analyst` now and after every rebuild."""
    for schema, comment in SCHEMAS.items():
        op.execute(f"create schema if not exists {schema}")
        op.execute(f"comment on schema {schema} is '{comment}'")
        op.execute(f"grant usage on schema {schema} to analyst")
        op.execute(f"alter default privileges in schema {schema} grant select on tables to analyst")
    op.execute(TABLES)


def downgrade() -> None:
    """Bronze rebuilds silver; the ledgers of ops are gone."""
    for schema in SCHEMAS:
        op.execute(f"drop schema if exists {schema} cascade")
