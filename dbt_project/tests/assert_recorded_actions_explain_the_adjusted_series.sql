-- Likely cause: silver inferred the wrong action, or the source restated only a
-- part of the history. The source adjusts with the close of the ex-date, which
-- lies between the week's low and high: so the identity is an interval.
with rescaled_weeks as (
    select
        symbol,
        week_ending,
        2 * adj_close_price
        / coalesce(received_adj_close_price, adj_close_price) as rescaling
    from {{ ref('stg_weekly_adjusted_prices') }}
    where is_carried
),

prices as (
    select
        facts.symbol,
        facts.week_ending,
        facts.high_price,
        facts.low_price,
        facts.close_price,
        facts.adj_close_price,
        facts.split_factor * facts.other_factor as price_factor,
        coalesce(facts.dividend_per_share, facts.dividend_amount) as dividend,
        lag(facts.close_price) over by_week as previous_close_price,
        lag(facts.adj_close_price) over by_week as previous_adj_close_price,
        coalesce(rescaled_weeks.rescaling, 1) as rescaling,
        coalesce(lag(rescaled_weeks.rescaling) over by_week, 1)
            as previous_rescaling
    from {{ ref('fact_adjusted_prices_candidates') }} as facts
    left join rescaled_weeks using (symbol, week_ending)
    window by_week as (partition by facts.symbol order by facts.week_ending)
),

-- The source rounds adjusted closes to four decimals: half a unit of the last
-- one, for both weeks; 1.02 and 1e-9 are for second-order terms. A carried week
-- was rounded before it was rescaled, and so was the jump from it to the next;
-- what it was rescaled by was rounded too, so it counts twice.
implied_factors as (
    select
        *,
        (adj_close_price / nullif(close_price, 0))
        / nullif(
            previous_adj_close_price / nullif(previous_close_price, 0), 0
        ) as implied_factor,
        1.02 * 0.00005 * greatest(rescaling, previous_rescaling) * (
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
