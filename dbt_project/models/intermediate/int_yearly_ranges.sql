{% set carried -%}
    later_split_factor, later_price_factor, scaled_dividends_12m,
    dividend_count_12m, dividend_yield_pct
{%- endset %}

-- A price times its scale counts in the shares of the first week on record;
-- divided by the scale of another week, in the shares of that week.
with scaled_prices as (
    select
        symbol,
        week_ending,
        week_index,
        week_index / 52 as tile,
        weeks_of_history,
        price_scale,
        {{ carried }},
        coalesce(case when not is_mixed_scale then high_price end, close_price)
        * price_scale as scaled_high,
        coalesce(case when not is_mixed_scale then low_price end, close_price)
        * price_scale as scaled_low
    from {{ ref('int_yearly_dividends') }}
),

-- A moving maximum would compare 52 prices for every week. But 52 weeks are the
-- end of one tile of the calendar and the beginning of the next.
ranges_of_tiles as (
    select
        symbol,
        week_ending,
        week_index,
        tile,
        weeks_of_history,
        price_scale,
        {{ carried }},
        max(scaled_high) over from_the_first as high_so_far,
        min(scaled_low) over from_the_first as low_so_far,
        max(scaled_high) over from_the_last as high_from_here,
        min(scaled_low) over from_the_last as low_from_here
    from scaled_prices
    window
        from_the_first as (partition by symbol, tile order by week_index),
        from_the_last as (partition by symbol, tile order by week_index desc)
),

ranges_of_two_tiles as (
    select
        symbol,
        week_ending,
        week_index,
        {{ carried }},
        high_so_far,
        low_so_far,
        first_value(tile) over the_last_52_weeks < tile as is_across_tiles,
        first_value(high_from_here) over the_last_52_weeks as earlier_high,
        first_value(low_from_here) over the_last_52_weeks as earlier_low,
        case when weeks_of_history >= 51 then price_scale end as divisor
    from ranges_of_tiles
    window
        the_last_52_weeks as (
            partition by symbol
            order by week_index
            range between 51 preceding and current row
        )
)

-- Null before there are 52 weeks: no divisor.
select
    symbol,
    week_ending,
    week_index,
    {{ carried }},
    trim_scale(
        greatest(high_so_far, case when is_across_tiles then earlier_high end)
        / nullif(divisor, 0)
    ) as high_52w,
    trim_scale(
        least(low_so_far, case when is_across_tiles then earlier_low end)
        / nullif(divisor, 0)
    ) as low_52w
from ranges_of_two_tiles
