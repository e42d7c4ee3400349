-- Likely cause: silver inferred the wrong action, or the source restated only a
-- part of the history. The source adjusts with the close of the ex-date, which
-- lies between the week's low and high: so the identity is an interval. Where
-- one of them is not known it lies within a fifth of the close. A week without
-- an adjusted close, or after one, has nothing to explain.
with rescaled_weeks as (
    select
        symbol,
        week_ending,
        cast(
            2 * adj_close_price
            / nullif(coalesce(received_adj_close_price, adj_close_price), 0)
            as double precision
        ) as rescaling
    from {{ ref('changed_weeks') }}
    where is_carried
),

-- A tolerance of 1e-9 needs no exact arithmetic, which takes far longer.
prices as (
    select
        facts.symbol,
        facts.week_ending,
        cast(facts.adj_close_price as double precision) as adj_close_price,
        cast(facts.adj_close_price as double precision)
        / nullif(cast(facts.close_price as double precision), 0) as factor,
        cast(facts.split_factor * facts.other_factor as double precision)
            as price_factor,
        cast(
            coalesce(facts.high_price, 1.2 * facts.close_price)
            as double precision
        ) as high_price,
        cast(
            coalesce(facts.low_price, facts.close_price / 1.2)
            as double precision
        ) as low_price,
        cast(
            coalesce(facts.dividend_per_share, facts.dividend_amount)
            as double precision
        ) as dividend,
        coalesce(rescaled_weeks.rescaling, 1) as rescaling
    from {{ ref('fact_adjusted_prices_candidates') }} as facts
    left join rescaled_weeks using (symbol, week_ending)
),

prices_with_previous_week as (
    select
        *,
        lag(adj_close_price) over by_week as previous_adj_close_price,
        lag(factor) over by_week as previous_factor,
        lag(rescaling) over by_week as previous_rescaling
    from prices
    window by_week as (partition by symbol order by week_ending)
),

-- The source rounds adjusted closes to four decimals: half a unit of the last
-- one, for both weeks; 1.02 and 1e-9 are for second-order terms. A carried week
-- was rounded before it was rescaled, and so was the jump from it to the next;
-- what it was rescaled by was rounded too, so it counts twice.
implied_factors as (
    select
        *,
        factor / nullif(previous_factor, 0) as implied_factor,
        1.02 * 0.00005 * greatest(rescaling, previous_rescaling) * (
            1 / nullif(adj_close_price, 0)
            + 1 / nullif(previous_adj_close_price, 0)
        ) + 1e-9 as tolerance
    from prices_with_previous_week
    where previous_factor is not null
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
