"""What a publication prepares of daily bars and indicators before dbt begins, and what it published of them.

Revision ID: 0025
"""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

INDICATORS = (
    *("sma_20", "sma_50", "sma_200", "ema_12", "ema_26", "macd", "macd_signal", "macd_histogram", "adx_14"),
    *("rsi_14", "stoch_k", "stoch_d", "williams_r_14", "roc_10", "momentum_10", "return_pct", "range_pct"),
    *("bollinger_upper", "bollinger_middle", "bollinger_lower", "bollinger_width_pct", "percent_b"),
    *("keltner_upper", "keltner_middle", "keltner_lower", "atr_14", "stddev_20", "historical_volatility_pct"),
    *("obv", "vwap_20", "avg_volume_20", "volume_ratio"),
)
OF_AN_INDICATOR = ", ".join(f"{name} double precision" for name in INDICATORS)

# Without keys: what of a symbol cannot be is for the rules of rows to say. Without autovacuum: it would keep the next
# preparation waiting, which analyzes them itself.
TABLES = f"""
create table audit.preparation (
    snapshot_id bigint primary key,
    prepared_at timestamptz not null default now(),
    is_whole boolean not null,
    code text not null,
    changed_days bigint not null default 0,
    daily_bars bigint not null default 0,
    daily_indicators bigint not null default 0,
    weekly_indicators bigint not null default 0
);
comment on table audit.preparation is
    'The state of silver that the bars below were computed from, and how many rows they then had. Grain: one row.';

create unlogged table audit.prepared_symbols (
    symbol text primary key,
    days bigint not null,
    first_day date,
    last_day date,
    days_state text,
    weeks bigint not null,
    weeks_loaded_at timestamptz,
    weeks_batches numeric,
    is_days_changed boolean not null,
    is_weeks_changed boolean not null,
    snapshot_id bigint not null
) with (autovacuum_enabled = false);
comment on table audit.prepared_symbols is
    'What silver holds of each symbol, and whether gold was published from the same. Grain: one row per symbol.';

create unlogged table audit.changed_days (
    symbol text not null,
    trade_date date not null,
    open_price numeric,
    high_price numeric,
    low_price numeric,
    close_price numeric not null,
    trade_volume numeric,
    is_complete_day boolean not null,
    has_rejected_fields boolean not null,
    bronze_key text not null,
    snapshot_id bigint not null
) with (autovacuum_enabled = false);
create index on audit.changed_days (symbol, trade_date);
comment on table audit.changed_days is
    'The daily rows of the symbols that changed, as silver held them. Grain: one row per symbol and trade_date.';

create unlogged table audit.changed_actions (
    symbol text not null,
    ex_date date not null,
    kind text not null,
    factor double precision,
    amount double precision,
    snapshot_id bigint not null
) with (autovacuum_enabled = false);
comment on table audit.changed_actions is
    'The listed corporate actions of the same symbols at the same moment. Grain: one row per symbol, ex_date and kind.';

create unlogged table audit.daily_bars (
    symbol text not null,
    trade_date date not null,
    split_adj_open double precision,
    split_adj_high double precision,
    split_adj_low double precision,
    split_adj_close double precision,
    split_adj_volume double precision,
    adj_close double precision,
    split_factor double precision,
    price_factor double precision,
    dividend_per_share double precision,
    total_return_factor double precision,
    is_scale_unknown boolean not null,
    is_action_day_unknown boolean not null,
    missing_sessions_before integer not null,
    snapshot_id bigint not null
) with (autovacuum_enabled = false);
comment on table audit.daily_bars is
    'The same days on the scale of the newest session. Grain: one row per symbol and trade_date.';

create unlogged table audit.daily_indicators (
    symbol text not null, trade_date date not null, {OF_AN_INDICATOR}, snapshot_id bigint not null
) with (autovacuum_enabled = false);
comment on table audit.daily_indicators is
    'The indicators of the complete days among them that have all prices. Grain: one row per symbol and trade_date.';

create unlogged table audit.weekly_indicators (
    symbol text not null, week_ending date not null, {OF_AN_INDICATOR}, snapshot_id bigint not null
) with (autovacuum_enabled = false);
comment on table audit.weekly_indicators is
    'The indicators of complete weeks, of the symbols that changed. Grain: one row per symbol and week_ending.';

create unlogged table audit.daily_gaps (
    symbol text not null, first_session date not null, last_session date not null, sessions integer not null,
    snapshot_id bigint not null
) with (autovacuum_enabled = false);
comment on table audit.daily_gaps is
    'Sessions that the days of the changed symbols lack. Grain: one row per symbol and run of missing sessions.';

create table audit.published_bars (
    symbol text primary key,
    days_state text,
    weeks bigint not null,
    weeks_loaded_at timestamptz,
    weeks_batches numeric,
    days bigint not null,
    day_bars bigint not null,
    week_bars bigint not null,
    code text not null,
    gold_definition text not null
);
comment on table audit.published_bars is
    'What gold was published from of each symbol, how many rows that made, and by which code. Grain: one row per symbol.';

create function ops.definition_of_gold() returns text language sql stable as $$
    select md5(string_agg(definition, ',' order by definition))
    from (
        select format('%s %s %s %s', relname, attname, format_type(atttypid, atttypmod), attnotnull) as definition
        from pg_attribute inner join pg_class on pg_class.oid = attrelid
        where relkind = 'r' and relnamespace = to_regnamespace('gold') and attnum > 0 and not attisdropped
        and relname <> 'publications'
        union all
        select format('%s %s', relname, pg_get_constraintdef(pg_constraint.oid))
        from pg_constraint inner join pg_class on pg_class.oid = conrelid
        where relnamespace = to_regnamespace('gold') and relname <> 'publications'
    ) as definitions
$$;
"""


def upgrade() -> None:
    """Create the tables between silver and dbt's models of bars."""
    op.execute(TABLES)


def downgrade() -> None:
    """A publication prepares them anew."""
    op.execute("drop function ops.definition_of_gold()")
    op.execute("drop table audit.published_bars, audit.daily_gaps, audit.weekly_indicators, audit.daily_indicators")
    op.execute("drop table audit.daily_bars, audit.changed_actions, audit.changed_days, audit.prepared_symbols")
    op.execute("drop table audit.preparation")
