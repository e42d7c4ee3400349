-- What the fact would hold of the changed symbols, with the rules that a row
-- breaks. The last columns but that one are there for the rules alone.
with weekly_figures as (
    select * from {{ ref('int_explained_factors') }}
),

current_source as (
    select source_id from {{ ref('dim_source_candidates') }} where is_current
),

adjusted_figures as (
    select
        weekly_figures.*,
        current_source.source_id,
        case
            when not weekly_figures.is_mixed_scale
                then
                    weekly_figures.adj_close_price
                    / nullif(weekly_figures.close_price, 0)
        end as adjustment_factor
    from weekly_figures
    cross join current_source
),

figures as (
    select
        {{ dbt_utils.generate_surrogate_key(['symbol']) }} as stock_id,
        {{ dbt_utils.generate_surrogate_key(['week_ending']) }} as date_id,
        source_id,
        symbol,
        week_ending,
        price_date,
        open_price,
        high_price,
        low_price,
        close_price,
        adj_close_price,
        trim_scale(open_price * adjustment_factor) as adj_open_price,
        trim_scale(high_price * adjustment_factor) as adj_high_price,
        trim_scale(low_price * adjustment_factor) as adj_low_price,
        trade_volume,
        case
            when not is_mixed_scale
                then trim_scale(trade_volume * later_split_factor)
        end as adj_volume,
        dividend_amount,
        dividend_per_share,
        split_factor,
        other_factor,
        later_split_factor,
        {{ name_corporate_action() }} as corporate_action,
        weekly_return_pct,
        weeks_spanned,
        price_return_pct,
        return_4w_pct,
        return_13w_pct,
        return_52w_pct,
        volatility_pct,
        case
            when is_complete_week and not is_mixed_scale
                then {{ percent_change('high_price / nullif(low_price, 0)') }}
        end as range_pct,
        high_52w,
        low_52w,
        drawdown_pct,
        dividend_yield_pct,
        dividends_52w,
        return_z_score,
        is_special_dividend,
        is_action_unsure,
        is_complete_week,
        is_mixed_scale,
        is_carried,
        has_rejected_fields,
        bronze_key,
        is_previous_week_complete,
        is_return_believed,
        previous_close_price,
        effective_adj_close,
        previous_adj_close_price,
        implied_factor,
        lowest_factor,
        highest_factor
    from adjusted_figures
)

select
    *,
    {{ broken_rules(computed_rules()) }} as broken_rules
from figures
