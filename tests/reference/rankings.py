"""Stocks side by side in the latest week."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from tests.reference.stock import Stock
from tests.reference.universe import UNKNOWN_SECTOR, is_active, latest_week


@dataclass(frozen=True)
class VolatilityRank:
    """Where a stock's volatility stands among the active ones that have the latest week; 1 is the highest."""

    symbol: str
    volatility_pct: float
    rank: int
    percentile: float
    rank_in_sector: int
    sector_median_pct: float
    universe_quartiles_pct: tuple[float, float, float]
    stocks: int


def volatility_ranks(stocks: Sequence[Stock], sectors: Mapping[str, str | None]) -> list[VolatilityRank]:
    """Rank the active stocks that have the latest week, tick-bound prices left out."""
    found = _volatilities(stocks)
    everywhere = list(found.values())
    of_sector = {
        symbol: [value for other, value in found.items() if _sector(other, sectors) == _sector(symbol, sectors)]
        for symbol in found
    }
    quartiles = (_quantile(everywhere, 0.25), _quantile(everywhere, 0.5), _quantile(everywhere, 0.75))
    return [
        VolatilityRank(
            symbol,
            value,
            _rank(value, everywhere),
            100 * sum(other <= value for other in everywhere) / len(everywhere),
            _rank(value, of_sector[symbol]),
            median(of_sector[symbol]),
            quartiles,
            len(found),
        )
        for symbol, value in sorted(found.items())
    ]


def _volatilities(stocks: Sequence[Stock]) -> dict[str, float]:
    latest, found = latest_week(stocks), {}
    for stock in stocks:
        week = stock.by_week.get(latest) if latest and is_active(stock) else None
        if week is not None and week.volatility_pct is not None and not week.is_tick_bound:
            found[stock.symbol] = week.volatility_pct
    return found


def _sector(symbol: str, sectors: Mapping[str, str | None]) -> str:
    return sectors.get(symbol) or UNKNOWN_SECTOR


def _rank(value: float, values: Sequence[float]) -> int:
    return 1 + sum(other > value for other in values)


def _quantile(values: Sequence[float], part: float) -> float:
    """Between the two nearest, as percentile_cont of SQL."""
    if not values:
        return 0.0
    ordered, place = sorted(values), part * (len(values) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
