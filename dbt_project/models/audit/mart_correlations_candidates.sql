with correlated_pairs as (
    select
        stock_id,
        symbol,
        other_stock_id,
        other_symbol,
        week_ending,
        common_weeks,
        correlation
    from {{ ref('int_correlated_pairs') }}
    where correlation is not null
)

select
    stock_id,
    symbol,
    other_stock_id,
    other_symbol,
    week_ending,
    common_weeks,
    correlation
from correlated_pairs

union all

-- The same pair from the other side.
select
    other_stock_id as stock_id,
    other_symbol as symbol,
    stock_id as other_stock_id,
    symbol as other_symbol,
    week_ending,
    common_weeks,
    correlation
from correlated_pairs
