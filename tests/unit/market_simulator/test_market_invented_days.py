"""Invented daily bars: together they are the invented weeks, and the same every time."""

import hashlib
import json
from datetime import date, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from include.market_simulator.invented import invented_actions, invented_weeks
from include.market_simulator.invented_days import invented_days
from include.market_simulator.listing import normal_reply
from include.market_simulator.replies import Call

END = date(2013, 3, 1)
BAR = ["date", "open", "high", "low", "close", "volume"]
WEEKLY = [*BAR[:5], "adjusted_close", "volume", "dividend"]
TICKERS = range(40)


def days_of(symbol: str, until: date = END) -> pl.DataFrame:
    rows = pl.DataFrame(invented_days(symbol, until), schema=BAR, orient="row")
    return rows.with_columns(pl.col("date").str.to_date()).reverse()


def weeks_of(symbol: str, until: date = END) -> pl.DataFrame:
    rows = pl.DataFrame(invented_weeks(symbol, until), schema=WEEKLY, orient="row")
    return rows.with_columns(pl.col("date").str.to_date()).reverse().select(BAR)


@pytest.mark.parametrize("number", TICKERS)
def test_the_days_of_a_week_are_the_weekly_row(number: int) -> None:
    symbol = f"INVENTED-{number}"
    combined = (
        days_of(symbol)
        .group_by(pl.col("date").dt.truncate("1w").alias("monday"), maintain_order=True)
        .agg(
            pl.col("date").last(),
            pl.col("open").first(),
            pl.col("high").max(),
            pl.col("low").min(),
            pl.col("close").last(),
            pl.col("volume").sum(),
        )
        .drop("monday")
    )

    assert combined.height == 1300
    assert_frame_equal(combined, weeks_of(symbol), check_exact=True)


@pytest.mark.parametrize("number", TICKERS)
def test_a_bar_holds_what_it_says(number: int) -> None:
    days = days_of(f"INVENTED-{number}")

    assert days.height == 6500
    assert days.filter(pl.max_horizontal("open", "close") > pl.col("high")).is_empty()
    assert days.filter(pl.min_horizontal("open", "close") < pl.col("low")).is_empty()
    assert days["volume"].min() > 0  # type: ignore[operator]  # a number
    assert days["low"].min() > 0  # type: ignore[operator]
    assert days["date"].dt.weekday().unique().sort().to_list() == [1, 2, 3, 4, 5]


def test_a_split_moves_the_price_on_its_day_and_no_other_move_looks_like_one() -> None:
    seen = 0
    for number in TICKERS:
        splits = [(day, factor) for day, factor, _ in invented_actions(f"INVENTED-{number}", END) if factor != 1.0]
        moves = days_of(f"INVENTED-{number}").select("date", ratio=pl.col("close").shift() / pl.col("close"))
        jumps = moves.filter(pl.col("ratio") > 1.25).rows()
        assert [day for day, _ in jumps] == [day for day, _ in reversed(splits)]
        assert [ratio for _, ratio in jumps] == pytest.approx([factor for _, factor in reversed(splits)], rel=0.15)
        seen += len(jumps)

    assert seen > 40


@pytest.mark.parametrize("until", [date(2013, 2, 25) + timedelta(days=offset) for offset in range(7)])
def test_the_past_stays_as_the_clock_moves(until: date) -> None:
    then, now = invented_days("INVENTED-7", until), invented_days("INVENTED-7", date(2013, 6, 3))

    assert then[0][0] == min(until, END).isoformat()
    assert now[-len(then) :] == then


def test_nothing_before_the_first_monday() -> None:
    assert invented_days("INVENTED-1", date(1988, 4, 3)) == []
    assert [row[0] for row in invented_days("INVENTED-1", date(1988, 4, 4))] == ["1988-04-04"]


def test_tickers_differ() -> None:
    assert invented_days("INVENTED-1", END) != invented_days("INVENTED-2", END)


@pytest.mark.parametrize(("size", "rows", "printed"), [("compact", 100, "Compact"), ("full", 6500, "Full size")])
def test_the_market_serves_them_both_ways(size: str, rows: int, printed: str) -> None:
    call = Call(function="TIME_SERIES_DAILY", symbol="INVENTED-1", api_key="x", output_size=size)
    reply = json.loads(normal_reply(call, END).body)

    assert len(reply["Time Series (Daily)"]) == rows
    assert next(iter(reply["Time Series (Daily)"])) == "2013-03-01"
    assert reply["Meta Data"]["4. Output Size"] == printed


def test_the_weekly_response_is_byte_for_byte_what_it_always_was() -> None:
    bodies = hashlib.sha256()
    for number in range(30):
        call = Call(function="TIME_SERIES_WEEKLY_ADJUSTED", symbol=f"INVENTED-{number}", api_key="x")
        for until in (END, date(2005, 3, 3)):
            bodies.update(normal_reply(call, until).body)

    assert bodies.hexdigest() == "946d526a5ab4b1441bb667852834852dbbc6fb28cfc8085c59162016be600ac8"
