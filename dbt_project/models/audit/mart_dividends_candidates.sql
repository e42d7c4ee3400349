with years_between_cuts as (
    select
        stock_id,
        symbol,
        year,
        is_complete_year,
        dividend_count,
        unknown_dividend_count,
        dividend_per_share,
        special_dividend_per_share,
        dividend_yield_pct,
        previous_dividend_per_share,
        count(*) filter (
            where dividend_per_share < previous_dividend_per_share
            or is_cut_unknown
        ) over (
            partition by symbol, is_complete_year
            order by year
        ) as cuts_so_far
    from {{ ref('int_paying_years') }}
)

select
    stock_id,
    symbol,
    year,
    is_complete_year,
    dividend_count,
    unknown_dividend_count,
    {{ name_dividend_frequency() }} as frequency,
    dividend_per_share,
    special_dividend_per_share,
    case
        when is_complete_year
            then
                {{ percent_change(
                    'dividend_per_share '
                    ~ '/ nullif(previous_dividend_per_share, 0)'
                ) }}
    end as growth_pct,
    case
        when is_complete_year and dividend_per_share is not null
            then row_number() over (
                partition by symbol, is_complete_year, cuts_so_far
                order by year
            ) - 1
    end as years_without_cut,
    dividend_yield_pct
from years_between_cuts
