with quarantined as (
    select symbol from {{ ref('quarantined') }}
),

-- Not from the fact, whose factors are no exact numbers any more. The year is
-- the calendar's, by the last trading day of the week.
complete_weeks as (
    select
        stock_id,
        symbol,
        week_ending,
        cast(extract(year from price_date) as integer) as year,
        coalesce(dividend_amount <> 0, true) as has_dividend,
        -- In today's shares.
        dividend_per_share / nullif(later_price_factor, 0) as dividend,
        regular_dividend_per_share / nullif(later_price_factor, 0)
            as regular_dividend,
        dividend_yield_pct
    from {{ ref('computed_weeks') }}
    where
        is_complete_week
        and symbol not in (select quarantined.symbol from quarantined)
),

records as (
    select
        symbol,
        min(week_ending) as first_week,
        max(week_ending) as last_week
    from complete_weeks
    group by symbol
),

stock_years as (
    select
        stock_id,
        symbol,
        year,
        max(week_ending) as last_week,
        count(*) filter (where regular_dividend > 0) as dividend_count,
        count(*) filter (where has_dividend and regular_dividend is null)
            as unknown_regular,
        count(*) filter (where has_dividend and dividend is null)
            as unknown_dividend_count,
        sum(regular_dividend) as regular_dividend,
        sum(dividend - regular_dividend) as special_dividend
    from complete_weeks
    group by stock_id, symbol, year
)

-- A sum with an unknown amount is unknown: it would be too small.
select
    stock_years.stock_id,
    stock_years.symbol,
    stock_years.year,
    -- Its first Friday is 8 January at the latest, its last 26 December at the
    -- earliest: New Year's Day counts as the old year.
    records.first_week <= make_date(stock_years.year, 1, 8)
    and records.last_week >= make_date(stock_years.year, 12, 26)
        as is_complete_year,
    stock_years.dividend_count,
    stock_years.unknown_dividend_count,
    case
        when stock_years.unknown_regular = 0
            then trim_scale(coalesce(stock_years.regular_dividend, 0))
    end as dividend_per_share,
    case
        when stock_years.unknown_dividend_count = 0
            then trim_scale(coalesce(stock_years.special_dividend, 0))
    end as special_dividend_per_share,
    last_weeks.dividend_yield_pct
from stock_years
inner join records on stock_years.symbol = records.symbol
inner join complete_weeks as last_weeks
    on
        stock_years.symbol = last_weeks.symbol
        and stock_years.last_week = last_weeks.week_ending
