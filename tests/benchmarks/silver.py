"""Normalise and load, from the bytes of the answers to committed rows of silver, against what others do."""

import io
import json
from collections.abc import Iterator, Sequence

import pandas as pd
import polars as pl
import psycopg
import psycopg2
from psycopg2.extras import execute_values
from sqlalchemy import create_engine

from include.alpha_vantage.functions import SERIES_FIELD, Function
from include.silver.load import Answer, load_answers
from include.silver.normalize import normalize_weekly
from include.steps.ahead import one_ahead
from include.steps.normalizing import TICKERS_AT_ONCE
from tests.benchmarks.measure import Payload, Result, empty_silver, make_payloads, seconds

TICKERS = 100
TABLE = "silver.weekly_adjusted_prices"
RAW_COLUMNS = ("open", "high", "low", "close", "adjusted_close", "volume", "dividend_amount")


def run(url: str) -> Iterator[Result]:
    """Yield one result per contender; the rows that end in the table are the same."""
    payloads = make_payloads(TICKERS)
    ready_csv = _ready_csv(url, payloads)
    ours = _measured(url, payloads, load_ours)
    pandas = _measured(url, payloads, load_with_pandas)
    common = _measured(url, payloads, load_row_by_row)
    limit = _measured(url, ready_csv, bare_copy)
    name = f"normalise and load {TICKERS} x 1,300 weeks"
    yield Result(name, ours, pandas, "pandas and to_sql", pandas / ours)
    yield Result(name, ours, common, "dicts, Polars, row tuples, execute_values ON CONFLICT", common / ours)
    yield Result(name, ours, limit, "the limit: COPY of the ready CSV", limit / ours)


def _measured(url: str, payloads: object, contender: object) -> float:
    empty_silver(url)
    return min(seconds(lambda: contender(url, payloads)) for _ in range(1))  # type: ignore[operator]


def load_ours(url: str, payloads: Sequence[Payload]) -> None:
    """The project's own path, without S3 and without the ledgers of the run."""
    groups = (payloads[start : start + TICKERS_AT_ONCE] for start in range(0, len(payloads), TICKERS_AT_ONCE))
    with psycopg.connect(url, autocommit=True) as connection:
        for answers in one_ahead(_normalize, groups):
            load_answers(connection, Function.WEEKLY_ADJUSTED, answers, batch="bench")


def _normalize(payloads: Sequence[Payload]) -> list[Answer]:
    return [
        Answer(
            payload.key,
            normalize_weekly(payload.body, symbol=payload.key.symbol, fetched_at=payload.key.fetched_at),
        )
        for payload in payloads
    ]


def load_with_pandas(url: str, payloads: Sequence[Payload]) -> None:
    """What a data scientist writes first."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg2://", 1))
    for payload in payloads:
        bars = json.loads(payload.body)[SERIES_FIELD[Function.WEEKLY_ADJUSTED]]
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
        bars = json.loads(payload.body)[SERIES_FIELD[Function.WEEKLY_ADJUSTED]]
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
