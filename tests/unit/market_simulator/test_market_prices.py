"""The sample market's numbers, each checked by hand against what happened."""

from datetime import date

import polars as pl
import pytest

from include.market_simulator.prices import read_daily_prices
from include.market_simulator.series import daily_bars, sample_actions, weekly_bars

END = date(2013, 3, 1)
WEEKS = {"AAPL": 679, "FB": 42, "GOOG": 446, "IBM": 679, "MSFT": 679}


def actions_of(symbol: str) -> pl.DataFrame:
    return sample_actions().filter(pl.col("symbol") == symbol)


def splits_of(symbol: str) -> list[tuple[date, float]]:
    return actions_of(symbol).filter(pl.col("split_factor") != 1).select("date", "split_factor").rows()


def dividends_of(symbol: str) -> list[tuple[date, float]]:
    return actions_of(symbol).filter(pl.col("dividend_amount") != 0).select("date", "dividend_amount").rows()


def week(symbol: str, price_date: date, *, last_close: date = END) -> dict[str, float]:
    return weekly_bars(symbol, last_close).row(by_predicate=pl.col("date") == price_date, named=True)


def adjusted_return(symbol: str, price_date: date, previous: date) -> float:
    return 100 * (week(symbol, price_date)["adj_close"] / week(symbol, previous)["adj_close"] - 1)


def test_ibm_paid_52_dividends_and_split_never():
    dividends = dividends_of("IBM")

    assert len(dividends) == 52
    assert dividends[0] == (date(2000, 5, 8), 0.13)
    assert dividends[-1] == (date(2013, 2, 6), 0.85)
    rates = (0.13, 0.14, 0.15, 0.16, 0.18, 0.20, 0.30, 0.40, 0.50, 0.55, 0.65, 0.75, 0.85)
    assert [amount for _, amount in dividends] == [rate for rate in rates for _ in range(4)]  # raised once a year
    assert splits_of("IBM") == []


def test_apple_split_twice_and_paid_three_dividends():
    assert splits_of("AAPL") == [(date(2000, 6, 21), 2.0), (date(2005, 2, 28), 2.0)]
    assert dividends_of("AAPL") == [(date(2012, 8, 9), 2.65), (date(2012, 11, 7), 2.65), (date(2013, 2, 7), 2.65)]


def test_microsoft_split_in_2003_and_paid_its_special_dividend_in_2004():
    assert splits_of("MSFT") == [(date(2003, 2, 18), 2.0)]
    assert (date(2004, 11, 15), 3.08) in dividends_of("MSFT")
    assert max(amount for _, amount in dividends_of("MSFT")) == 3.08
    assert len(dividends_of("MSFT")) == 37


def test_google_and_facebook_had_no_action():
    assert actions_of("GOOG").is_empty()
    assert actions_of("FB").is_empty()


@pytest.mark.parametrize(("symbol", "weeks"), WEEKS.items())
def test_every_week_of_the_history_is_there(symbol: str, weeks: int):
    assert weekly_bars(symbol, END).height == weeks


def test_there_are_2525_weeks():
    assert sum(weekly_bars(symbol, END).height for symbol in WEEKS) == 2525


@pytest.mark.parametrize("symbol", WEEKS)
def test_the_newest_adjusted_close_is_the_close(symbol: str):
    newest = weekly_bars(symbol, END).row(0, named=True)

    assert newest["date"] == END
    assert newest["adj_close"] == newest["close"]


def test_a_split_is_no_return():
    assert adjusted_return("AAPL", date(2000, 6, 23), date(2000, 6, 16)) == pytest.approx(13.37, abs=0.005)
    assert adjusted_return("AAPL", date(2005, 3, 4), date(2005, 2, 25)) == pytest.approx(-3.79, abs=0.005)


def test_a_week_is_its_days_combined():
    # 2000-06-19 to 06-23; the split took effect on Wednesday, so the raw high and low are on two scales.
    assert week("AAPL", date(2000, 6, 23)) == {
        "date": date(2000, 6, 23),
        "open": 90.56,
        "high": 103.94,
        "low": 50.31,
        "close": 51.69,
        "adj_close": pytest.approx(25.4693),
        "volume": 24_381_700,
        "dividend_amount": 0.0,
    }


