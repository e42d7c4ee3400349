"""Gold of any size, invented inside Postgres: the tables are dbt's, their rows come from `generate_series`."""

import psycopg
from psycopg import sql

from tests.benchmarks.measure import empty_silver
from tests.benchmarks.publication import build_gold

WEEKS = 1_300
SECTORS = 11
DAYS, STOCKS_WITH_DAYS = 6_500, 300  # a quarter of a century; of all stocks they would fill a disk
CORRELATED = 250  # dbt's var correlated_stocks
LAST_WEEK = "date '2024-11-29'"
# What the pages filter, join and sort by; every other column gets something of its type.
COLUMNS = {
    "stock_id": "md5(stock::text)",
    "other_stock_id": "md5(other_stock::text)",
    "date_id": "md5(week::text)",
    "symbol": "'S' || lpad(stock::text, 5, '0')",
    "other_symbol": "'S' || lpad(other_stock::text, 5, '0')",
    "company_name": "'Company number ' || stock",
    "sector": f"'Sector ' || stock % {SECTORS}",
    "currency": "'USD'",
    "week_ending": f"{LAST_WEEK} - 7 * ({WEEKS} - week)",
    "trade_date": f"{LAST_WEEK} - ({DAYS} - day)",
    "trading_day_id": "day",
    "price_date": f"{LAST_WEEK} - 7 * ({WEEKS} - week)",
    "first_week": f"{LAST_WEEK} - 7 * {WEEKS}",
    "last_week": LAST_WEEK,
    "year": "1999 + week / 52",
    "growth_of_100": "100 + week * 0.3",
    "close_price": "20 + (stock * 7 + week * 13) % 8000 / 100.0",
    "adj_close_price": "20 + (stock * 7 + week * 13) % 8000 / 100.0",
    "weekly_return_pct": "20 * random() - 10",
    "growth_pct": "20 * random() - 10",
    "weeks_spanned": "1",
    "split_factor": "1",
    "other_factor": "1",
    "later_split_factor": "1",
    "later_price_factor": "1",
    "corporate_action": "null",
    "dividend_amount": "case when week % 13 = stock % 13 then 0.25 else 0 end",
    "is_complete_year": "week < 1290",
    "unknown_dividend_count": "0",
    "frequency": "(array['quarterly', 'yearly', 'none'])[1 + stock % 3]",
    "is_mixed_scale": "false",
    "is_special_dividend": "false",
    "stocks": "1000",
    "common_weeks": "52",
    "correlation": "random() * 2 - 1",
    "drawdown_pct": "-50 * random()",
    "volatility_pct": "15 + 40 * random()",
    "execution_batch_id": "'weekly_adjusted_prices:bench'",
    "load_timestamp": "now()",
    "is_sample": "true",
}
BY_TYPE = {
    "text": "'something'",
    "date": LAST_WEEK,
    "boolean": "true",
    "integer": "1",
    "bigint": "(1000000 * random())::bigint",
    # Constants: ten times faster to invent, and as wide as what they stand for.
    "numeric": "62.5125",
    "double precision": "1.25",
    "timestamp with time zone": "now()",
}
STOCKS = "generate_series(1, {stocks}) as stock"
SOME_STOCKS = f"generate_series(1, least({{stocks}}, {STOCKS_WITH_DAYS})) as stock"
ROWS_OF = {
    "dim_stock": (STOCKS, "week", str(WEEKS)),
    "fact_adjusted_prices": (f"{STOCKS} cross join generate_series(1, {WEEKS}) as week", "", ""),
    "dim_trading_day": (f"generate_series(1, {DAYS}) as day", "week", str(WEEKS)),
    "fact_daily_prices": (f"{SOME_STOCKS} cross join generate_series(1, {DAYS}) as day", "week", str(WEEKS)),
    "fact_technical_indicators": (f"{SOME_STOCKS} cross join generate_series(1, {DAYS}) as day", "week", str(WEEKS)),
    "fact_weekly_technical_indicators": (f"{SOME_STOCKS} cross join generate_series(1, {WEEKS}) as week", "", ""),
    "mart_latest_week": (STOCKS, "week", str(WEEKS)),
    "mart_volatility": (STOCKS, "week", str(WEEKS)),
    "mart_stock_risk": (STOCKS, "week", str(WEEKS)),
    "mart_sector_performance": (
        f"generate_series(0, {SECTORS - 1}) as stock cross join generate_series(1, {WEEKS}) as week",
        "",
        "",
    ),
    "mart_dividends": (f"{STOCKS} cross join generate_series(1, {WEEKS}, 52) as week", "", ""),
    "mart_correlations": (
        f"generate_series(1, least({{stocks}}, {CORRELATED})) as stock"
        f" cross join generate_series(1, least({{stocks}}, {CORRELATED})) as other_stock",
        "week",
        str(WEEKS),
    ),
    "publications": ("(values (1)) as only_row (stock)", "week", str(WEEKS)),
}
INDEXES = """
    select conrelid::regclass::text, conname, pg_get_constraintdef(oid), contype::text
    from pg_constraint
    where connamespace = 'gold'::regnamespace and contype in ('p', 'u', 'f')
    order by contype = 'f' desc
"""


