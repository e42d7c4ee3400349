"""The rows of gold by table, key and column, as they follow from the computed stocks.

What gold stamps, and its keys (surrogate keys, source, batch, moment of loading), are no figures and are missing.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from math import isnan
from typing import Any

from tests.indicators_oracle import expected
from tests.reference.drawdown import max_drawdown
from tests.reference.rankings import volatility_ranks
from tests.reference.rhythm import frequency
from tests.reference.stock import Stock
from tests.reference.stock_week import StockWeek
from tests.reference.universe import (
    UNKNOWN_SECTOR,
    correlations,
    is_active,
    latest_week,
    sector_weeks,
    sensitivity,
)

Row = dict[str, Any]
WEEKLY_BARS = ("week_ending", "open", "high", "low", "close", "volume")
Rows = dict[tuple[Any, ...], Row]
Sectors = Mapping[str, str | None]
YEAR = timedelta(weeks=52)
PER_YEAR = {1: "yearly", 2: "half-yearly", 3: "three times a year", 4: "quarterly", 12: "monthly"}
SAME_NAME = (
    *("price_date", "adj_volume", "dividend_amount", "dividend_per_share"),
    *("distribution_per_share", "split_to", "split_from", "unit_factor", "other_factor", "is_action_unsure"),
    *("is_factor_coarse", "is_mixed_scale", "is_tick_bound", "is_complete_week", "is_retained", "has_rejected_fields"),
    *("weeks_spanned", "weekly_return_pct", "price_return_pct", "total_return_index", "return_4w_pct"),
    *("return_13w_pct", "return_52w_pct", "volatility_pct", "return_z_score", "drawdown_pct", "range_pct", "high_52w"),
    *("low_52w", "dividend_yield_pct", "dividend_count_12m"),
)
OTHER_NAME = {
    **{name: f"{name}_price" for name in ("open", "high", "low", "close", "adj_open", "adj_high", "adj_low")},
    "adj_close": "adj_close_price",
    "volume": "trade_volume",
    "special_per_share": "special_dividend_per_share",
}
SHOWN_LATEST = (
    *("close_price", "adj_close_price", "trade_volume", "corporate_action", "weekly_return_pct", "weeks_spanned"),
    *("price_return_pct", "return_4w_pct", "return_13w_pct", "return_52w_pct", "volatility_pct", "high_52w", "low_52w"),
    *("drawdown_pct", "dividend_yield_pct", "dividend_count_12m", "return_z_score", "is_tick_bound"),
    "has_rejected_fields",
)


def fact_weekly_technical_indicators(stocks: Sequence[Stock]) -> Rows:
    """A row per complete week that has all prices on one scale: the indicators by TA-Lib's own binding."""
    rows: Rows = {}
    for stock in stocks:
        bars = _weekly_bars(stock)
        columns = dict(zip(WEEKLY_BARS, zip(*bars, strict=True), strict=True)) if len(bars) > 1 else {}
        values = {name: found.tolist() for name, found in expected(columns, 52).items()} if columns else {}
        for place, (week, *_) in enumerate(bars):
            own = {name: found[place] for name, found in values.items()}
            rows[stock.symbol, week] = {name: None if isnan(value) else value for name, value in own.items()}
    return rows


def _weekly_bars(stock: Stock) -> list[tuple[Any, ...]]:
    """Prices and volumes in the shares and the unit of the newest week, open weeks left out at the end."""
    bars, later_price, later_shares = [], Fraction(1), Fraction(1)
    for week in reversed(stock.weeks):
        prices = (week.open, week.high, week.low, week.close)
        if week.is_complete_week and not week.is_mixed_scale and None not in (*prices, week.volume):
            adjusted = [float(price / later_price) for price in prices if price is not None]
            bars.append((week.week_ending, *adjusted, float((week.volume or 0) * later_shares)))
        later_price *= week.factor
        later_shares *= Fraction(week.split_to, week.split_from)
    return bars[::-1]


def dim_stock(stocks: Sequence[Stock]) -> Rows:
    """A row per stock: its first and newest week, open or complete, and whether it is active."""
    return {
        (stock.symbol,): {
            "first_week": stock.weeks[0].week_ending,
            "last_week": stock.weeks[-1].week_ending,
            "is_active": is_active(stock),
        }
        for stock in stocks
    }


