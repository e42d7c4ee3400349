with silver as (
    select
        symbol,
        {{ fingerprint_of_weeks() }}
    from {{ ref('stg_weekly_adjusted_prices') }}
    group by symbol
),

published as (
    {{ select_published_fingerprints() }}
),

-- Also the symbols that silver dropped, and those that gold lost weeks of.
changed_symbols as (
    select
        symbol,
        -- Once, not for every week.
        {{ looks_like_ticker('symbol') }} as is_ticker
    from silver
    full join published using (symbol)
    where
        published.is_incomplete
        or (silver.weeks, silver.loaded_at, silver.batches)
        is distinct from
        (published.weeks, published.loaded_at, published.batches)
)

select * from changed_symbols
