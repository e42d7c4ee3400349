"""Daily bars: their indicators, their load, and one restated ticker on its way to gold, against what others do.

Alone: `python -m tests.benchmarks.daily`.
"""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import psycopg
from psycopg import sql

from include.bronze.keys import BronzeKey
from include.gold.bars.prepared import SESSIONS_A_YEAR
from include.indicators.technical import INDICATORS, compute_indicators
from include.settings import PROJECT_ROOT
from include.silver.datasets.daily_prices import DAILY
from include.silver.datasets.daily_prices import DATASET as DAILY_PRICES
from include.silver.from_bronze import TICKERS_AT_ONCE
from include.silver.load import load_payloads
from include.silver.tables import ORIGIN
from include.steps.preparing import prepare_bars
from tests.benchmarks.measure import Result, bench_warehouse, peak_kibibytes, seconds
from tests.benchmarks.publication import build_gold
from tests.indicators_oracle import expected

TICKERS, DAYS = 1_000, 2_500
LOADED = 100
ROUNDS = 3
LAST_DAY = date(2013, 3, 1)
FETCHED_AT = datetime(2013, 3, 2, 12, tzinfo=UTC)
TABLE = "silver.daily_prices"
PRICES = ("open", "high", "low", "close")


def run(url: str) -> Iterator[Result]:
    """Yield a result for each contender."""
    yield from _indicators()
    yield from _load(url)
    yield from _restate(url)


def invent_days(tickers: int, days: int = DAYS) -> pl.DataFrame:
    """Sessions on every weekday up to LAST_DAY: a random walk of each ticker.

    Shape:  (tickers × days, 9): symbol, trade_date, open, high, low, close, volume, scale, is_complete_day.
    """
    rng = np.random.default_rng(7)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, (tickers, days)), axis=1))
    opening = close * np.exp(rng.normal(0, 0.003, close.shape))
    values = {
        "open": opening,
        "high": np.maximum(opening, close) * 1.005,
        "low": np.minimum(opening, close) * 0.995,
        "close": close,
    }
    weekdays = [day for ago in range(2 * days) if (day := LAST_DAY - timedelta(days=ago)).weekday() < 5][:days][::-1]
    return pl.DataFrame(
        {"symbol": np.repeat([f"D{number:05}" for number in range(tickers)], days)}
        | {name: np.round(value, 4).ravel() for name, value in values.items()}
        | {"volume": rng.integers(10**5, 10**6, tickers * days).astype(float)}
    ).with_columns(
        pl.concat([pl.Series(weekdays)] * tickers).alias("trade_date"),
        scale=pl.lit(0),
        is_complete_day=pl.lit(value=True),
    )


def _indicators() -> Iterator[Result]:
    bars = invent_days(TICKERS)
    frame = bars.select("symbol", *PRICES, "volume").to_pandas()
    ours = min(seconds(lambda: compute_indicators(bars, bars_a_year=SESSIONS_A_YEAR)) for _ in range(ROUNDS))
    ta_lib = min(seconds(lambda: _with_ta_lib(bars)) for _ in range(ROUNDS))
    pandas = seconds(lambda: _with_pandas(frame))
    name = f"{len(INDICATORS)} indicators of {TICKERS:,} × {DAYS:,} days"
    yield Result(name, ours, ta_lib, "TA-Lib ticker by ticker, frame in, frame out", ta_lib / ours)
    yield Result(name, ours, pandas, "pandas, group-wise rolling and ewm", pandas / ours)


def _with_ta_lib(bars: pl.DataFrame) -> pl.DataFrame:
    """What one writes with TA-Lib's own binding."""
    return pl.concat(
        own.with_columns(pl.Series(name, values) for name, values in expected(own, SESSIONS_A_YEAR).items())
        for own in bars.partition_by("symbol", maintain_order=True)
    )


