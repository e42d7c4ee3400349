"""Daily series in silver, loaded as the pipeline does, with what lists their actions: of the sample market, or odd."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time

import polars as pl
import psycopg

from include.bronze.keys import BronzeKey
from include.market_simulator.listing import normal_reply
from include.market_simulator.prices import read_daily_prices
from include.market_simulator.replies import Call
from include.market_simulator.series import sample_actions
from include.silver.datasets import find_dataset
from include.silver.load import load_payloads
from tests.dbt.gold import Gold
from tests.reference.days import Action, Day

DAYS = {"daily_prices": "TIME_SERIES_DAILY"}
WEEKS = {"weekly_adjusted_prices": "TIME_SERIES_WEEKLY_ADJUSTED"}
LISTS = {"splits": "SPLITS", "dividends": "DIVIDENDS"}
FUNCTIONS = DAYS | WEEKS | LISTS
WITHOUT_WEEKS = (*DAYS, *LISTS)


def load_market(gold: Gold, *symbols: str, until: date, names: Iterable[str] = FUNCTIONS) -> None:
    """Take in what the sample market says of some symbols on a day at noon, actions among it."""
    for name in names:
        calls = {symbol: Call(FUNCTIONS[name], symbol, api_key="test", output_size="full") for symbol in symbols}
        load(gold, name, {symbol: normal_reply(call, until).body for symbol, call in calls.items()}, until=until)


def load(gold: Gold, name: str, bodies: Mapping[str, bytes], *, until: date) -> None:
    """Take in payloads of a dataset, by symbol, of a day at noon."""
    at, dataset = datetime.combine(until, time(12), UTC), find_dataset(name)
    keys = {symbol: BronzeKey(FUNCTIONS[name], symbol, at, "0" * 12) for symbol in bodies}
    series = dataset.type_all([dataset.read(body, keys[symbol]) for symbol, body in bodies.items()])
    with psycopg.connect(gold.url) as connection:
        load_payloads(connection, dataset, series, accepted={}, batch=f"{name}:{until}")


def sample_days(symbol: str, until: date) -> list[Day]:
    """What the sample market prints of a symbol at noon of a day, when that day's session is still open."""
    raw = read_daily_prices().filter(pl.col("symbol") == symbol, pl.col("date") <= until)
    names = ("date", "open", "high", "low", "close", "volume")
    return [Day(*row, is_complete_day=row[0] < until) for row in raw.select(names).iter_rows()]


def sample_actions_of(symbol: str) -> list[Action]:
    """The splits and dividends of a symbol of the sample market."""
    rows = sample_actions().filter(pl.col("symbol") == symbol).iter_rows()
    return [Action(day, split=split, dividend=amount) for _, day, _, split, amount in rows]
