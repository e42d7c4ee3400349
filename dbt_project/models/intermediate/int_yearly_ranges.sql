{% set a_year = 'range between 51 preceding and current row' %}

with weekly_returns as (
    select * from {{ ref('int_weekly_returns') }}
),

-- A price times its scale counts in the shares of the first week on record;
-- divided by the scale of another week, in the shares of that week.
prices_in_first_shares as (
    select
        *,
        week_index / 52 as tile,
        coalesce(case when not is_mixed_scale then high_price end, close_price)
        * price_scale as scaled_high,
        coalesce(case when not is_mixed_scale then low_price end, close_price)
        * price_scale as scaled_low,
        dividend_amount > 0 and not is_special_dividend as is_regular_dividend,
        dividend_amount is null
        or (
            dividend_amount > 0
            and not is_special_dividend
            and dividend_per_share is null
        ) as is_unknown_dividend,
        case
            when dividend_amount > 0 and not is_special_dividend
                then dividend_per_share * split_scale
        end as scaled_dividend
    from weekly_returns
),

-- A moving maximum would compare 52 prices for every week. But 52 weeks are the
-- end of one tile of the calendar and the beginning of the next.
highs_and_lows_of_tiles as (
    select
        *,
        max(scaled_high) over from_the_first as high_of_tile_so_far,
        min(scaled_low) over from_the_first as low_of_tile_so_far,
        max(scaled_high) over from_the_last as high_of_tile_from_here,
        min(scaled_low) over from_the_last as low_of_tile_from_here
    from prices_in_first_shares
    window
        from_the_first as (partition by symbol, tile order by week_index),
        from_the_last as (partition by symbol, tile order by week_index desc)
),

yearly_values as (
    select
        *,
        first_value(tile) over the_last_52_weeks as oldest_tile,
        first_value(high_of_tile_from_here) over the_last_52_weeks
            as high_of_oldest_tile,
        first_value(low_of_tile_from_here) over the_last_52_weeks
            as low_of_oldest_tile,
        sum(scaled_dividend) over the_last_52_weeks as scaled_dividends_52w,
        count(*) filter (where is_regular_dividend) over the_last_52_weeks
            as dividends_52w_so_far,
        count(*) filter (where is_unknown_dividend) over the_last_52_weeks
            as unknown_dividends_52w,
        week_index - min(week_index) over by_week as weeks_of_history,
        max(effective_adj_close) over by_week as highest_adj_close,
        count(log_return) over by_week as return_number,
        max(week_index) filter (where log_return is not null) over by_week
            as return_week
    from highs_and_lows_of_tiles
    window
        by_week as (partition by symbol order by week_index),
        the_last_52_weeks as (by_week {{ a_year }})
),

scaled_ranges as (
    select
        *,
        greatest(
            high_of_tile_so_far,
            case when oldest_tile < tile then high_of_oldest_tile end
        ) as scaled_high_52w,
        least(
            low_of_tile_so_far,
            case when oldest_tile < tile then low_of_oldest_tile end
        ) as scaled_low_52w
    from yearly_values
)

select
    *,
    trim_scale(scaled_high_52w / nullif(price_scale, 0)) as high_52w,
    trim_scale(scaled_low_52w / nullif(price_scale, 0)) as low_52w,
    case
        when is_complete_week
            then
                {{ percent_change(
                    'effective_adj_close / nullif(highest_adj_close, 0)'
                ) }}
    end as drawdown_pct,
    case when weeks_of_history >= 52 then dividends_52w_so_far end
        as dividends_52w,
    -- Unknown as soon as one of its dividends is.
    case
        when weeks_of_history >= 52 and unknown_dividends_52w = 0
            then cast(
                100 * coalesce(scaled_dividends_52w, 0)
                / nullif(split_scale * close_price, 0) as double precision
            )
    end as dividend_yield_pct
from scaled_ranges
