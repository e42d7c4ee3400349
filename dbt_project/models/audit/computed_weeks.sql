{{ config(pre_hook='{{ without_nested_loops() }}') }}
-- What the fact would hold of the changed symbols, with the rules that a row
-- breaks; the last columns serve the rules and the years of dividends.
with figures as (
    select
        {{ dbt_utils.generate_surrogate_key(['figures.symbol']) }} as stock_id,
        {{ dbt_utils.generate_surrogate_key(['figures.week_ending']) }}
            as date_id,
        sources.source_id,
        figures.symbol,
        figures.week_ending,
        figures.price_date,
        figures.open_price,
        figures.high_price,
        figures.low_price,
        figures.close_price,
        figures.adj_close_price,
        figures.adj_open_price,
        figures.adj_high_price,
        figures.adj_low_price,
        figures.trade_volume,
        case
            when not figures.is_mixed_scale
                then
                    trim_scale(
                        figures.trade_volume * figures.later_split_factor
                    )
        end as adj_volume,
        figures.dividend_amount,
        figures.dividend_per_share,
        figures.distribution_per_share,
        figures.split_to,
        figures.split_from,
        figures.split_factor,
        figures.unit_factor,
        figures.other_factor,
        figures.later_split_factor,
        figures.later_price_factor,
        figures.corporate_action,
        figures.weekly_return_pct,
        figures.weeks_spanned,
        figures.price_return_pct,
        figures.total_return_index,
        figures.return_4w_pct,
        figures.return_13w_pct,
        figures.return_52w_pct,
        figures.volatility_pct,
        figures.range_pct,
        figures.high_52w,
        figures.low_52w,
        figures.drawdown_pct,
        figures.dividend_yield_pct,
        figures.dividend_count_12m,
        figures.return_z_score,
        figures.is_special_dividend,
        figures.is_action_unsure,
        figures.is_complete_week,
        figures.is_mixed_scale,
        figures.is_factor_coarse,
        figures.is_tick_bound,
        figures.is_retained,
        figures.has_rejected_fields,
        figures.regular_dividend_per_share,
        figures.scaled_dividends_12m,
        figures.bronze_key,
        figures.is_previous_week_complete,
        figures.is_return_believed,
        figures.previous_close_price,
        figures.effective_adj_close,
        figures.previous_adj_close_price,
        figures.implied_factor,
        figures.lowest_factor,
        figures.highest_factor
    from {{ ref('int_weekly_figures') }} as figures
    cross join {{ ref('dim_source_candidates') }} as sources
    where sources.is_current
)

select * from figures
{{ join_broken_rules(computed_rules()) }}
