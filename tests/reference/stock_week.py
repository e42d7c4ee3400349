"""A week of a stock with every figure: what a row of the fact is compared with."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction


@dataclass(frozen=True)
class StockWeek:
    """A week of a stock. Units: prices as received; returns and ranges in percent; money in that week's shares."""

    symbol: str
    week_ending: date
    price_date: date
    open: Fraction | None
    high: Fraction | None
    low: Fraction | None
    close: Fraction
    volume: Fraction | None
    dividend_amount: Fraction | None
    received_adjusted_close: Fraction | None
    adj_close: Fraction | None
    adj_open: Fraction | None
    adj_high: Fraction | None
    adj_low: Fraction | None
    adj_volume: Fraction | None
    is_complete_week: bool
    is_retained: bool
    has_rejected_fields: bool
    rule: str | None
    split_to: int
    split_from: int
    unit_factor: Fraction
    other_factor: Fraction
    factor: Fraction
    h: Fraction
    dividend_per_share: Fraction
    regular_per_share: Fraction
    special_per_share: Fraction
    distribution_per_share: Fraction
    is_action_unsure: bool
    is_factor_coarse: bool
    is_mixed_scale: bool
    is_tick_bound: bool
    has_no_trades: bool
    weeks_spanned: int | None
    weekly_return_pct: float | None
    price_return_pct: float | None
    total_return_index: float
    return_4w_pct: float | None
    return_13w_pct: float | None
    return_52w_pct: float | None
    volatility_pct: float | None
    return_z_score: float | None
    drawdown_pct: float | None
    range_pct: float | None
    high_52w: float | None
    low_52w: float | None
    dividend_yield_pct: float | None
    dividend_count_12m: int | None