def _with_pandas(bars: pd.DataFrame) -> pd.DataFrame:
    """The same figures as a data scientist writes them; averages seeded as pandas does."""
    of = bars.groupby("symbol", sort=False)
    close, high, low, volume = (bars[name] for name in ("close", "high", "low", "volume"))

    def rolling(values: pd.Series, window: int) -> Any:  # pandas keeps the class private
        return values.groupby(bars["symbol"], sort=False).rolling(window)

    def plain(values: pd.Series) -> pd.Series:
        return values.reset_index(level=0, drop=True)

    def smooth(values: pd.Series, alpha: float) -> pd.Series:
        return plain(values.groupby(bars["symbol"], sort=False).ewm(alpha=alpha, adjust=False).mean())

    before = of["close"].shift(1)
    true_range = np.maximum(high, before) - np.minimum(low, before)
    change, typical = close - before, (high + low + close) / 3
    up, down = high - of["high"].shift(1), of["low"].shift(1) - low
    found = {f"sma_{window}": plain(rolling(close, window).mean()) for window in (20, 50, 200)}
    found |= {f"ema_{window}": smooth(close, 2 / (window + 1)) for window in (12, 20, 26)}
    found["macd"] = found["ema_12"] - found["ema_26"]
    found["macd_signal"] = smooth(found["macd"], 0.2)
    found["macd_histogram"] = found["macd"] - found["macd_signal"]
    gain, loss = smooth(change.clip(lower=0), 1 / 14), smooth(-change.clip(upper=0), 1 / 14)
    found["rsi_14"] = 100 * gain / (gain + loss)
    highest, lowest = plain(rolling(high, 14).max()), plain(rolling(low, 14).min())
    fast = 100 * (close - lowest) / (highest - lowest)
    found["stoch_k"] = plain(rolling(fast, 3).mean())
    found["stoch_d"] = plain(rolling(found["stoch_k"], 3).mean())
    found["williams_r_14"] = fast - 100
    found["roc_10"] = 100 * (close / of["close"].shift(10) - 1)
    found["momentum_10"] = close - of["close"].shift(10)
    found["return_pct"], found["range_pct"] = 100 * (close / before - 1), 100 * (high / low - 1)
    deviation = plain(rolling(close, 20).std(ddof=0))
    found["stddev_20"] = deviation
    found["bollinger_upper"], found["bollinger_lower"] = (
        found["sma_20"] + 2 * deviation,
        found["sma_20"] - 2 * deviation,
    )
    found["bollinger_width_pct"] = 400 * deviation / found["sma_20"]
    found["percent_b"] = (close - found["bollinger_lower"]) / (4 * deviation)
    found["atr_14"], reach = smooth(true_range, 1 / 14), 2 * smooth(true_range, 1 / 10)
    found["keltner_upper"], found["keltner_lower"] = found["ema_20"] + reach, found["ema_20"] - reach
    rises, falls = up.where((up > down) & (up > 0), 0), down.where((down > up) & (down > 0), 0)
    plus, minus = smooth(rises, 1 / 14) / found["atr_14"], smooth(falls, 1 / 14) / found["atr_14"]
    found["adx_14"] = smooth(100 * (plus - minus).abs() / (plus + minus), 1 / 14)
    returns = np.log(close / before)
    found["historical_volatility_pct"] = 100 * np.sqrt(SESSIONS_A_YEAR) * plain(rolling(returns, 20).std())
    found["obv"] = (np.sign(change).fillna(0) * volume).groupby(bars["symbol"], sort=False).cumsum()
    found["avg_volume_20"] = plain(rolling(volume, 20).mean())
    found["vwap_20"] = plain(rolling(typical * volume, 20).mean()) / found["avg_volume_20"]
    found["volume_ratio"] = volume / found["avg_volume_20"]
    return pd.DataFrame(found)


def _peak_mebibytes(url: str) -> float:
    program = f"from tests.benchmarks.daily import prepare_and_say_peak; prepare_and_say_peak({url!r})"
    done = subprocess.run([sys.executable, "-c", program], cwd=PROJECT_ROOT, check=True, capture_output=True, text=True)
    return int(done.stdout.split()[-1]) / 1024


def prepare_and_say_peak(url: str) -> None:
    """Do the step `prepare_daily` of all tickers, and print the peak in KiB; for a process of its own."""
    prepare_bars(url, code="of this benchmark", is_whole=True)
    sys.stdout.write(f"{peak_kibibytes()}")


