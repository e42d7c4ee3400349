"""What failed and has not come since: why the newest run of a pipeline failed, and which tickers."""

import psycopg

# A ticker's failure stands until its payload is loaded, the source answers it again, or it is quarantined, which
# `ops.quarantines` tells with the way out.
IS_ANSWERED = """
    exists (
        select from silver.loaded_payloads as loaded
        where loaded.function = ticker.function
            and loaded.symbol = ticker.symbol
            and loaded.loaded_at > ticker.updated_at
    )
    or exists (
        select from ops.api_calls as api_call
        where api_call.function = ticker.function
            and api_call.symbol = ticker.symbol
            and api_call.called_at > ticker.updated_at
            and api_call.outcome in ('answered', 'NothingKnown')
    )
    or exists (
        select from ops.quarantines as held
        where held.function = ticker.function and held.symbol = ticker.symbol and held.ended_at is null
    )
"""
NEWEST_FAILURES = f"""
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
            {IS_ANSWERED} as is_answered
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
# As long as the planner leaves a refused ticker alone; a later run that did not ask for it says nothing of it.
STANDING_FAILURES = f"""
    select distinct on (ticker.function, ticker.symbol)
        ticker.symbol,
        ticker.function,
        coalesce(ticker.reason, 'no reason recorded') as reason,
        ticker.updated_at as failed_at,
        ticker.execution_batch_id
    from ops.pipeline_runs as run
    inner join ops.ticker_runs as ticker on run.execution_batch_id = ticker.execution_batch_id
    where run.started_at > now() - interval '30 days'
        and run.tickers_failed > 0
        and ticker.status = 'failed'
        and not ({IS_ANSWERED})
    order by ticker.function, ticker.symbol, ticker.updated_at desc
"""


def read_newest_failures(connection: psycopg.Connection) -> list[tuple[str, str]]:
    """The pipelines whose newest run failed, and why.

    A ticker that was answered since, or that is quarantined now, is not named again; a run in which nothing else failed
    is left out.
    """
    return connection.execute(NEWEST_FAILURES).fetchall()
