{% set a_year = 'range between 51 preceding and current row' %}

with weekly_returns as (
    select * from {{ ref('int_weekly_returns') }}
),

-- A price times its scale counts in the shares of the first week on record;
-- divided by the scale of another week, in the shares of that week.
prices_in_first_shares as (
    select
        *,
        case when is_mixed_scale then close_price else high_price end
        * price_scale as scaled_high,
        case when is_mixed_scale then close_price else low_price end
        * price_scale as scaled_low,
        case
            when dividend_per_share > 0 and not is_special_dividend
                then dividend_per_share * split_scale
        end as scaled_dividend
    from weekly_returns
),

yearly_values as (
    select
        *,
        max(scaled_high) over the_last_52_weeks as scaled_high_52w,
        min(scaled_low) over the_last_52_weeks as scaled_low_52w,
        sum(scaled_dividend) over the_last_52_weeks as scaled_dividends_52w,
        count(scaled_dividend) over the_last_52_weeks as dividends_52w_so_far,
        week_index - min(week_index) over by_week as weeks_of_history,
        max(adj_close_price) over by_week as highest_adj_close_price,
        count(log_return) over by_week as return_number
    from prices_in_first_shares
    window
        by_week as (partition by symbol order by week_index),
        the_last_52_weeks as (by_week {{ a_year }})
)

select
    *,
    trim_scale(scaled_high_52w / nullif(price_scale, 0)) as high_52w,
    trim_scale(scaled_low_52w / nullif(price_scale, 0)) as low_52w,
    case
        when is_complete_week
            then
                {{ percent_change(
                    'adj_close_price / nullif(highest_adj_close_price, 0)'
                ) }}
    end as drawdown_pct,
    case when weeks_of_history >= 52 then dividends_52w_so_far end
        as dividends_52w,
    case
        when weeks_of_history >= 52
            then cast(
                100 * coalesce(scaled_dividends_52w, 0)
                / nullif(split_scale * close_price, 0) as double precision
            )
    end as dividend_yield_pct
from yearly_values
