-- Likely cause: silver inferred the wrong action, or the source restated only a
-- part of the history. The source adjusts with the close of the ex-date, which
-- lies between the week's low and high: so the identity is an interval.
with prices as (
    select
        symbol,
        week_ending,
        high_price,
        low_price,
        close_price,
        adj_close_price,
        split_factor * other_factor as price_factor,
        coalesce(dividend_per_share, dividend_amount) as dividend,
        lag(close_price) over by_week as previous_close_price,
        lag(adj_close_price) over by_week as previous_adj_close_price
    from {{ ref('fact_adjusted_prices_candidates') }}
    window by_week as (partition by symbol order by week_ending)
),

-- The source rounds adjusted closes to four decimals: half a unit of the last
-- one, for both weeks; 1.02 and 1e-9 are for second-order terms.
implied_factors as (
    select
        *,
        (adj_close_price / nullif(close_price, 0))
        / nullif(
            previous_adj_close_price / nullif(previous_close_price, 0), 0
        ) as implied_factor,
        1.02 * 0.00005 * (
            1 / nullif(adj_close_price, 0)
            + 1 / nullif(previous_adj_close_price, 0)
        ) + 1e-9 as tolerance
    from prices
    where previous_close_price is not null
),

bounds as (
    select
        *,
        price_factor * (1 + dividend / nullif(high_price, 0)) * (1 - tolerance)
            as lowest_factor,
        price_factor * (1 + dividend / nullif(low_price, 0)) * (1 + tolerance)
            as highest_factor
    from implied_factors
)

select *
from bounds
where implied_factor not between lowest_factor and highest_factor
