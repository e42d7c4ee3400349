"""SPLITS and DIVIDENDS of the market: as the source lists them, up to the market's day, and what its prices say."""

import json
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from include.market_simulator.invented import invented_weeks
from include.market_simulator.listing import normal_reply
from include.market_simulator.prices import read_daily_prices
from include.market_simulator.replies import Call
from tests.captures.folders import needs_real_captures, read_capture

END = date(2013, 3, 1)
CAPTURES = "CORPORATE_ACTIONS"


def body(function: str, symbol: str, last_close: date = END) -> bytes:
    reply = normal_reply(Call(function=function, symbol=symbol, api_key="k"), last_close)
    assert reply.is_data
    return reply.body


def rows(function: str, symbol: str, last_close: date = END) -> list[dict[str, str]]:
    return json.loads(body(function, symbol, last_close))["data"]


def test_the_layout_of_splits_in_full():
    assert (
        body("SPLITS", "MSFT").decode()
        == """{
    "symbol": "MSFT",
    "data": [
        {
            "effective_date": "2003-02-18",
            "split_factor": "2.0000"
        }
    ]
}"""
    )


def test_the_layout_of_dividends_in_full():
    assert (
        body("DIVIDENDS", "AAPL", date(2012, 8, 9)).decode()
        == """{
    "symbol": "AAPL",
    "data": [
        {
            "ex_dividend_date": "2012-08-09",
            "declaration_date": "None",
            "record_date": "None",
            "payment_date": "None",
            "amount": "2.65"
        }
    ]
}"""
    )


@needs_real_captures
@pytest.mark.parametrize("function", ["SPLITS", "DIVIDENDS"])
def test_a_captured_list_is_laid_out_by_the_same_rules(function: str):
    captured = read_capture(CAPTURES, f"{function}_IBM.json").decode()
    ours = json.loads(body(function, "AAPL"))

    assert json.dumps(json.loads(captured), indent=4) == captured
    assert list(ours) == list(json.loads(captured))
    assert [list(row) for row in ours["data"][:1]] == [list(row) for row in json.loads(captured)["data"][:1]]


@pytest.mark.parametrize(("function", "symbol"), [("SPLITS", "IBM"), ("DIVIDENDS", "GOOG"), ("SPLITS", "NOBODY")])
def test_nothing_has_happened_is_an_empty_list(function: str, symbol: str):
    assert body(function, symbol).decode() == f'{{\n    "symbol": "{symbol}",\n    "data": []\n}}'


def test_an_action_is_listed_from_its_day_on():
    assert rows("SPLITS", "AAPL", date(2005, 2, 27)) == [{"effective_date": "2000-06-21", "split_factor": "2.0000"}]
    assert [row["effective_date"] for row in rows("SPLITS", "AAPL", date(2005, 2, 28))] == ["2005-02-28", "2000-06-21"]


def test_the_newest_is_first_and_every_dividend_is_there():
    days = [row["ex_dividend_date"] for row in rows("DIVIDENDS", "IBM")]

    assert (len(days), days[0], days[-1]) == (52, "2013-02-06", "2000-05-08")
    assert days == sorted(days, reverse=True)


def test_its_dividends_are_adjusted_for_by_the_close_of_the_ex_date():
    paid = {row["ex_dividend_date"]: float(row["amount"]) for row in rows("DIVIDENDS", "IBM")}
    factor = pl.col("source_adj_close") / pl.col("close")
    days = read_daily_prices().filter(pl.col("symbol") == "IBM").sort("date")
    days = days.with_columns(growth=factor / factor.shift(1), before=pl.col("close").shift(1))
    found = days.filter(pl.col("date").dt.to_string("iso").is_in(list(paid)))
    growth, close, before = (found[name].to_numpy() for name in ("growth", "close", "before"))
    amounts = np.array([paid[str(day)] for day in found["date"]])

    assert len(found) == 52
    assert np.abs(growth / (1 + amounts / close) - 1).max() < 1e-12
    assert np.abs(growth * (1 - amounts / before) - 1).max() > 2e-4  # by the close before, as others do


def test_what_invented_tickers_list_is_what_their_factors_say():
    found = 0
    for number in range(20):
        symbol = f"INVENTED-{number}"
        weeks = invented_weeks(symbol, END)[::-1]
        closes, adjusted = (np.array([row[place] for row in weeks], float) for place in (4, 5))
        factors = adjusted / closes
        jumps = dict(zip([row[0] for row in weeks[1:]], factors[1:] / factors[:-1], strict=True))
        for row in rows("SPLITS", symbol):
            monday = date.fromisoformat(row["effective_date"])
            friday = (monday + timedelta(days=4)).isoformat()
            assert monday.weekday() == 0
            if friday in jumps:
                found += 1
                assert jumps[friday] == pytest.approx(float(row["split_factor"]), rel=0.05)
        paid = {row["ex_dividend_date"]: float(row["amount"]) for row in rows("DIVIDENDS", symbol)}
        assert paid == {row[0]: row[7] for row in weeks if row[7]}
    assert found > 10
