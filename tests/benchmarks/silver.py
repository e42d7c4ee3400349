"""Normalise and load, from the bytes of the payloads to committed rows of silver, against what others do."""

import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

import pandas as pd
import polars as pl
import psycopg
import psycopg2
from psycopg2.extras import execute_values
from sqlalchemy import create_engine

from include.bronze.keys import short_hash
from include.settings import PROJECT_ROOT
from include.silver.datasets.weekly_adjusted_prices import DATASET as WEEKLY
from include.silver.from_bronze import TICKERS_AT_ONCE
from include.silver.load import load_payloads
from include.silver.load_log import read_newest_loaded
from include.silver.normalize import NormalizedSeries
from include.silver.prefetch import prefetch
from include.silver.tables import SILVER
from include.silver.weeks import WEEKLY_ADJUSTED
from tests.benchmarks.measure import Payload, Result, empty_silver, make_payloads, peak_kibibytes, seconds

TICKERS = 100
ROUNDS = 2
TABLE = "silver.weekly_adjusted_prices"
RAW_COLUMNS = ("open", "high", "low", "close", "adjusted_close", "volume", "dividend_amount")


def run(url: str) -> Iterator[Result]:
    """Yield one result per contender; the rows that end in the table are the same."""
    payloads = list(make_payloads(TICKERS))
    ready_csv = _ready_csv(url, payloads)
    pandas = _measured(url, load_with_pandas, payloads)
    common = _measured(url, load_row_by_row, payloads)
    limit = _measured(url, bare_copy, ready_csv)
    ours = _measured(url, load_ours, payloads)
    again = min(seconds(lambda: recognise(url, payloads)) for _ in range(ROUNDS))
    name = f"normalise and load {TICKERS} × 1,300 weeks"
    yield Result(name, ours, pandas, "pandas and to_sql", pandas / ours)
    yield Result(name, ours, common, "dicts, Polars, row tuples, execute_values ON CONFLICT", common / ours)
    yield Result(name, ours, limit, "the limit: COPY of the ready CSV", limit / ours)
    yield Result("the same payloads again", again, ours, "the first time", ours / again)
    empty_silver(url)
    few, many = (_peak_megabytes(url, tickers) for tickers in (TICKERS, 10 * TICKERS))
    yield Result(f"memory for {10 * TICKERS:,} tickers", many, few, f"for {TICKERS}", few / many, unit="MiB")


def _measured(url: str, contender: Callable[[str, Any], None], given: object) -> float:
    """The best of the rounds, so that nobody pays for being first."""
    rounds = []
    for _ in range(ROUNDS):
        empty_silver(url)
        rounds.append(seconds(lambda: contender(url, given)))
    return min(rounds)


def recognise(url: str, payloads: Sequence[Payload]) -> None:
    """What unchanged payloads cost after they arrived: their hashes, and a look at what silver has."""
    with psycopg.connect(url, autocommit=True) as connection:
        for group in _groups(payloads):
            keys = {payload.key.symbol: str(replace(payload.key, sha=short_hash(payload.body))) for payload in group}
            assert read_newest_loaded(connection, SILVER, WEEKLY_ADJUSTED.name, list(keys)) == keys


def _peak_megabytes(url: str, tickers: int) -> float:
    program = f"from tests.benchmarks.silver import load_and_say_peak; load_and_say_peak({url!r}, {tickers})"
    done = subprocess.run([sys.executable, "-c", program], cwd=PROJECT_ROOT, check=True, capture_output=True, text=True)
    return int(done.stdout) / 1024


def load_and_say_peak(url: str, tickers: int) -> None:
    """Load, one group of payloads after the other, and print the peak in KiB; for a process of its own."""
    load_ours(url, make_payloads(tickers))
    sys.stdout.write(str(peak_kibibytes()))


def load_ours(url: str, payloads: Iterable[Payload]) -> None:
    """The project's own path, without S3 and without the ledgers of the run."""
    with psycopg.connect(url, autocommit=True) as connection:
        for group in prefetch(_normalize, _groups(payloads)):
            load_payloads(connection, WEEKLY, group, accepted={}, batch="bench")


def _groups(payloads: Iterable[Payload]) -> Iterator[list[Payload]]:
    remaining = iter(payloads)
    return iter(lambda: list(islice(remaining, TICKERS_AT_ONCE)), [])


def _normalize(payloads: Sequence[Payload]) -> list[NormalizedSeries]:
    return WEEKLY.type_all([WEEKLY.read(payload.body, payload.key) for payload in payloads])


def load_with_pandas(url: str, payloads: Sequence[Payload]) -> None:
    """What a data scientist writes first."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg2://", 1))
    for payload in payloads:
        bars = json.loads(payload.body)[WEEKLY_ADJUSTED.data_field]
        frame = pd.DataFrame.from_dict(bars, orient="index").astype(float)
        frame.columns = pd.Index(RAW_COLUMNS)
        frame["price_date"] = pd.to_datetime(frame.index)
        frame["week_ending"] = frame["price_date"] + pd.to_timedelta(4 - frame["price_date"].dt.weekday, unit="D")
        frame["symbol"], frame["is_complete_week"] = payload.key.symbol, True
        frame["bronze_key"], frame["execution_batch_id"] = str(payload.key), "bench"
        frame.to_sql("weekly_adjusted_prices", engine, schema="silver", if_exists="append", index=False, chunksize=1000)


def load_row_by_row(url: str, payloads: Sequence[Payload]) -> None:
    """The common way of such pipelines."""
    columns = (
        "symbol",
        "week_ending",
        "price_date",
        *RAW_COLUMNS,
        "is_complete_week",
        "bronze_key",
        "execution_batch_id",
    )
    updates = ", ".join(f"{name} = excluded.{name}" for name in columns[2:])
    statement = f"""
        insert into {TABLE} ({", ".join(columns)}) values %s
        on conflict (symbol, week_ending) do update set {updates}
    """
    for payload in payloads:
        bars = json.loads(payload.body)[WEEKLY_ADJUSTED.data_field]
        rows = [{"symbol": payload.key.symbol, "price_date": day, **bar} for day, bar in bars.items()]
        frame = (
            pl.DataFrame(rows)
            .rename(dict(zip(next(iter(bars.values())), RAW_COLUMNS, strict=True)))
            .with_columns(pl.col("price_date").str.to_date(), pl.col(RAW_COLUMNS).cast(pl.Float64))
            .with_columns(week_ending=pl.col("price_date") + pl.duration(days=5 - pl.col("price_date").dt.weekday()))
            .with_columns(
                is_complete_week=pl.lit(value=True),
                bronze_key=pl.lit(str(payload.key)),
                execution_batch_id=pl.lit("bench"),
            )
            .select(columns)
        )
        with psycopg2.connect(url) as connection, connection.cursor() as cursor:
            execute_values(cursor, statement, frame.rows(), page_size=1000)
        connection.close()


def bare_copy(url: str, csv: bytes) -> None:
    """What Postgres can take in at all, into the same indexed table."""
    with psycopg.connect(url) as connection, connection.cursor().copy(f"copy {TABLE} from stdin (format csv)") as copy:
        copy.write(csv)


def _ready_csv(url: str, payloads: Sequence[Payload]) -> bytes:
    empty_silver(url)
    load_ours(url, payloads)
    text = io.BytesIO()
    with psycopg.connect(url) as connection, connection.cursor().copy(f"copy {TABLE} to stdout (format csv)") as copy:
        for block in copy:
            text.write(block)
    return text.getvalue()
