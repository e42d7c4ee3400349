"""A function of Alpha Vantage: its name, and how its data is recognised in a response."""

from dataclasses import dataclass

import msgspec

from include.sources import SourceFunction

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# What decoding raises on bytes that are no JSON, no UTF-8, or nested without end.
UNREADABLE_JSON = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


@dataclass(frozen=True)
class AlphaVantageFunction(SourceFunction):
    """A function of Alpha Vantage.

    Shape:  `data_field` is the field whose presence makes a response data: of a series, the one that holds its rows.
            `symbol_path` leads to the symbol that the response names. `csv_header` is how a CSV begins, at least; None
            where the function is never asked for CSV. `parameters` are sent beside name, symbol and key.
    """

    data_field: str
    symbol_path: tuple[str, ...]
    csv_header: bytes | None = None
    is_empty_data: bool = False  # an empty list is data too: nothing has happened
    parameters: tuple[tuple[str, str], ...] = ()
    may_know_nothing: bool = False  # a response without any facts is an outcome: a fund has no company
