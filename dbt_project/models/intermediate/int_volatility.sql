-- A week without a log return shares the number and the week of the last one.
with numbered_returns as (
    select
        symbol,
        week_ending,
        week_index,
        is_complete_week,
        log_return,
        count(log_return) over by_week as return_number,
        max(week_index) filter (where log_return is not null) over by_week
            as return_week
    from {{ ref('int_log_returns') }}
    window by_week as (partition by symbol order by week_index)
),

-- Ordered by the number of the return, the frame holds the 52 newest returns,
-- whatever weeks lie between them.
return_statistics as (
    select
        symbol,
        week_ending,
        week_index,
        is_complete_week,
        log_return,
        count(log_return) over the_newest_52 as newest_returns,
        first_value(return_week) over the_newest_52 as oldest_return_week,
        stddev_samp(log_return) over the_newest_52 as newest_deviation,
        count(log_return) over the_previous_52 as previous_returns,
        first_value(return_week) over the_previous_52
            as oldest_previous_return_week,
        avg(log_return) over the_previous_52 as previous_mean,
        stddev_samp(log_return) over the_previous_52 as previous_deviation
    from numbered_returns
    window
        by_return as (partition by symbol order by return_number),
        the_newest_52 as (by_return range between 51 preceding and current row),
        the_previous_52 as (
            by_return range between 52 preceding and 1 preceding
        )
)

select
    symbol,
    week_ending,
    week_index,
    case
        when
            is_complete_week
            and newest_returns = 52
            and week_index - oldest_return_week < 60
            then cast(100 * sqrt(52) * newest_deviation as double precision)
    end as volatility_pct,
    -- Below 1e-12 a deviation is the noise of the logarithm's last digit.
    case
        when
            previous_returns = 52
            and week_index - oldest_previous_return_week < 60
            and previous_deviation > 1e-12
            then cast(
                (log_return - previous_mean) / previous_deviation
                as double precision
            )
    end as return_z_score
from return_statistics
