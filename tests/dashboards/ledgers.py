"""What the runs behind the pages' warehouse left in the ledgers: two that loaded, one that failed, one publication."""

import psycopg

# Beside the payloads that silver really took in: their calls, and rows that no test could wait for.
LEDGERS = """
    insert into ops.pipeline_runs (execution_batch_id, pipeline, status, started_at, finished_at, market_at, error)
    values
    ('weekly_adjusted_prices:earlier', 'weekly_adjusted_prices', 'success', now() - interval '2 days',
        now() - interval '2 days' + interval '14.2 s', '2012-10-06 12:00+00', null),
    ('stock_data_pipeline:test', 'stock_data_pipeline', 'failed', now() - interval '1 hour',
        now() - interval '59 minutes', '2013-03-02 12:00+00',
        '1 of the tickers failed, the others went on. FB: Invalid API call'),
    ('weekly_adjusted_prices:test', 'weekly_adjusted_prices', 'success', now() - interval '10 minutes',
        now() - interval '10 minutes' + interval '9.5 s', '2013-03-02 12:00+00', null),
    ('gold_star_schema:test', 'gold_star_schema', 'success', now() - interval '9 minutes',
        now() - interval '9 minutes' + interval '31 s', '2013-03-02 12:00+00', null);

    insert into ops.api_calls
        (source, called_at, market_at, function, symbol, outcome, bytes, seconds, bronze_key, execution_batch_id)
    select
        'alpha_vantage', now() - case when loaded.execution_batch_id like '%:earlier' then interval '2 days'
            else interval '10 minutes' end,
        case when loaded.execution_batch_id like '%:earlier' then '2012-10-06 12:00+00'::timestamptz
            else '2013-03-02 12:00+00'::timestamptz end,
        loaded.function, loaded.symbol, 'answered', 81234, 0.21, loaded.bronze_key, loaded.execution_batch_id
    from silver.loaded_payloads as loaded
    order by loaded.bronze_key;

    insert into ops.api_calls
        (source, called_at, market_at, function, symbol, outcome, message, seconds, execution_batch_id)
    values (
        'alpha_vantage', now() - interval '1 hour', '2013-03-02 12:00+00', 'TIME_SERIES_DAILY', 'FB', 'InvalidCall',
        'Invalid API call', 0.05, 'stock_data_pipeline:test'
    );

    insert into silver.rejected_rows
        (bronze_key, row_number, function, symbol, row_date, raw_values, reason, execution_batch_id)
    select
        bronze_key, 17, function, symbol, '2009-02-30', '{"1. open": "12.1"}', 'no such day', execution_batch_id
    from silver.loaded_payloads
    where symbol = 'IBM' and function = 'TIME_SERIES_WEEKLY_ADJUSTED'
    order by bronze_key desc limit 1;

    insert into ops.findings (
        function, symbol, check_name, level, first_session, last_session, value, bound, words, execution_batch_id
    )
    values
        ('TIME_SERIES_DAILY', 'FB', 'date_range', 'info', '2012-10-08', '2013-03-01', 100, null,
            '100 sessions, from 2012-10-08 to 2013-03-01', 'stock_data_pipeline:test'),
        ('TIME_SERIES_DAILY', 'IBM', 'date_range', 'info', '2012-10-08', '2013-03-01', 98, null,
            '98 sessions, from 2012-10-08 to 2013-03-01', 'stock_data_pipeline:test'),
        ('TIME_SERIES_DAILY', 'IBM', 'volume_low', 'unusual', '2012-12-24', '2012-12-24', 0.3, 0.33,
            '1,530,500 shares, 0.3 times the average of the 20 sessions before', 'stock_data_pipeline:test'),
        ('TIME_SERIES_DAILY', 'IBM', 'gap', 'unusual', '2012-11-05', '2012-11-06', 2, 0,
            'sessions of the exchange that are missing: 2', 'stock_data_pipeline:test'),
        ('TIME_SERIES_DAILY', 'FB', 'volume_high', 'extreme', '2013-01-31', '2013-01-31', 11.2, 10,
            '412,300,000 shares, 11.2 times the average of the 20 sessions before', 'stock_data_pipeline:test');

    update ops.pipeline_runs as run
    set tickers_planned = sums.tickers, tickers_fetched = sums.tickers, rows_received = sums.received,
        rows_kept = sums.kept, rows_inserted = sums.inserted, rows_updated = sums.updated,
        rows_unchanged = sums.unchanged
    from (
        select execution_batch_id, count(distinct symbol) as tickers, sum(rows_received) as received,
            sum(rows_kept) as kept, sum(rows_inserted) as inserted, sum(rows_updated) as updated,
            sum(rows_unchanged) as unchanged
        from silver.loaded_payloads group by execution_batch_id
    ) as sums
    where run.execution_batch_id = sums.execution_batch_id;
"""


def fill_ledgers(url: str) -> None:
    """Write the ledgers of a warehouse whose silver is filled."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(LEDGERS.encode())
