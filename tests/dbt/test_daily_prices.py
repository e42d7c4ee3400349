"""Daily prices and indicators in gold: right to the last digit, published by change, and never half of them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import psycopg
import pytest
from psycopg.rows import dict_row

from include.gold.bars.snapshot import TABLES
from include.settings import SAMPLE_SYMBOLS
from tests.dbt.computed_again import assert_as_computed
from tests.dbt.days import WITHOUT_WEEKS, load_market, sample_actions_of, sample_days
from tests.dbt.dbt_process import Point
from tests.dbt.gold import GREEN, Gold
from tests.dbt.odd_stock import ACTIONS, ODD, load_odd_stock, odd_days
from tests.indicators_oracle import expected
from tests.reference.days import dim_trading_day, fact_daily_prices, mart_daily_gaps

pytestmark = pytest.mark.slow("publishes thirteen years of days, by change and whole")

BEFORE, NOW = date(2013, 2, 4), date(2013, 3, 2)
WITHOUT = (date(2012, 12, 24), date(2012, 12, 26), date(2013, 1, 22))
ROUNDING = 5.1e-5  # of the source's adjusted closes


@pytest.fixture(scope="module")
def published(new_gold: Callable[[], Gold]) -> Gold:
    """The sample market as of a day in February and the odd stock, published."""
    gold = replace(new_gold(), market_now="2013-02-05T12:00:00Z")
    load_market(gold, *SAMPLE_SYMBOLS, until=BEFORE)
    load_odd_stock(gold, until=BEFORE)
    said = gold.publish()
    assert set(said.values()) <= GREEN
    return gold


@pytest.fixture(scope="module")
def changed(published: Gold) -> Gold:
    """A month later AAPL alone was asked again: it paid a dividend meanwhile."""
    load_market(published, "AAPL", until=NOW)
    gold = replace(published, market_now="2013-03-03T12:00:00Z")
    assert set(gold.publish().values()) <= GREEN
    return gold


@pytest.fixture(scope="module")
def days_alone(new_gold: Callable[[], Gold]) -> Gold:
    """FB's days without its weeks, three of them missing, published."""
    gold = new_gold()
    load_market(gold, "FB", until=NOW, names=WITHOUT_WEEKS)
    for day in WITHOUT:
        gold.execute(f"delete from silver.daily_prices where trade_date = '{day}'")
    assert set(gold.publish().values()) <= GREEN
    return gold


def test_every_day_is_that_of_a_second_computation(published: Gold):
    of_sample = {symbol: sample_days(symbol, BEFORE) for symbol in SAMPLE_SYMBOLS}
    expected = fact_daily_prices(ODD, odd_days(), ACTIONS)
    for symbol, days in of_sample.items():
        expected |= fact_daily_prices(symbol, days, sample_actions_of(symbol))
    dates = [day.trade_date for days in of_sample.values() for day in days]

    assert_as_computed(published, "fact_daily_prices", expected)
    assert_as_computed(published, "dim_trading_day", dim_trading_day(min(dates), max(dates)))
    assert_as_computed(published, "mart_daily_gaps", mart_daily_gaps(ODD, odd_days()))


def test_the_odd_stock_has_what_is_the_same_in_every_row_of_the_sample(published: Gold):
    columns = ("is_scale_unknown", "is_action_day_unknown", "missing_sessions_before", "is_tick_bound")
    columns += ("has_no_trades", "has_rejected_fields")
    distinct = ", ".join(f"count(distinct {column})" for column in columns)

    [values] = published.execute(f"select {distinct} from gold.fact_daily_prices where symbol = '{ODD}'")

    assert values == (2,) * len(columns)


def test_the_deepest_fall_of_daily_closes_is_that_of_the_definitions(published: Gold):
    fall = "100 * (adj_close_price / max(adj_close_price) over (order by trade_date) - 1)"
    falls = f"select {fall} as fall, trade_date from gold.fact_daily_prices where symbol = 'GOOG'"

    [(deepest, day)] = published.execute(f"select * from ({falls}) as falls order by fall limit 1")
    assert (round(float(str(deepest)), 2), day) == (-65.29, date(2008, 11, 24))  # -63.29 of weekly closes


def test_the_last_session_of_each_week_agrees_with_the_weekly_series(published: Gold):
    compared = published.execute(
        """
        select count(*), max(abs(days.adj_close_price - weeks.adj_close_price))
        from gold.fact_adjusted_prices as weeks
        inner join gold.fact_daily_prices as days
            on days.symbol = weeks.symbol and days.trade_date = weeks.price_date
        """
    )
    weeks = published.execute("select count(*) from gold.fact_adjusted_prices")

    [(rows, furthest)] = compared
    assert rows == weeks[0][0] > 2400
    assert furthest <= ROUNDING


