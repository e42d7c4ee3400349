"""Figures across stocks: the latest week, sectors, correlations, sensitivity to the market."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from math import log, prod
from statistics import correlation, linear_regression, mean, median

from tests.reference.stock import Stock
from tests.reference.stock_week import StockWeek

ACTIVE_DAYS = 28
CORRELATION_WEEKS, FEWEST_COMMON = 52, 40
BETA_WEEKS, FEWEST_FOR_BETA, FEWEST_OTHERS = 104, 80, 5
UNKNOWN_SECTOR = "Unknown"


@dataclass(frozen=True)
class SectorWeek:
    """The stocks of a sector in a week, equally weighted, percent."""

    sector: str
    week_ending: date
    stocks: int
    advancing: int
    declining: int
    mean_return_pct: float
    median_return_pct: float
    return_4w_pct: float | None = None
    return_13w_pct: float | None = None
    return_52w_pct: float | None = None


@dataclass(frozen=True)
class Correlation:
    """Pearson of two stocks' weekly log returns over their common weeks; symbols in order."""

    symbol: str
    other_symbol: str
    common_weeks: int
    value: float | None


@dataclass(frozen=True)
class Sensitivity:
    """A stock against its benchmark; captures in percent."""

    symbol: str
    common_weeks: int
    beta: float | None = None
    adjusted_beta: float | None = None
    r_squared: float | None = None
    up_capture_pct: float | None = None
    down_capture_pct: float | None = None


def is_active(stock: Stock) -> bool:
    """Whether the newest complete week was at most four weeks before the stock's own last look."""
    weeks = stock.complete_weeks
    return bool(weeks) and (stock.last_look.date() - weeks[-1].week_ending).days <= ACTIVE_DAYS


def latest_week(stocks: Sequence[Stock]) -> date | None:
    """The newest complete week that at least half of the active stocks have."""
    active = [stock for stock in stocks if is_active(stock)]
    held: defaultdict[date, int] = defaultdict(int)
    for stock in active:
        for week in stock.complete_weeks:
            held[week.week_ending] += 1
    return max((day for day, count in held.items() if 2 * count >= len(active)), default=None)


def stale_stocks(stocks: Sequence[Stock]) -> dict[str, date]:
    """The stocks without the latest week, with their own newest complete week."""
    latest = latest_week(stocks)
    return {
        stock.symbol: stock.complete_weeks[-1].week_ending
        for stock in stocks
        if stock.complete_weeks and latest not in {week.week_ending for week in stock.complete_weeks}
    }


def sector_weeks(stocks: Sequence[Stock], sectors: Mapping[str, str | None]) -> list[SectorWeek]:
    """The complete weeks of each sector, oldest first."""
    grouped: defaultdict[tuple[str, date], list[float]] = defaultdict(list)
    for stock in stocks:
        for day, value in _returns_off_the_tick(stock).items():
            grouped[sectors.get(stock.symbol) or UNKNOWN_SECTOR, day].append(value)
    means = {key: mean(values) for key, values in grouped.items()}
    return [
        SectorWeek(
            sector,
            day,
            len(values),
            sum(value > 0 for value in values),
            sum(value < 0 for value in values),
            100 * means[sector, day],
            100 * median(values),
            *(_compound(means, sector, day, weeks) for weeks in (4, 13, 52)),
        )
        for (sector, day), values in sorted(grouped.items())
    ]


def correlations(stocks: Sequence[Stock], latest: date | None = None) -> list[Correlation]:
    """Every pair of stocks, over the 52 weeks up to the latest one, theirs or a given one."""
    latest = latest or latest_week(stocks)
    if latest is None:
        return []
    returns = {stock.symbol: _within(_log_returns(stock), latest, CORRELATION_WEEKS) for stock in stocks}
    return [_correlate(one, other, returns) for one, other in combinations(sorted(returns), 2)]


def sensitivity(stock: Stock, stocks: Sequence[Stock], benchmark: Stock | None = None) -> Sensitivity:
    """Beta and captures over 104 weeks, against a benchmark or the mean of the other active stocks."""
    others = [_returns_off_the_tick(other) for other in stocks if other.symbol != stock.symbol and is_active(other)]
    market = _equal_weight(others) if benchmark is None else _simple_returns(benchmark)
    latest = latest_week(stocks)
    own = _within(_simple_returns(stock), latest, BETA_WEEKS) if latest else {}
    common = sorted(own.keys() & market.keys())
    if len(common) < FEWEST_FOR_BETA:
        return Sensitivity(stock.symbol, len(common))
    theirs, ours = [market[day] for day in common], [own[day] for day in common]
    beta = linear_regression(theirs, ours).slope
    return Sensitivity(
        stock.symbol,
        len(common),
        beta,
        0.67 * beta + 0.33,
        correlation(theirs, ours) ** 2,
        _capture([(mine, its) for mine, its in zip(ours, theirs, strict=True) if its > 0]),
        _capture([(mine, its) for mine, its in zip(ours, theirs, strict=True) if its < 0]),
    )


def _one_week(stock: Stock) -> list[StockWeek]:
    return [week for week in stock.complete_weeks if week.weeks_spanned == 1]


def _simple_returns(stock: Stock) -> dict[date, float]:
    return {week.week_ending: (week.weekly_return_pct or 0.0) / 100 for week in _one_week(stock)}


def _returns_off_the_tick(stock: Stock) -> dict[date, float]:
    # A price of so few ticks stays out of every mean.
    return {day: value for day, value in _simple_returns(stock).items() if not stock.by_week[day].is_tick_bound}


def _log_returns(stock: Stock) -> dict[date, float]:
    return {day: log(1 + value) for day, value in _simple_returns(stock).items()}


def _within(returns: Mapping[date, float], day: date, weeks: int) -> dict[date, float]:
    return {each: value for each, value in returns.items() if day - timedelta(weeks=weeks) < each <= day}


def _compound(means: Mapping[tuple[str, date], float], sector: str, day: date, weeks: int) -> float | None:
    values = [means.get((sector, day - timedelta(weeks=ago))) for ago in range(weeks)]
    return None if None in values else 100 * (prod(1 + value for value in values if value is not None) - 1)


def _correlate(one: str, other: str, returns: Mapping[str, Mapping[date, float]]) -> Correlation:
    common = sorted(returns[one].keys() & returns[other].keys())
    values = [[returns[symbol][day] for day in common] for symbol in (one, other)]
    is_known = len(common) >= FEWEST_COMMON and all(min(each) != max(each) for each in values)
    return Correlation(one, other, len(common), correlation(*values) if is_known else None)


def _equal_weight(returns: Sequence[Mapping[date, float]]) -> dict[date, float]:
    by_day: defaultdict[date, list[float]] = defaultdict(list)
    for each in returns:
        for day, value in each.items():
            by_day[day].append(value)
    return {day: mean(values) for day, values in by_day.items() if len(values) >= FEWEST_OTHERS}


def _capture(pairs: Sequence[tuple[float, float]]) -> float | None:
    if not pairs:
        return None
    ours, theirs = (prod(1 + each[side] for each in pairs) ** (1 / len(pairs)) - 1 for side in (0, 1))
    return 100 * ours / theirs