def invent_gold(url: str, *, stocks: int) -> None:
    """Let dbt make the empty tables of a warehouse, fill them, and build their indexes afterwards.

    Shape:  `stocks` x 1,300 rows in fact_adjusted_prices; the newest 20 weeks of each in silver.
    """
    empty_silver(url)
    build_gold(url)
    with psycopg.connect(url, autocommit=True) as connection:
        constraints = connection.execute(INDEXES).fetchall()
        for table, name, _, _ in constraints:
            _execute(connection, f"alter table {table} drop constraint {name}")
        for table in ROWS_OF:
            _execute(connection, f"alter table gold.{table} set unlogged")  # nobody needs these rows after a crash
            _fill(connection, table, stocks)
        _fill_silver(connection, stocks)
        for table, name, definition, kind in reversed(constraints):
            if kind != "f":  # checking 39 million foreign keys would measure nothing that a page reads
                _execute(connection, f"alter table {table} add constraint {name} {definition}")
        _execute(connection, "vacuum analyze")


def _fill(connection: psycopg.Connection, table: str, stocks: int) -> None:
    source, constant, value = ROWS_OF[table]
    found = connection.execute(
        "select column_name, data_type from information_schema.columns"
        " where table_schema = 'gold' and table_name = %s order by ordinal_position",
        [table],
    ).fetchall()
    names = sql.SQL(", ").join(sql.Identifier(name) for name, _ in found)
    values = ", ".join(f"({COLUMNS.get(name, BY_TYPE[kind])})::{kind}" for name, kind in found)
    rows = source.format(stocks=stocks) + (f" cross join (values ({value})) as fixed ({constant})" if constant else "")
    head = sql.SQL("insert into {} ({}) ").format(sql.Identifier("gold", table), names).as_string()
    _execute(connection, f"{head} select {values} from {rows}")


def _fill_silver(connection: psycopg.Connection, stocks: int) -> None:
    _execute(
        connection,
        f"""
        insert into silver.weekly_adjusted_prices (
            symbol, week_ending, price_date, open, high, low, close, adjusted_close, volume, dividend_amount,
            is_complete_week, bronze_key, execution_batch_id
        )
        select
            {COLUMNS["symbol"]}, {COLUMNS["week_ending"]}, {COLUMNS["week_ending"]}, 10, 11, 9, 10, 10, 1000, 0,
            true, 'key', 'weekly_adjusted_prices:bench'
        from generate_series(1, {stocks}) as stock cross join generate_series({WEEKS - 19}, {WEEKS}) as week;
        insert into ops.market (is_sample) values (true) on conflict do nothing;
        insert into ops.api_calls (source, called_at, market_at, function, symbol, outcome, execution_batch_id)
        select 'alpha_vantage', now() - interval '1 hour', now(), 'TIME_SERIES_WEEKLY_ADJUSTED', {COLUMNS["symbol"]},
            'answered', 'weekly_adjusted_prices:bench'
        from generate_series(1, {stocks}) as stock;
        insert into ops.pipeline_runs (execution_batch_id, pipeline, status, market_at)
        values ('weekly_adjusted_prices:bench', 'weekly_adjusted_prices', 'success', now())
        """,
    )


def _execute(connection: psycopg.Connection, statement: str) -> None:
    connection.execute(statement.encode())
