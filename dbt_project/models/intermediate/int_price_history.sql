with recursive weekly_prices as not materialized ( -- read twice: filtered twice
    select *
    from {{ ref('stg_weekly_adjusted_prices') }}
    where symbol in (
        select symbol_versions.symbol
        from {{ ref('symbol_versions') }} as symbol_versions
        where symbol_versions.is_changed
    )
),

-- Splits and the like are rare: their products are built from these few rows.
actions as (
    select
        symbol,
        split_factor,
        split_factor * other_factor as price_factor,
        row_number() over (
            partition by symbol
            order by week_ending
        ) as action_number
    from weekly_prices
    where split_factor <> 1 or other_factor <> 1
),

-- Exact products, which exp(sum(ln(factor))) would not be.
running_scales as (
    select
        symbol,
        cast(0 as bigint) as action_number,
        cast(1 as numeric) as split_scale,
        cast(1 as numeric) as price_scale
    from {{ ref('symbol_versions') }}
    where is_changed

    union all

    select
        actions.symbol,
        actions.action_number,
        trim_scale(running_scales.split_scale * actions.split_factor)
            as split_scale,
        trim_scale(running_scales.price_scale * actions.price_factor)
            as price_scale
    from running_scales
    inner join actions
        on
            running_scales.symbol = actions.symbol
            and running_scales.action_number + 1 = actions.action_number
),

scales as (
    select
        symbol,
        action_number,
        split_scale,
        price_scale,
        first_value(split_scale) over (
            partition by symbol
            order by action_number desc
        ) as newest_split_scale
    from running_scales
),

numbered_weeks as (
    select
        *,
        (week_ending - date '1970-01-02') / 7 as week_index,
        count(*) filter (
            where split_factor <> 1 or other_factor <> 1
        ) over (
            partition by symbol
            order by week_ending
        ) as action_number
    from weekly_prices
)

select
    numbered_weeks.*,
    scales.split_scale,
    scales.price_scale,
    trim_scale(scales.newest_split_scale / nullif(scales.split_scale, 0))
        as later_split_factor
from numbered_weeks
inner join scales using (symbol, action_number)
