"""Bars as Alpha Vantage prints them: field names, order, indent, strings, four decimals, newest first."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

JSON_TYPE: Final = "application/json"
CSV_TYPE: Final = "application/x-download"
COMPACT_ROWS: Final = 100
TIME_ZONE: Final = "US/Eastern"


@dataclass(frozen=True)
class Layout:
    """How one function prints its series."""

    information: str
    series: str
    fields: tuple[tuple[str, str], ...]
    csv_header: str
    has_output_size: bool

    @property
    def json_row(self) -> str:
        """The %-format of one row of the series."""
        fields = ",\n".join(f'            "{name}": "{form}"' for name, form in self.fields)
        return f'        "%s": {{\n{fields}\n        }}'

    @property
    def csv_row(self) -> str:
        """The %-format of one line of the CSV."""
        return ",".join(["%s", *(form for _, form in self.fields)])


_PRICES: Final = (("1. open", "%.4f"), ("2. high", "%.4f"), ("3. low", "%.4f"), ("4. close", "%.4f"))
WEEKLY: Final = Layout(
    information="Weekly Adjusted Prices and Volumes",
    series="Weekly Adjusted Time Series",
    fields=(*_PRICES, ("5. adjusted close", "%.4f"), ("6. volume", "%d"), ("7. dividend amount", "%.4f")),
    csv_header="timestamp,open,high,low,close,adjusted close,volume,dividend amount",
    has_output_size=False,
)
DAILY: Final = Layout(
    information="Daily Prices (open, high, low, close) and Volumes",
    series="Time Series (Daily)",
    fields=(*_PRICES, ("5. volume", "%d")),
    csv_header="timestamp,open,high,low,close,volume",
    has_output_size=True,
)

Row = Sequence[object]  # the date as ISO text, then the values of Layout.fields


def series_as_json(layout: Layout, symbol: str, rows: Sequence[Row], *, is_full: bool = False) -> bytes:
    """Print a series as the source's JSON; `symbol` as it was typed, `rows` newest first."""
    head = json.dumps({"Meta Data": _meta_data(layout, symbol, str(rows[0][0]), is_full=is_full)}, indent=4)
    body = _fill(",\n".join([layout.json_row] * len(rows)), rows)
    opened = head.removesuffix("\n}")
    return f'{opened},\n    "{layout.series}": {{\n{body}\n    }}\n}}'.encode()


def series_as_csv(layout: Layout, rows: Sequence[Row]) -> bytes:
    """Print a series as the source's CSV, whose lines end in CR LF."""
    lines = "\r\n".join([layout.csv_header, *[layout.csv_row] * len(rows), ""])
    return _fill(lines, rows).encode()


def meta_data_alone(layout: Layout, symbol: str, last_refreshed: str) -> bytes:
    """A response that has a Meta Data block and no series."""
    return json.dumps({"Meta Data": _meta_data(layout, symbol, last_refreshed)}, indent=4).encode()


def object_as_json(fields: dict[str, object]) -> bytes:
    """Print a flat response as the source does, in the order given."""
    return json.dumps(fields, indent=4).encode()


def _meta_data(layout: Layout, symbol: str, last_refreshed: str, *, is_full: bool = False) -> dict[str, str]:
    output_size = {"4. Output Size": "Full size" if is_full else "Compact"} if layout.has_output_size else {}
    return {
        "1. Information": layout.information,
        "2. Symbol": symbol,
        "3. Last Refreshed": last_refreshed,
        **output_size,
        f"{4 + len(output_size)}. Time Zone": TIME_ZONE,
    }


def _fill(form: str, rows: Iterable[Row]) -> str:
    # One format operation for the whole response: a load test asks for a thousand rows, hundreds of times a second.
    return form % tuple(chain.from_iterable(rows))
