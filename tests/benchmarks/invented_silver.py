"""Silver of any size that obeys the rule of adjustment: half of the stocks pay dividends, a tenth has split."""

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import polars as pl
import psycopg
from psycopg import sql

from tests.benchmarks.measure import empty_silver

WEEKS = 1_300
LAST_WEEK = date(2024, 11, 29)
SECTORS = 11
STOCKS_AT_ONCE = 250  # some 100 MB of arrays and text
WEEKLY_DEVIATION, REVERSION = 0.03, 0.995  # a free walk would leave the range of prices in 25 years
QUARTER, DIVIDEND_SHARE = 13, 0.006
FIRST, RESTATED = "weekly_adjusted_prices:first", "weekly_adjusted_prices:restated"


def invent_silver(url: str, *, stocks: int) -> None:
    """Fill silver with `stocks` x 1,300 complete weeks of S00001, S00002, … and the companies behind them."""
    empty_silver(url)
    with psycopg.connect(url) as connection:
        connection.execute("truncate silver.company_overview")
        for first in range(1, stocks + 1, STOCKS_AT_ONCE):
            numbers = np.arange(first, min(first + STOCKS_AT_ONCE, stocks + 1))
            _copy(connection, "weekly_adjusted_prices", _weeks_of(numbers, batch=FIRST))
        _copy(connection, "company_overview", _companies_of(np.arange(1, stocks + 1)))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("vacuum analyze silver.weekly_adjusted_prices, silver.company_overview")


def restate(url: str, *, stocks: int, every: int, pays_now: bool) -> None:
    """Let every so-manyth stock pay in its newest week, or take it back: the source restates its whole history."""
    numbers = np.arange(1, stocks + 1, every)
    with psycopg.connect(url) as connection:
        connection.execute(
            "delete from silver.weekly_adjusted_prices where symbol = any(%s)", [_symbols(numbers).to_list()]
        )
        for block in np.array_split(numbers, -(-len(numbers) // STOCKS_AT_ONCE)):
            _copy(connection, "weekly_adjusted_prices", _weeks_of(block, batch=RESTATED, pays_now=pays_now))


def _weeks_of(numbers: np.ndarray, *, batch: str, pays_now: bool = False) -> pl.DataFrame:
    split = _splits(numbers)
    close, opening, high, low, volume = _raw_bars(numbers, split)
    dividend = _dividends(numbers, close, pays_now=pays_now)
    # The factor of a week holds every action after it: (a/c) grows by split x (1 + dividend / close).
    action = split * (1 + dividend / close)
    factor = np.ones(action.shape)
    factor[:, :-1] = 1 / np.cumprod(action[:, :0:-1], axis=1)[:, ::-1]
    fridays = pl.Series([LAST_WEEK - timedelta(weeks=ago) for ago in range(WEEKS - 1, -1, -1)])
    columns = {
        "open": opening,
        "high": high,
        "low": low,
        "close": close,
        "adjusted_close": np.round(close * factor, 4),
        "volume": volume,
        "dividend_amount": dividend,
        "dividend_per_share": dividend,
        "split_to": split.astype(int),
        "total_return_factor": action,
    }
    return pl.DataFrame({name: values.ravel() for name, values in columns.items()}).with_columns(
        symbol=_symbols(np.repeat(numbers, WEEKS)),
        week_ending=pl.concat([fridays] * len(numbers)),
        price_date=pl.concat([fridays] * len(numbers)),
        is_complete_week=pl.lit(value=True),
        bronze_key=pl.lit("invented"),
        execution_batch_id=pl.lit(batch),
    )


def _splits(numbers: np.ndarray) -> np.ndarray:
    # On the first day of its week, so that no week is on two scales.
    has_split = (numbers % 10 == 0)[:, None] & (np.arange(WEEKS) == (400 + numbers % 600)[:, None])
    return np.where(has_split, 2, 1)


def _raw_bars(numbers: np.ndarray, split: np.ndarray) -> Iterator[np.ndarray]:
    # Each stock has its own chance, so that it is the same stock in whatever company it is made.
    chance = [np.random.default_rng(int(number)) for number in numbers]
    steps, moves, reach = (np.stack([some.normal(0, 1, WEEKS) for some in chance]) for _ in range(3))
    steps *= WEEKLY_DEVIATION
    for week in range(1, WEEKS):
        steps[:, week] += REVERSION * steps[:, week - 1]
    later_splits = np.cumprod(split[:, ::-1], axis=1)[:, ::-1] / split
    close = np.round((20 + numbers % 80)[:, None] * np.exp(steps) * later_splits, 2)
    opening = np.round(close * (1 + 0.01 * moves), 2)
    yield from (close, opening)
    yield np.round(np.maximum(opening, close) * (1 + 0.01 * abs(reach)), 2)
    yield np.round(np.minimum(opening, close) * (1 - 0.005 * abs(reach)), 2)
    yield (1_000_000 * np.exp(0.3 * moves)).astype(int) * (1 + numbers % 50)[:, None]


def _dividends(numbers: np.ndarray, close: np.ndarray, *, pays_now: bool) -> np.ndarray:
    pays = (numbers % 2 == 0)[:, None] & (np.arange(WEEKS) % QUARTER == (numbers % QUARTER)[:, None])
    pays[:, -1] |= pays_now
    return np.where(pays, np.round(DIVIDEND_SHARE * close, 4), 0)


def _companies_of(numbers: np.ndarray) -> pl.DataFrame:
    return pl.DataFrame({"symbol": _symbols(numbers), "number": numbers}).select(
        "symbol",
        pl.format("Company number {}", "number").alias("company_name"),
        pl.lit("Common Stock").alias("asset_type"),
        pl.when(pl.col("number") % 20 == 0).then(pl.lit("GBX")).otherwise(pl.lit("USD")).alias("currency"),
        pl.format("SECTOR {}", pl.col("number") % SECTORS).alias("sector"),
        pl.lit("invented").alias("bronze_key"),
        pl.lit(FIRST).alias("execution_batch_id"),
    )


def _symbols(numbers: np.ndarray) -> pl.Series:
    return "S" + pl.Series(numbers).cast(pl.String).str.zfill(5)


def _copy(connection: psycopg.Connection, table: str, rows: pl.DataFrame) -> None:
    statement = sql.SQL("copy {} ({}) from stdin (format csv)").format(
        sql.Identifier("silver", table), sql.SQL(", ").join(map(sql.Identifier, rows.columns))
    )
    with connection.cursor().copy(statement) as copy:
        copy.write(rows.write_csv(include_header=False))
