"""Captured days on one scale, against the adjusted closes of the source: of days, and of each week's last session."""

import csv
import json
from datetime import UTC, date, datetime

import polars as pl
import pytest

from include.gold.bars.days import DAYS, UNLISTED, adjust_days
from include.gold.bars.events import LISTED, WEEKS, date_events
from include.silver.datasets.weekly_adjusted_prices import DATASET as WEEKLY
from include.silver.quarantine import Evidence
from include.silver.stored_weeks import no_stored_weeks
from tests.captures.folders import each_capture, needs_real_captures, read_capture, weekly_capture
from tests.payloads import normalize, normalize_daily

ROUNDING = 5.1e-5  # of the source's adjusted closes
# Days, and weekly payloads of the same symbol that hold the same weeks.
PAIRS = {
    "AAPL_20230720.json": "AAPL_20240415.json",
    "IBM_20231027.json": "IBM_20240415.json",
    "IBM_20260515.csv": "IBM_20260515.csv",
}


@needs_real_captures
@pytest.mark.parametrize("name", ["IBM_20240607.json", "IBM_20251107.csv"])
def test_adjusted_closes_are_those_of_the_source(name: str) -> None:
    rows = _adjusted_days(name)
    days = pl.DataFrame([{"symbol": "IBM"} | row for row in rows], schema=dict(DAYS) | {"theirs": pl.Float64})
    known = _listed_of_ibm().filter(pl.col("ex_date") <= days["trade_date"].max())

    adjusted = adjust_days(days, date_events(WEEKS.to_frame(), known), UNLISTED.to_frame())

    assert adjusted["adj_close"].to_list() == pytest.approx(adjusted["theirs"].to_list(), rel=1e-12)


@needs_real_captures
@pytest.mark.parametrize("is_listed", [False, True], ids=["without lists", "with lists"])
@pytest.mark.parametrize("name", each_capture(PAIRS, "TIME_SERIES_DAILY"))
def test_the_last_session_of_each_week_agrees_with_the_weekly_series(name: str, is_listed: bool) -> None:
    symbol, _, day = name.partition(".")[0].rpartition("_")
    fetched_at = datetime.strptime(day, "%Y%m%d").replace(hour=12, tzinfo=UTC)
    days = normalize_daily(read_capture("TIME_SERIES_DAILY", name), symbol=symbol, fetched_at=fetched_at).rows
    weeks = _weeks_of(PAIRS[name])
    listed = _listed_of_ibm() if is_listed and symbol == "IBM" else LISTED.to_frame()
    raw = days.select(name if name in {"symbol", "trade_date"} else pl.col(name).cast(pl.Float64) for name in DAYS)

    adjusted = adjust_days(raw, date_events(weeks.select(*WEEKS), listed), UNLISTED.to_frame())

    closes = weeks.select("symbol", pl.col("price_date").alias("trade_date"), weekly=pl.col("adjusted_close"))
    compared = adjusted.join(closes, on=("symbol", "trade_date")).sort("trade_date")
    assert compared.height >= 15
    assert compared["adj_close"].null_count() == 0
    newest = compared.row(-1, named=True)
    ratio = newest["adj_close"] / newest["weekly"]  # what happened between the two fetches
    furthest = (pl.col("adj_close") - ratio * pl.col("weekly")).abs()
    # Without a list the growth of each later dividend is read from two rounded closes.
    dividends = 0 if is_listed else (pl.col("dividend_per_share") != 0).fill_null(value=True).sum()
    allowed = ROUNDING * (ratio + pl.col("adj_close") / newest["weekly"]) * (1 + dividends)
    assert compared.filter(furthest > allowed).is_empty()


@needs_real_captures
def test_days_that_were_adjusted_at_the_source_have_other_closes_than_the_weeks() -> None:
    days = normalize_daily(
        read_capture("TIME_SERIES_DAILY", "MSFT_20180104.json"),
        symbol="MSFT",
        fetched_at=datetime(2018, 1, 4, 12, tzinfo=UTC),
    ).rows
    weeks = _weeks_of("MSFT_20180816.json").select(pl.col("price_date").alias("trade_date"), weekly="close")

    both = days.join(weeks, on="trade_date").sort("trade_date")

    differ = both.filter(pl.col("close").cast(pl.Float64) != pl.col("weekly").cast(pl.Float64))
    assert differ["trade_date"].max() == date(2017, 11, 10)  # before the dividend of 2017-11-15
    assert (both.height, differ.height) == (20, 13)


def _weeks_of(name: str) -> pl.DataFrame:
    body, symbol, fetched_at = weekly_capture(name)
    series = normalize(WEEKLY, body, symbol=symbol, fetched_at=fetched_at)
    weeks = Evidence(series, no_stored_weeks()).weeks
    return weeks.with_columns(
        (pl.col("split_to") / pl.col("split_from")).alias("split_factor"),
        *(pl.col(name).cast(pl.Float64) for name in ("dividend_per_share", "distribution_per_share", "adjusted_close")),
    )


def _adjusted_days(name: str) -> list[dict[str, object]]:
    """The days of a capture of daily adjusted prices, with the source's own adjusted close."""
    text = read_capture("TIME_SERIES_DAILY_ADJUSTED", name).decode()
    if name.endswith(".csv"):
        rows = [(row["timestamp"], row) for row in csv.DictReader(text.splitlines())]
    else:
        series = json.loads(text)["Time Series (Daily)"]
        rows = [(day, {key[3:].replace(" ", "_"): value for key, value in row.items()}) for day, row in series.items()]
    return [
        {"trade_date": date.fromisoformat(day), "theirs": float(row["adjusted_close"])}
        | {field: float(row[field]) for field in ("open", "high", "low", "close", "volume")}
        for day, row in rows
    ]


def _listed_of_ibm() -> pl.DataFrame:
    splits, dividends = (
        json.loads(read_capture("CORPORATE_ACTIONS", f"{function}_IBM.json"))["data"]
        for function in ("SPLITS", "DIVIDENDS")
    )
    kinds = {"1.0460": "other"}
    rows = [
        {
            "ex_date": row["effective_date"],
            "factor": row["split_factor"],
            "kind": kinds.get(row["split_factor"], "split"),
        }
        for row in splits
    ] + [{"ex_date": row["ex_dividend_date"], "amount": row["amount"], "kind": "dividend"} for row in dividends]
    return pl.DataFrame(
        [
            {
                "symbol": "IBM",
                "ex_date": date.fromisoformat(row["ex_date"]),
                "kind": row["kind"],
                "factor": float(row["factor"]) if "factor" in row else None,
                "amount": float(row["amount"]) if "amount" in row else None,
            }
            for row in rows
        ],
        schema=LISTED,
    )