def _load(url: str) -> Iterator[Result]:
    days = invent_days(LOADED)
    payloads = [_payload(own) for own in days.partition_by("symbol", maintain_order=True)]
    csv = days.drop("scale").with_columns(**dict.fromkeys(ORIGIN, pl.lit("bench"))).write_csv(include_header=False)
    names = [*days.drop("scale").columns, *ORIGIN]
    limit = min(_emptied(url, lambda: _bare_copy(url, names, csv)) for _ in range(ROUNDS))
    ours = min(_emptied(url, lambda: load_ours(url, payloads)) for _ in range(ROUNDS))
    name = f"normalise and load {LOADED} × {DAYS:,} days"
    yield Result(name, ours, limit, "the limit: COPY of the ready CSV", limit / ours)


def _payload(days: pl.DataFrame) -> tuple[BronzeKey, bytes]:
    rows = [
        f'"{row["trade_date"]}": {{"1. open": "{row["open"]:.4f}", "2. high": "{row["high"]:.4f}",'
        f' "3. low": "{row["low"]:.4f}", "4. close": "{row["close"]:.4f}", "5. volume": "{row["volume"]:.0f}"}}'
        for row in days.reverse().iter_rows(named=True)
    ]
    body = f'{{"Meta Data": {{}}, "{DAILY.data_field}": {{{", ".join(rows)}}}}}'
    return BronzeKey(DAILY.name, days["symbol"][0], FETCHED_AT, "0" * 12), body.encode()


def _emptied(url: str, work: object) -> float:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"truncate {TABLE}, silver.loaded_payloads, silver.rejected_rows".encode())
    return seconds(work)  # type: ignore[arg-type]


def _bare_copy(url: str, names: Sequence[str], csv: str) -> None:
    statement = sql.SQL("copy {} ({}) from stdin (format csv)").format(
        sql.Identifier(*TABLE.split(".")), sql.SQL(", ").join(map(sql.Identifier, names))
    )
    with psycopg.connect(url) as connection, connection.cursor().copy(statement) as copy:
        copy.write(csv)


def load_ours(url: str, payloads: Sequence[tuple[BronzeKey, bytes]]) -> None:
    """The project's own path, without S3 and without the ledgers of the run."""
    with psycopg.connect(url, autocommit=True) as connection:
        for start in range(0, len(payloads), TICKERS_AT_ONCE):
            read = [DAILY_PRICES.read(body, key) for key, body in payloads[start : start + TICKERS_AT_ONCE]]
            load_payloads(connection, DAILY_PRICES, DAILY_PRICES.type_all(read), accepted={}, batch="bench")


def _restate(url: str) -> Iterator[Result]:
    days = invent_days(TICKERS).drop("scale").with_columns(**dict.fromkeys(ORIGIN, pl.lit("bench")))
    _emptied(url, lambda: _bare_copy(url, days.columns, days.write_csv(include_header=False)))
    full = build_gold(url)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("vacuum analyze")  # as autovacuum does within a minute
        connection.execute(f"update {TABLE} set close = open, loaded_at = now() where symbol = 'D00007'".encode())
    restated = build_gold(url)
    name = f"one restated ticker of {TICKERS:,}, to its days and indicators in gold"
    yield Result(name, restated, full, "all of them", full / restated)
    unchanged = build_gold(url)
    yield Result(name, restated, unchanged, "none: dbt's start and its checks", unchanged / restated)
    many = _peak_mebibytes(url)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"delete from {TABLE} where symbol >= 'D{TICKERS // 10:05}'".encode())
    few = _peak_mebibytes(url)
    yield Result(f"peak memory to prepare {TICKERS:,} tickers", many, few, f"for {TICKERS // 10}", few / many, "MiB")


if __name__ == "__main__":
    with bench_warehouse() as address:
        for result in run(address):
            print(f"{result.name}: {result.ours:,.3f} {result.unit} ({result.ratio:.2f} x {result.other_is})")  # noqa: T201
