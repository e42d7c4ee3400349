"""Why the newest run of a pipeline failed, as far as that still stands."""

import psycopg

NEWEST_FAILURES = """
    with newest as (
        select distinct on (pipeline) pipeline, execution_batch_id, status, error
        from ops.pipeline_runs
        order by pipeline, started_at desc
    ),
    failed as (
        select
            ticker.execution_batch_id,
            ticker.symbol || ': ' || coalesce(ticker.reason, 'no reason recorded') as reason,
            ticker.symbol,
            exists (
                select from silver.loaded_payloads as loaded
                where loaded.function = ticker.function
                    and loaded.symbol = ticker.symbol
                    and loaded.loaded_at > ticker.updated_at
            )
            or exists (
                select from ops.quarantines as held
                where held.function = ticker.function and held.symbol = ticker.symbol and held.ended_at is null
            ) as is_answered
        from newest
        inner join ops.ticker_runs as ticker on newest.execution_batch_id = ticker.execution_batch_id
        where ticker.status = 'failed'
    ),
    left_over as (
        select
            execution_batch_id,
            bool_and(is_answered) as is_answered,
            string_agg(reason, '; ' order by symbol) filter (where not is_answered) as reasons
        from failed
        group by execution_batch_id
    )
    select newest.pipeline, coalesce(left_over.reasons, newest.error, 'no reason recorded') as error
    from newest
    left join left_over on newest.execution_batch_id = left_over.execution_batch_id
    where newest.status = 'failed' and not coalesce(left_over.is_answered, false)
    order by newest.pipeline
"""


def read_newest_failures(connection: psycopg.Connection) -> list[tuple[str, str]]:
    """The pipelines whose newest run failed, and why.

    A ticker whose payload was loaded since, or that is quarantined now (which `ops.quarantines` tells with the way
    out), is not named again; a run in which nothing else failed is left out.
    """
    return connection.execute(NEWEST_FAILURES).fetchall()
