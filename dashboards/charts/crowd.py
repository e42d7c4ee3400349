"""More lines than colours: the one that is nearest to the pointer is coloured, and the tooltip is of it alone."""

import json
from collections.abc import Mapping, Sequence

import altair as alt

from dashboards.charts.zoom import HOVER, MOST_COLUMNS
from dashboards.components.colours import MARKED, OTHER
from dashboards.components.period import COLUMN

SYMBOL = "symbol"
MOST_CELLS = 8_000  # of more a browser falls behind the pointer
IS_POINTED_AT = f"isDefined({HOVER}.{SYMBOL}) && datum.{SYMBOL} == {HOVER}.{SYMBOL}[0]"


def is_crowd(colours: Mapping[str, str]) -> bool:
    """Whether some of them have no colour of their own."""
    return OTHER in colours.values()


def most_columns(colours: Mapping[str, str]) -> int:
    """How many columns a chart may have, by the cells that each is divided into."""
    return MOST_CELLS // len(colours) if is_crowd(colours) else MOST_COLUMNS


def cells(values: alt.Chart, *, ends: Sequence[float], axis: alt.Axis, scale: alt.Scale, is_log: bool) -> alt.Chart:
    """Divide each column among its values, halfway from one to the next: whatever is pointed at belongs to the nearest.

    Shape:  values (symbol, value, column_start), `ends` the lowest and the highest of the axis.
    """
    neighbours = values.transform_window(
        below="lag(value)", above="lead(value)", sort=[alt.SortField("value")], groupby=[COLUMN]
    )
    divided: alt.Chart = neighbours.transform_calculate(
        low=f"isValid(datum.below) ? {_halfway('below', is_log=is_log)} : {ends[0]}",
        high=f"isValid(datum.above) ? {_halfway('above', is_log=is_log)} : {ends[1]}",
    ).encode(y=alt.Y("low:Q", axis=axis, scale=scale), y2="high:Q")
    return divided


def its_colour(colours: Mapping[str, str]) -> alt.ExprRef:
    """The colour of the one that is pointed at; of one without a colour that of what is marked."""
    of_each = {symbol: MARKED if colour == OTHER else colour for symbol, colour in colours.items()}
    return alt.ExprRef(f"isDefined({HOVER}.{SYMBOL}) ? {json.dumps(of_each)}[{HOVER}.{SYMBOL}[0]] : '{MARKED}'")


def _halfway(neighbour: str, *, is_log: bool) -> str:
    return f"sqrt(datum.{neighbour} * datum.value)" if is_log else f"(datum.{neighbour} + datum.value) / 2"
