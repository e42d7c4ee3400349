"""The functions of Alpha Vantage that the lakehouse asks for, and what their answers hold."""

from enum import StrEnum

import msgspec


class Function(StrEnum):
    """A function by its name in the URL, in the bronze key and in the ledgers."""

    WEEKLY_ADJUSTED = "TIME_SERIES_WEEKLY_ADJUSTED"
    DAILY = "TIME_SERIES_DAILY"
    OVERVIEW = "OVERVIEW"


# The field of the answer that holds the rows; its presence is what makes an answer data.
SERIES_FIELD = {
    Function.WEEKLY_ADJUSTED: "Weekly Adjusted Time Series",
    Function.DAILY: "Time Series (Daily)",
}
CSV_HEADER = {
    Function.WEEKLY_ADJUSTED: b"timestamp,open,high,low,close,adjusted close,volume,dividend amount",
    Function.DAILY: b"timestamp,open,high,low,close,volume",
}
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# What decoding raises on bytes that are no JSON, no UTF-8, or nested without end.
UNREADABLE_JSON = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
