"""Frame to chart: pure functions. Colours come from `colours`, units stand on the axes."""

from dashboards.charts.bars import columns, histogram, ranking, returns, stacks
from dashboards.charts.candles import candles, volume
from dashboards.charts.elements import Chart
from dashboards.charts.grids import heat_map
from dashboards.charts.series import breadth, lines, points, value_range

__all__ = [
    "Chart",
    "breadth",
    "candles",
    "columns",
    "heat_map",
    "histogram",
    "lines",
    "points",
    "ranking",
    "returns",
    "stacks",
    "value_range",
    "volume",
]
