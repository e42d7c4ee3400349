"""What *Pipeline* asks of one batch: its API calls, and what it left behind in each layer."""

import polars as pl

from dashboards.reader import read_ledger

MOST_CALLS = 500
CHANGED_ROWS = "coalesce(sum(rows_inserted + rows_updated), 0)"
STORED_AT = "case when bronze_key is not null then called_at end"
# Of several pipelines that one publication took up it bears the batch of one.
PUBLICATIONS = """
    (
        select {batch} as execution_batch_id, published_at
        from gold.publications
        where execution_batch_id = {batch} or published_at = (
            select min(published_at) from gold.publications
            where published_at > (
                select max(loaded_at) from silver.loaded_payloads
                where execution_batch_id = {batch} and rows_inserted + rows_updated + rows_deleted > 0
            )
        )
    ) as taken_up
"""
# By layer: what is counted, how, when it came about, in which table.
TRAIL = (
    ("source", "API calls", "count(*)", "called_at", "ops.api_calls"),
    ("bronze", "payloads stored or held already", "count(distinct bronze_key)", STORED_AT, "ops.api_calls"),
    ("silver", "payloads loaded", "count(*)", "loaded_at", "silver.loaded_payloads"),
    ("silver", "rows changed by these payloads", CHANGED_ROWS, "loaded_at", "silver.loaded_payloads"),
    ("gold", "publications of its rows", "count(*)", "published_at", PUBLICATIONS),
    ("gold", "rows of fact_adjusted_prices inserted or updated", CHANGED_ROWS, "published_at", "gold.publications"),
    ("charts", "stocks whose newest week it wrote", "count(*)", "load_timestamp", "gold.mart_latest_week"),
)


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
    is_built = read_ledger("select to_regclass('gold.publications') is not null as is_built").item()
    selects = [
        f"""
        select {place} as place, '{layer}' as layer, '{what}' as what, ({number})::bigint as rows, max({moment}) as at
        from {table}
        where execution_batch_id = {{batch}}
        """
        for place, (layer, what, number, moment, table) in enumerate(TRAIL, start=1)
        if is_built or "gold." not in table
    ]
    return read_ledger(" union all ".join(selects), batch=batch).sort("place")