def test_a_week_is_dated_by_its_last_trading_day():
    dates = weekly_bars("IBM", END)["date"].to_list()

    assert date(2001, 9, 10) in dates  # the exchange closed for the rest of the week
    assert date(2012, 4, 5) in dates  # Good Friday followed
    assert date(2012, 4, 6) not in dates


def test_a_week_after_the_split_day_holds_the_dividend():
    # Split on Tuesday 2003-02-18, dividend on Wednesday.
    assert week("MSFT", date(2003, 2, 21))["dividend_amount"] == 0.08


def test_history_is_restated_when_an_ex_date_passes():
    before = week("AAPL", date(2005, 2, 25), last_close=date(2005, 2, 27))
    after = week("AAPL", date(2005, 2, 25), last_close=date(2005, 2, 28))

    assert before["adj_close"] == before["close"] == 88.99
    assert after["close"] == 88.99
    assert after["adj_close"] == 44.495


def test_a_dividend_restates_by_the_close_of_its_ex_date():
    # IBM closed at 201.02 on 2013-02-06, ex 0.85: 205.18 / (1 + 0.85 / 201.02) = 204.316...
    before = week("IBM", date(2013, 2, 1), last_close=date(2013, 2, 5))
    after = week("IBM", date(2013, 2, 1), last_close=date(2013, 2, 6))

    assert before["adj_close"] == 205.18
    assert after["adj_close"] == pytest.approx(204.3161, abs=5e-5)


def test_the_open_week_is_dated_by_its_latest_day_which_is_gone_later():
    wednesday, friday = date(2013, 2, 27), date(2013, 3, 1)

    assert weekly_bars("IBM", wednesday)["date"][0] == wednesday
    assert weekly_bars("IBM", friday)["date"][:2].to_list() == [friday, date(2013, 2, 22)]


def test_nothing_is_invented_after_the_end():
    assert weekly_bars("IBM", date(2026, 1, 1)).equals(weekly_bars("IBM", END))


def test_nothing_is_known_before_the_listing():
    assert weekly_bars("FB", date(2012, 5, 17)).is_empty()
    assert weekly_bars("FB", date(2012, 5, 18)).height == 1


@pytest.mark.parametrize("symbol", WEEKS)
def test_every_week_satisfies_the_adjustment_identity(symbol: str):
    weeks = weekly_bars(symbol, END).reverse().with_columns(monday=pl.col("date").dt.truncate("1w"))
    splits = actions_of(symbol).select(pl.col("date").dt.truncate("1w").alias("monday"), "split_factor")
    factor, adjusted = pl.col("adj_close") / pl.col("close"), pl.col("adj_close")
    checked = (
        weeks.join(splits.group_by("monday").agg(pl.col("split_factor").product()), on="monday", how="left")
        .with_columns(
            pl.col("split_factor").fill_null(1.0),
            jump=factor / factor.shift(1),
            slack=1.02 * 5e-5 * (1 / adjusted + 1 / adjusted.shift(1)) + 1e-9,
        )
        .slice(1)
    )
    at_high = pl.col("split_factor") * (1 + pl.col("dividend_amount") / pl.col("high")) * (1 - pl.col("slack"))
    at_low = pl.col("split_factor") * (1 + pl.col("dividend_amount") / pl.col("low")) * (1 + pl.col("slack"))

    assert checked.height == WEEKS[symbol] - 1
    assert checked.filter((pl.col("jump") < at_high) | (pl.col("jump") > at_low)).is_empty()


def test_daily_bars_are_raw_and_newest_first():
    bars = daily_bars("IBM", END)

    assert bars.height == 3270
    assert bars.row(0) == (END, 200.65, 202.94, 199.36, 202.91, 3_308_300)


def test_the_prices_come_whole():
    assert read_daily_prices().height == 12_154
    assert read_daily_prices().null_count().row(0) == (0,) * 8