def dim_date(stocks: Sequence[Stock]) -> Rows:
    """A row per week from the first to the newest; the year, quarter and month of its Thursday."""
    first = min(stock.weeks[0].week_ending for stock in stocks)
    last = max(stock.weeks[-1].week_ending for stock in stocks)
    weeks = [first + timedelta(weeks=place) for place in range((last - first).days // 7 + 1)]
    return {(week,): _calendar(week - timedelta(days=1)) for week in weeks}


def fact_adjusted_prices(stocks: Sequence[Stock]) -> Rows:
    """A row per stock and week."""
    return {
        (stock.symbol, week.week_ending): row
        for stock in stocks
        for week, row in zip(stock.weeks, _facts(stock.weeks), strict=True)
    }


def mart_latest_week(stocks: Sequence[Stock], sectors: Sectors) -> Rows:
    """A row per stock with a complete week: that week of it in which stocks are compared."""
    facts, latest, found = fact_adjusted_prices(stocks), latest_week(stocks), Rows()
    for stock in _with_complete_weeks(stocks):
        week = _compared_week(stock, latest)
        found[stock.symbol,] = {name: facts[stock.symbol, week.week_ending][name] for name in SHOWN_LATEST} | {
            "sector": sectors.get(stock.symbol) or UNKNOWN_SECTOR,
            "is_active": is_active(stock),
            "first_week": stock.complete_weeks[0].week_ending,
            "newest_week": stock.complete_weeks[-1].week_ending,
            "week_ending": week.week_ending,
            "is_latest_week": week.week_ending == latest,
            "complete_weeks": len(stock.complete_weeks),
            "max_drawdown_pct": max_drawdown(stock).max_drawdown_pct,
            "turnover_52w": _turnover(stock.complete_weeks),
        }
    return found


def mart_sector_performance(stocks: Sequence[Stock], sectors: Sectors) -> Rows:
    """A row per sector and week."""
    found, growth = Rows(), dict[str, float]()
    for week in sector_weeks(stocks, sectors):
        growth[week.sector] = growth.get(week.sector, 100.0) * (1 + week.mean_return_pct / 100)
        row = dict(vars(week)) | {"growth_of_100": growth[week.sector]}
        found[row.pop("sector"), row.pop("week_ending")] = row
    return found


def mart_volatility(stocks: Sequence[Stock], sectors: Sectors) -> Rows:
    """A row per stock that is ranked."""
    deepest = {stock.symbol: max_drawdown(stock).max_drawdown_pct for stock in _with_complete_weeks(stocks)}
    return {
        (rank.symbol,): {
            "sector": sectors.get(rank.symbol) or UNKNOWN_SECTOR,
            "week_ending": latest_week(stocks),
            "volatility_pct": rank.volatility_pct,
            "max_drawdown_pct": deepest[rank.symbol],
            "volatility_rank": rank.rank,
            "volatility_percentile": rank.percentile,
            "rank_in_sector": rank.rank_in_sector,
            "sector_median_pct": rank.sector_median_pct,
            "universe_lower_quartile_pct": rank.universe_quartiles_pct[0],
            "universe_median_pct": rank.universe_quartiles_pct[1],
            "universe_upper_quartile_pct": rank.universe_quartiles_pct[2],
            "stocks": rank.stocks,
        }
        for rank in volatility_ranks(stocks, sectors)
    }


def mart_stock_risk(stocks: Sequence[Stock]) -> Rows:
    """A row per stock with a complete week."""
    return {(stock.symbol,): _risk(stock, stocks) for stock in _with_complete_weeks(stocks)}


def mart_correlations(stocks: Sequence[Stock]) -> Rows:
    """A row per ordered pair of active stocks with enough common weeks."""
    latest, found = latest_week(stocks), Rows()
    for pair in correlations([stock for stock in stocks if is_active(stock)], latest):
        if pair.value is not None:
            row = {"week_ending": latest, "common_weeks": pair.common_weeks, "correlation": pair.value}
            found[pair.symbol, pair.other_symbol] = found[pair.other_symbol, pair.symbol] = row
    return found


def mart_dividends(stocks: Iterable[Stock]) -> Rows:
    """A row per stock and calendar year, from the year of its first dividend on."""
    return {
        (stock.symbol, year): row
        for stock in stocks
        if stock.complete_weeks
        for year, row in _dividend_years(stock).items()
    }


def _calendar(thursday: date) -> Row:
    next_thursday = thursday + timedelta(weeks=1)
    return {
        "year": thursday.year,
        "quarter": (thursday.month + 2) // 3,
        "month": thursday.month,
        "week_number": thursday.isocalendar().week,
        "month_name": f"{thursday:%B}",
        "is_quarter_end": (thursday.month + 2) // 3 != (next_thursday.month + 2) // 3,
        "is_year_end": thursday.year != next_thursday.year,
    }


def _facts(weeks: Sequence[StockWeek]) -> list[Row]:
    later, later_price, found = Fraction(1), Fraction(1), list[Row]()
    for week in reversed(weeks):
        values = vars(week)
        row = {OTHER_NAME.get(name, name): values[name] for name in (*SAME_NAME, *OTHER_NAME)}
        row |= {
            "split_factor": Fraction(week.split_to, week.split_from),
            "later_split_factor": later,
            "later_price_factor": later_price,
            "corporate_action": _action(week),
            "is_special_dividend": week.special_per_share > 0,
            "has_no_trades": None if week.volume is None else week.volume == 0,
        }
        found.append(row)
        later *= Fraction(week.split_to, week.split_from)
        later_price *= Fraction(week.split_to, week.split_from) * week.unit_factor * week.other_factor
    return found[::-1]


def _action(week: StockWeek) -> str | None:
    words = {
        "split": week.split_to != week.split_from,
        "spin-off or other factor": week.other_factor != 1,
        "change of unit": week.unit_factor != 1,
        "special dividend": week.special_per_share > 0,
        "dividend": week.special_per_share == 0 and week.dividend_per_share > 0,
    }
    return " and ".join(word for word, is_so in words.items() if is_so) or None


def _with_complete_weeks(stocks: Iterable[Stock]) -> list[Stock]:
    return [stock for stock in stocks if stock.complete_weeks]


def _compared_week(stock: Stock, latest: date | None) -> StockWeek:
    until = [week for week in stock.complete_weeks if latest is None or week.week_ending <= latest]
    return until[-1] if until else stock.complete_weeks[-1]


def _turnover(weeks: Sequence[StockWeek]) -> Fraction | None:
    newest = weeks[-1].week_ending
    known = [week.close * week.volume for week in weeks if week.week_ending > newest - YEAR and week.volume is not None]
    return sum(known, Fraction(0)) if known else None


def _risk(stock: Stock, stocks: Sequence[Stock]) -> Row:
    week, deepest, moved = _compared_week(stock, latest_week(stocks)), max_drawdown(stock), sensitivity(stock, stocks)
    return {
        "week_ending": week.week_ending,
        "benchmark": "the other stocks",
        "common_weeks": moved.common_weeks,
        "beta": moved.beta,
        "adjusted_beta": moved.adjusted_beta,
        "r_squared": moved.r_squared,
        "up_capture_pct": moved.up_capture_pct,
        "down_capture_pct": moved.down_capture_pct,
        "momentum_12_1_pct": _momentum(week),
        "max_drawdown_pct": deepest.max_drawdown_pct,
        "peak_week": deepest.peak_week,
        "trough_week": deepest.trough_week,
        "recovered_week": deepest.recovered_week,
        "drawdown_weeks": _weeks_between(deepest.peak_week, deepest.trough_week),
        "recovery_weeks": _weeks_between(deepest.trough_week, deepest.recovered_week),
    }


def _momentum(week: StockWeek) -> float | None:
    if week.return_52w_pct is None or week.return_4w_pct is None:
        return None
    return 100 * ((1 + week.return_52w_pct / 100) / (1 + week.return_4w_pct / 100) - 1)


def _weeks_between(first: date | None, last: date | None) -> int | None:
    return None if first is None or last is None else (last - first).days // 7


def _dividend_years(stock: Stock) -> dict[int, Row]:
    weeks = stock.complete_weeks
    first, last = weeks[0].week_ending, weeks[-1].week_ending
    found, has_begun = dict[int, Row](), False
    for year in stock.dividend_years:
        own = [week for week in weeks if week.price_date.year == year.year]
        has_begun = has_begun or any(week.dividend_per_share for week in own)
        if not own or not has_begun:
            continue
        found[year.year] = {
            "is_complete_year": first <= date(year.year, 1, 8) and last >= date(year.year, 12, 26),
            "dividend_count": year.count,
            "unknown_dividend_count": 0,
            "frequency": _frequency(weeks, year.year) if year.count else "none",
            "dividend_per_share": year.regular,
            "special_dividend_per_share": year.special,
            "growth_pct": year.growth_pct,
            "years_without_cut": year.years_without_cut,
            "dividend_yield_pct": own[-1].dividend_yield_pct,
        }
    return found


def _frequency(weeks: Sequence[StockWeek], year: int) -> str:
    paid = [week.week_ending for week in weeks if week.regular_per_share and week.price_date.year <= year]
    found = frequency(paid)
    return found if isinstance(found, str) else PER_YEAR[found]