def test_weeks_that_disagree_with_their_last_session_or_are_missing_are_named(published: Gold):
    disagree, missing = checks = ("assert_days_agree_with_weeks", "assert_no_week_is_missing")
    assert published.dbt("test", "--select", *checks) == dict.fromkeys(checks, "pass")

    two_weeks = "symbol = 'IBM' and trade_date between '2010-06-07' and '2010-06-18'"
    published.execute(f"create table right_days as select * from gold.fact_daily_prices where {two_weeks}")
    published.execute(f"update gold.fact_daily_prices set adj_close_price = adj_close_price * 1.001 where {two_weeks}")
    spans = (
        "update gold.fact_adjusted_prices set weeks_spanned = {} where symbol = 'IBM' and week_ending = '2009-05-15'"
    )
    published.execute(spans.format(3))

    assert published.dbt("test", "--select", *checks) == dict.fromkeys(checks, "warn")
    assert published.execute(f"select symbol, week_ending from audit.{disagree} order by 2") == [
        ("IBM", date(2010, 6, 11)),
        ("IBM", date(2010, 6, 18)),
    ]
    assert published.execute(f"select * from audit.{missing}") == [("IBM", date(2009, 5, 15), 2)]
    published.execute(f"delete from gold.fact_daily_prices where {two_weeks}")
    published.execute("insert into gold.fact_daily_prices select * from right_days; drop table right_days")
    published.execute(spans.format(1))


@pytest.mark.parametrize("rows", ["true", "ctid = (select min(ctid) from audit.{table})"], ids=["all rows", "one row"])
def test_rows_of_another_snapshot_are_named_wherever_they_are(published: Gold, rows: str):
    check = "assert_bars_are_of_one_snapshot"
    prepared = sorted(set(TABLES) - {"preparation"})
    assert published.dbt("test", "--select", check)[check] == "pass"

    for table in prepared:
        of_another = f"update audit.{table} set snapshot_id = snapshot_id - 1 where {rows.format(table=table)}"
        published.execute(of_another)

    assert published.dbt("test", "--select", check)[check] == "fail"
    named = published.execute(f"select prepared_table, held > 1 from audit.{check} order by 1")
    assert named == [(table, True) for table in prepared]
    for table in prepared:
        published.execute(f"update audit.{table} set snapshot_id = (select snapshot_id from audit.preparation)")


@pytest.mark.parametrize(
    ("table", "day", "bars_a_year"),
    [("fact_technical_indicators", "trade_date", 252), ("fact_weekly_technical_indicators", "week_ending", 52)],
)
def test_indicators_agree_with_ta_lib(published: Gold, table: str, day: str, bars_a_year: int):
    for symbol in SAMPLE_SYMBOLS:
        rows = _rows(published, table, symbol)
        bars = _bars(published, symbol, day)
        assert [row[day] for row in rows] == bars[day].to_list()
        for name, values in expected(bars, bars_a_year).items():
            ours = np.array([np.nan if row[name] is None else row[name] for row in rows])
            scale = np.maximum(np.abs(values), bars["close"].to_numpy() if name.startswith("macd") else 100)
            assert np.array_equal(np.isnan(ours), np.isnan(values)), (symbol, name)
            assert np.nanmax(np.abs(ours - values) / scale, initial=0) <= 1e-9, (symbol, name)


def test_only_the_changed_ticker_is_touched(changed: Gold):
    for table in ("fact_daily_prices", "fact_technical_indicators", "fact_weekly_technical_indicators"):
        ((newest,),) = changed.execute(f"select max(load_timestamp) from gold.{table}")
        touched = changed.execute(f"select distinct symbol from gold.{table} where load_timestamp = '{newest}'")
        assert touched == [("AAPL",)], table
    before_the_dividend = changed.execute(
        "select count(*) from gold.fact_daily_prices as day where symbol = 'AAPL'"
        " and load_timestamp < (select max(load_timestamp) from gold.fact_daily_prices)"
    )
    assert before_the_dividend == [(0,)]  # the dividend restates every adjusted close


def test_a_whole_rebuild_after_it_finds_nothing_to_change(changed: Gold):
    before = changed.contents()

    assert set(changed.publish("--full-refresh").values()) <= GREEN

    newest = changed.last_publication()
    assert {newest[name] for name in newest if "rows" in name} == {0}
    assert changed.contents() == before


def test_without_a_change_nothing_is_prepared(changed: Gold):
    changed.publish()
    changed.prepare()

    assert changed.execute("select count(*) from audit.changed_days") == [(0,)]
    assert changed.execute("select count(*) from audit.weekly_indicators") == [(0,)]


def test_bars_that_a_crash_emptied_are_not_published(changed: Gold):
    before = changed.contents()
    load_market(changed, "IBM", until=NOW)

    with changed.held(Point("NodeStart", "changed_bars")) as build:
        changed.execute("truncate audit.daily_bars, audit.daily_indicators")
        said = build.end()

    assert said["assert_bars_are_of_one_snapshot"] == "fail"
    assert said["publications"] == "skipped"
    assert changed.contents() == before
    assert set(changed.publish().values()) <= GREEN
    assert changed.execute("select max(trade_date) from gold.fact_daily_prices where symbol = 'IBM'") == [
        (date(2013, 3, 1),)
    ]


