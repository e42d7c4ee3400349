{% set prices -%}
    high_price, low_price, close_price, is_mixed_scale, price_scale,
    later_split_factor, later_price_factor
{%- endset %}

-- A regular dividend counts from its week on, until a newer one has taken its
-- place or 54 weeks have passed: what ended is subtracted again.
with weeks_and_ends as (
    select
        symbol,
        week_ending,
        week_index,
        {{ prices }},
        is_dividend_unknown,
        case
            when regular_dividend_per_share > 0
                then regular_dividend_per_share * price_scale
        end as scaled_dividend,
        null as ended_dividend
    from {{ ref('int_price_scales') }}

    union all

    select
        symbol,
        null as week_ending,
        ends_in as week_index,
        null as high_price,
        null as low_price,
        null as close_price,
        null as is_mixed_scale,
        null as price_scale,
        null as later_split_factor,
        null as later_price_factor,
        null as is_dividend_unknown,
        null as scaled_dividend,
        scaled_dividend as ended_dividend
    from {{ ref('int_payment_ends') }}
),

sums_of_weeks as (
    select
        symbol,
        week_ending,
        week_index,
        {{ prices }},
        coalesce(sum(scaled_dividend) over by_week, 0)
        - coalesce(sum(ended_dividend) over by_week, 0) as sum_so_far,
        count(scaled_dividend) over by_week
        - count(ended_dividend) over by_week as count_so_far,
        bool_or(is_dividend_unknown) over the_last_55_weeks as is_sum_unknown,
        week_index - min(week_index) over by_week as weeks_of_history
    from weeks_and_ends
    window
        by_week as (partition by symbol order by week_index),
        the_last_55_weeks as (
            by_week range between 54 preceding and current row
        )
)

select
    symbol,
    week_ending,
    week_index,
    weeks_of_history,
    {{ prices }},
    case
        when weeks_of_history >= 52 and not is_sum_unknown then sum_so_far
    end as scaled_dividends_12m,
    case when weeks_of_history >= 52 then count_so_far end
        as dividend_count_12m,
    case
        when weeks_of_history >= 52 and not is_sum_unknown
            then cast(
                100 * sum_so_far / nullif(price_scale * close_price, 0)
                as double precision
            )
    end as dividend_yield_pct
from sums_of_weeks
where week_ending is not null
