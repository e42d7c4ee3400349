with quarantined as (
    select symbol from {{ ref('quarantined') }}
),

-- Not from the fact, whose factors are no exact numbers any more.
complete_weeks as (
    select
        stock_id,
        symbol,
        week_ending,
        cast(extract(isoyear from week_ending) as integer) as year,
        coalesce(coalesce(dividend_per_share, dividend_amount) > 0, false)
            as has_dividend,
        dividend_per_share is null and coalesce(dividend_amount > 0, true)
            as is_unknown,
        is_special_dividend,
        -- In today's shares from here on.
        dividend_per_share / nullif(later_price_factor, 0)
            as dividend_per_share,
        dividend_yield_pct
    from {{ ref('computed_weeks') }}
    where
        is_complete_week
        and symbol not in (select quarantined.symbol from quarantined)
),

stock_years as (
    select
        stock_id,
        symbol,
        year,
        min(week_ending) as first_week,
        max(week_ending) as last_week,
        count(*) filter (where has_dividend and not is_special_dividend)
            as dividend_count,
        count(*) filter (where is_unknown and not is_special_dividend)
            as unknown_regular,
        count(*) filter (where is_unknown and is_special_dividend)
            as unknown_special,
        coalesce(
            sum(dividend_per_share) filter (where not is_special_dividend), 0
        ) as dividend_per_share,
        coalesce(
            sum(dividend_per_share) filter (where is_special_dividend), 0
        ) as special_dividend_per_share,
        bool_or(has_dividend) as has_dividends
    from complete_weeks
    group by stock_id, symbol, year
)

-- A sum with an unknown amount is unknown: it would be too small.
select
    stock_years.stock_id,
    stock_years.symbol,
    stock_years.year,
    coalesce(
        stock_years.first_week <= calendar.first_week
        and stock_years.last_week >= calendar.last_week,
        false
    ) as is_complete_year,
    stock_years.dividend_count,
    stock_years.unknown_regular + stock_years.unknown_special
        as unknown_dividend_count,
    case
        when stock_years.unknown_regular = 0
            then trim_scale(stock_years.dividend_per_share)
    end as dividend_per_share,
    case
        when stock_years.unknown_special = 0
            then trim_scale(stock_years.special_dividend_per_share)
    end as special_dividend_per_share,
    stock_years.has_dividends,
    complete_weeks.dividend_yield_pct
from stock_years
inner join {{ ref('int_calendar_years') }} as calendar
    on stock_years.year = calendar.year
inner join complete_weeks
    on
        stock_years.symbol = complete_weeks.symbol
        and stock_years.last_week = complete_weeks.week_ending