def test_a_wild_day_holds_back_its_own_ticker(changed: Gold):
    load_market(changed, "MSFT", "GOOG", until=NOW)
    changed.execute(
        "update silver.daily_prices set close = close * 100, high = high * 100, loaded_at = now()"
        " where symbol = 'MSFT' and trade_date = '2013-02-20'"
    )

    assert set(changed.publish().values()) <= GREEN

    quarantined = changed.execute("select symbol, function, rule from audit.quarantined")
    assert quarantined == [("MSFT", "TIME_SERIES_DAILY", "daily_returns_are_believable")]
    newest = "select symbol, max(trade_date) from gold.fact_daily_prices where symbol in ('GOOG', 'MSFT') group by 1"
    assert sorted(changed.execute(newest)) == [("GOOG", date(2013, 3, 1)), ("MSFT", date(2013, 2, 4))]


def test_a_ticker_with_days_alone_is_a_stock_and_its_gaps_are_named(days_alone: Gold):
    assert days_alone.execute("select symbol, first_week, is_active from gold.dim_stock") == [("FB", None, False)]
    days = [day for day in sample_days("FB", NOW) if day.trade_date not in WITHOUT]
    assert_as_computed(days_alone, "fact_daily_prices", fact_daily_prices("FB", days, []))
    assert_as_computed(days_alone, "mart_daily_gaps", mart_daily_gaps("FB", days))
    assert days_alone.execute("select first_session, last_session, sessions from gold.mart_daily_gaps order by 1") == [
        (date(2012, 12, 24), date(2012, 12, 26), 2),
        (date(2013, 1, 22), date(2013, 1, 22), 1),
    ]
    assert days_alone.execute(
        "select trade_date, missing_sessions_before from gold.fact_daily_prices where missing_sessions_before > 0"
        " order by 1"
    ) == [(date(2012, 12, 27), 2), (date(2013, 1, 23), 1)]


def test_a_wild_day_takes_nothing_away_where_there_are_days_alone(days_alone: Gold):
    before = _rows(days_alone, "fact_daily_prices", "FB")
    days_alone.execute("update silver.daily_prices set close = 9999, loaded_at = now() where trade_date = '2013-02-20'")

    assert set(days_alone.publish().values()) <= GREEN

    assert days_alone.execute("select symbol, published_rows from audit.quarantined") == [("FB", "kept")]
    assert _rows(days_alone, "fact_daily_prices", "FB") == before


def test_without_weeks_a_return_waits_for_the_lists(new_gold: Callable[[], Gold]):
    returns = """
        select count(daily_return_pct), count(adj_close_price), count(split_adj_close_price), count(*),
            count(*) filter (where is_action_day_unknown),
            round((max(price_return_pct) filter (where split_day = trade_date))::numeric, 2)::float8
        from gold.fact_daily_prices cross join (select date '2005-02-28' as split_day) as newest_split
    """
    gold = new_gold()
    load_market(gold, "AAPL", until=NOW, names=["daily_prices"])
    assert set(gold.publish().values()) <= GREEN
    # The sessions before the newest split are on an unknown scale; the raw closes say -49.59 of its day.
    assert gold.execute(returns) == [(0, 0, 2016, 3270, 3270, None)]

    load_market(gold, "AAPL", until=NOW, names=["splits", "dividends"])
    assert set(gold.publish().values()) <= GREEN
    assert gold.execute(returns) == [(3269, 3270, 3270, 3270, 0, 0.82)]


def _rows(gold: Gold, table: str, symbol: str) -> list[dict[str, object]]:
    with psycopg.connect(gold.url, row_factory=dict_row) as connection:
        query = f"select * from gold.{table} where symbol = %s order by 4"
        return connection.execute(query.encode(), (symbol,)).fetchall()


def _bars(gold: Gold, symbol: str, day: str) -> pl.DataFrame:
    """The complete bars of a symbol, adjusted for splits in SQL of this test's own."""
    if day == "trade_date":
        query = """
            select trade_date, split_adj_open_price, split_adj_high_price, split_adj_low_price, split_adj_close_price,
                split_adj_volume from gold.fact_daily_prices where symbol = %s and is_complete_day order by 1
        """
    else:
        query = """
            select week_ending, open_price / later_split_factor, high_price / later_split_factor,
                low_price / later_split_factor, close_price / later_split_factor, trade_volume * later_split_factor
            from gold.fact_adjusted_prices where symbol = %s and is_complete_week and not is_mixed_scale order by 1
        """
    with psycopg.connect(gold.url) as connection:
        rows = connection.execute(query.encode(), (symbol,)).fetchall()
    names = ("open", "high", "low", "close", "volume")
    return pl.DataFrame(
        [(row[0], *map(float, row[1:])) for row in rows],
        schema={day: pl.Date} | dict.fromkeys(names, pl.Float64),
        orient="row",
    )
