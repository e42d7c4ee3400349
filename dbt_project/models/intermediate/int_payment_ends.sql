-- Only weeks with an action: between them the scale does not change.
with action_weeks as (
    select
        symbol,
        week_index,
        regular_dividend_per_share,
        audit.product(split_factor * unit_factor * other_factor) over (
            partition by symbol
            order by week_index
        ) as price_scale
    from {{ ref('int_sound_weeks') }}
    where
        split_factor <> 1
        or unit_factor <> 1
        or other_factor <> 1
        or regular_dividend_per_share > 0
),

-- An ex-date wanders by a week or two from year to year.
payments as (
    select
        symbol,
        week_index,
        trim_scale(regular_dividend_per_share * price_scale)
            as scaled_dividend,
        audit.replaced_week(cast(week_index as integer)) over (
            partition by symbol
            order by week_index
        ) as replaced_week
    from action_weeks
    where regular_dividend_per_share > 0
)

select
    payments.symbol,
    payments.week_index,
    payments.scaled_dividend,
    coalesce(newer.week_index, payments.week_index + 55) as ends_in
from payments
left join payments as newer
    on
        payments.symbol = newer.symbol
        and payments.week_index = newer.replaced_week
