with complete_weeks as (
    select
        stock_id,
        symbol,
        week_ending,
        cast(extract(isoyear from week_ending) as integer) as year,
        dividend_per_share / nullif(later_split_factor, 0)
            as dividend_per_share, -- in today's shares from here on
        dividend_yield_pct,
        is_special_dividend
    from {{ ref('fact_adjusted_prices_candidates') }}
    where is_complete_week
),

calendar as (
    select
        year,
        min(week_ending) filter (where week_number = 1) as first_week,
        min(week_ending) filter (where is_year_end) as last_week
    from {{ ref('dim_date_candidates') }}
    group by year
),

stock_years as (
    select
        stock_id,
        symbol,
        year,
        min(week_ending) as first_week,
        max(week_ending) as last_week,
        count(*) filter (
            where dividend_per_share > 0 and not is_special_dividend
        ) as dividends,
        coalesce(
            sum(dividend_per_share) filter (where not is_special_dividend), 0
        ) as dividend_per_share,
        coalesce(
            sum(dividend_per_share) filter (where is_special_dividend), 0
        ) as special_dividend_per_share
    from complete_weeks
    group by stock_id, symbol, year
),

-- From a stock's first dividend on: a year without one is a row of 0.
paying_years as (
    select
        stock_years.*,
        coalesce(
            stock_years.first_week <= calendar.first_week
            and stock_years.last_week >= calendar.last_week,
            false
        ) as is_complete_year,
        sum(
            stock_years.dividend_per_share
            + stock_years.special_dividend_per_share
        ) over (
            partition by stock_years.symbol
            order by stock_years.year
        ) as paid_so_far
    from stock_years
    inner join calendar on stock_years.year = calendar.year
),

years_with_previous_year as (
    select
        *,
        case
            when year - lag(year) over comparable_years = 1
                then lag(dividend_per_share) over comparable_years
        end as previous_dividend_per_share
    from paying_years
    where paid_so_far > 0
    window comparable_years as (
        partition by symbol, is_complete_year order by year
    )
),

years_between_cuts as (
    select
        *,
        count(*) filter (
            where dividend_per_share < previous_dividend_per_share
        ) over (
            partition by symbol, is_complete_year
            order by year
        ) as cuts_so_far
    from years_with_previous_year
)

select
    years_between_cuts.stock_id,
    years_between_cuts.symbol,
    years_between_cuts.year,
    years_between_cuts.is_complete_year,
    years_between_cuts.dividends,
    {{ name_dividend_frequency() }} as frequency,
    trim_scale(years_between_cuts.dividend_per_share) as dividend_per_share,
    trim_scale(years_between_cuts.special_dividend_per_share)
        as special_dividend_per_share,
    case
        when years_between_cuts.is_complete_year
            then
                {{ percent_change(
                    'years_between_cuts.dividend_per_share / nullif('
                    ~ 'years_between_cuts.previous_dividend_per_share, 0)'
                ) }}
    end as growth_pct,
    case
        when years_between_cuts.is_complete_year
            then row_number() over (
                partition by
                    years_between_cuts.symbol,
                    years_between_cuts.is_complete_year,
                    years_between_cuts.cuts_so_far
                order by years_between_cuts.year
            ) - 1
    end as years_without_cut,
    complete_weeks.dividend_yield_pct
from years_between_cuts
inner join complete_weeks
    on
        years_between_cuts.symbol = complete_weeks.symbol
        and years_between_cuts.last_week = complete_weeks.week_ending
