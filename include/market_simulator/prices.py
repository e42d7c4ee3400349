"""The daily prices of the sample market, read from the package that ships them."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

import polars as pl

from include.errors import StackError

ATTRIBUTION = (
    "Sample market, 2000 to 2013: real daily prices of AAPL, FB, GOOG, IBM and MSFT from Quandl WIKI Prices, "
    "declared public domain by Quandl, as shipped by the Python package bokeh_sampledata. "
    "History, not live data; GOOG is Google's history before 2014."
)
_COLUMNS = {
    "Ticker": pl.String,
    "Date": pl.Date,
    "Open": pl.Float64,
    "High": pl.Float64,
    "Low": pl.Float64,
    "Close": pl.Float64,
    "Volume": pl.Int64,
    "Adj Close": pl.Float64,
}
_NAMES = {"Ticker": "symbol", "Date": "date", "Adj Close": "source_adj_close"}


@cache
def read_daily_prices() -> pl.DataFrame:
    """All daily bars of the sample market.

    Shape:  (12154, 8) symbol, date, open, high, low, close, volume, source_adj_close; sorted by symbol and date.
    Units:  dollars and shares of the day, unadjusted; source_adj_close includes events after 2013.
    Raises: StackError when the package or its file is missing.
    Source: bokeh_sampledata.stocks, version 2026.1; public domain (Quandl WIKI Prices).
    """
    return (
        pl.read_csv(_csv_path(), schema=_COLUMNS)
        .rename(lambda name: _NAMES.get(name, name.lower()))
        .sort("symbol", "date")
    )


def _csv_path() -> Path:
    # The file is read where it lies: importing the package would load pandas for one gzip file.
    package = find_spec("bokeh_sampledata")
    if package is None or not package.submodule_search_locations:
        raise StackError("The package bokeh_sampledata, which holds the sample market's prices, is not installed")
    path = Path(package.submodule_search_locations[0]) / "_data" / "stocks.csv.gz"
    if not path.is_file():
        raise StackError(f"The sample market's prices are missing: {path} (bokeh_sampledata 2026.1 has them)")
    return path
