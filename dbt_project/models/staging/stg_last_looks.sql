-- When the source last said something of a symbol, also where silver took
-- nothing in: the same payload again, one that is quarantined, one that holds
-- nothing, or the word that it does not know the symbol.
with looks as (
    select
        symbol,
        max(market_at) as looked_at
    from {{ source('ops', 'api_calls') }}
    where
        function = 'TIME_SERIES_WEEKLY_ADJUSTED'
        and outcome in ('answered', 'EmptyResponse', 'InvalidCall')
    group by symbol

    union all

    select
        symbol,
        {{ moment_of_object('max(bronze_key)') }} as looked_at
    from {{ source('silver', 'loaded_payloads') }}
    where function = 'TIME_SERIES_WEEKLY_ADJUSTED'
    group by symbol

    union all

    select
        symbol,
        {{ moment_of_object('max(bronze_key)') }} as looked_at
    from {{ source('ops', 'quarantines') }}
    where place = 'payload' and function = 'TIME_SERIES_WEEKLY_ADJUSTED'
    group by symbol
)

select
    symbol,
    max(looked_at) as last_look_at
from looks
group by symbol
