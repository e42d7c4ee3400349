"""What *Pipeline* asks of one batch: its API calls, and what it left behind in each layer."""

import polars as pl

from dashboards.reader import read_ledger

MOST_CALLS = 500


def calls_of(batch: str) -> pl.DataFrame:
    """From each API call of a batch to the rows it brought.

    Shape:  one row per credit that the batch spent, in the order of the calls.
    Units:  seconds of the call; bytes of the payload; rows of silver.
    """
    statement = """
        select
            api_call.called_at,
            api_call.function,
            api_call.symbol,
            api_call.outcome,
            api_call.seconds,
            api_call.bytes,
            api_call.bronze_key,
            loaded.rows_received,
            loaded.rows_rejected,
            loaded.rows_inserted + loaded.rows_updated as rows_changed,
            api_call.message,
            api_call.execution_batch_id
        from ops.api_calls as api_call
        left join silver.loaded_payloads as loaded
            on api_call.bronze_key = loaded.bronze_key
        where api_call.execution_batch_id = {batch}
        order by api_call.call_id
        limit {most}
    """
    return read_ledger(statement, batch=batch, most=MOST_CALLS)


def trail_of(batch: str) -> pl.DataFrame:
    """What a batch left behind in each layer, from API call to chart.

    Shape:  (place, layer, what, rows, at), a row per layer in the order of the flow; `at` null where it left nothing.
    """
    statement = """
        select 1 as place, 'source' as layer, 'API calls' as what, count(*) as rows, max(called_at) as at
        from ops.api_calls
        where execution_batch_id = {batch}
        union all
        select 2, 'bronze', 'payloads stored or held already', count(distinct bronze_key), max(called_at)
        from ops.api_calls
        where execution_batch_id = {batch} and bronze_key is not null
        union all
        select 3, 'silver', 'payloads loaded', count(*), max(loaded_at)
        from silver.loaded_payloads
        where execution_batch_id = {batch}
        union all
        select 4, 'silver', 'rows changed by these payloads', coalesce(sum(rows_inserted + rows_updated), 0)::bigint,
            max(loaded_at)
        from silver.loaded_payloads
        where execution_batch_id = {batch}
    """
    of_gold = """
        union all
        select 5, 'gold', 'publications under this batch id', count(*), max(published_at)
        from gold.publications
        where execution_batch_id = {batch}
        union all
        select 6, 'gold', 'rows of the fact inserted or updated',
            coalesce(sum(rows_inserted + rows_updated), 0)::bigint, max(published_at)
        from gold.publications
        where execution_batch_id = {batch}
        union all
        select 7, 'charts', 'stocks whose newest week carries this batch id', count(*), max(load_timestamp)
        from gold.mart_latest_week
        where execution_batch_id = {batch}
    """
    is_built = read_ledger("select to_regclass('gold.publications') is not null as is_built").item()
    return read_ledger(statement + of_gold if is_built else statement, batch=batch).sort("place")
