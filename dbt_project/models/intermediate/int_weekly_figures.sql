-- All that is known and computed of a week, joined; the models named below
-- compute it.
with weekly_figures as (
    select
        weeks.symbol,
        weeks.week_ending,
        weeks.price_date,
        weeks.open_price,
        weeks.high_price,
        weeks.low_price,
        weeks.close_price,
        weeks.adj_close_price,
        weeks.adj_open_price,
        weeks.adj_high_price,
        weeks.adj_low_price,
        weeks.trade_volume,
        weeks.dividend_amount,
        weeks.dividend_per_share,
        weeks.regular_dividend_per_share,
        weeks.distribution_per_share,
        weeks.split_to,
        weeks.split_from,
        weeks.split_factor,
        weeks.unit_factor,
        weeks.other_factor,
        weeks.corporate_action,
        weeks.range_pct,
        weeks.is_special_dividend,
        weeks.is_action_unsure,
        weeks.is_complete_week,
        weeks.is_mixed_scale,
        weeks.is_factor_coarse,
        weeks.is_tick_bound,
        weeks.is_retained,
        weeks.has_rejected_fields,
        weeks.bronze_key,
        ranges.later_split_factor,
        ranges.later_price_factor,
        ranges.scaled_dividends_12m,
        ranges.high_52w,
        ranges.low_52w,
        ranges.dividend_count_12m,
        ranges.dividend_yield_pct,
        weekly_returns.effective_adj_close,
        weekly_returns.previous_close_price,
        weekly_returns.previous_adj_close_price,
        weekly_returns.weeks_spanned,
        weekly_returns.weekly_return_pct,
        weekly_returns.price_return_pct,
        weekly_returns.total_return_index,
        weekly_returns.return_4w_pct,
        weekly_returns.return_13w_pct,
        weekly_returns.return_52w_pct,
        weekly_returns.drawdown_pct,
        volatility.volatility_pct,
        volatility.return_z_score,
        factors.is_previous_week_complete,
        factors.is_return_believed,
        factors.implied_factor,
        factors.lowest_factor,
        factors.highest_factor
    from {{ ref('int_adjusted_prices') }} as weeks
    inner join {{ ref('int_yearly_ranges') }} as ranges
        using (symbol, week_ending)
    inner join {{ ref('int_weekly_returns') }} as weekly_returns
        using (symbol, week_ending)
    inner join {{ ref('int_volatility') }} as volatility
        using (symbol, week_ending)
    inner join {{ ref('int_explained_factors') }} as factors
        using (symbol, week_ending)
)

select * from weekly_figures
