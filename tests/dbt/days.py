"""Daily series of the sample market in silver: loaded as the pipeline does, their actions listed."""

from datetime import UTC, date, datetime, time

import psycopg

from include.bronze.keys import BronzeKey
from include.market_simulator.listing import normal_reply
from include.market_simulator.replies import Call
from include.market_simulator.series import sample_actions
from include.silver.datasets import find_dataset
from include.silver.load import load_payloads
from tests.dbt.gold import Gold

FUNCTIONS = {"daily_prices": "TIME_SERIES_DAILY", "weekly_adjusted_prices": "TIME_SERIES_WEEKLY_ADJUSTED"}


def load_market(gold: Gold, *symbols: str, until: date, datasets: tuple[str, ...] = tuple(FUNCTIONS)) -> None:
    """Take in what the sample market says of some symbols on a day at noon, and list their actions until then."""
    at = datetime.combine(until, time(12), UTC)
    with psycopg.connect(gold.url) as connection:
        for name in datasets:
            dataset = find_dataset(name)
            raw = []
            for symbol in symbols:
                call = Call(FUNCTIONS[name], symbol, api_key="test", output_size="full")
                body = normal_reply(call, until).body
                raw.append(dataset.read(body, BronzeKey(FUNCTIONS[name], symbol, at, "0" * 12)))
            series = dataset.type_all(raw)
            load_payloads(connection, dataset, series, accepted={}, batch=f"{name}:{until}")
        list_actions(connection, *symbols, until=until)


def list_actions(connection: psycopg.Connection, *symbols: str, until: date) -> None:
    """Put the splits and dividends of the sample market into silver."""
    for symbol, day, _, split, amount in sample_actions().iter_rows():
        if symbol not in symbols or day > until:
            continue
        key = f"listed-{until}"
        if split != 1:
            connection.execute(
                "insert into silver.splits (symbol, ex_date, split_to, split_from, listed_factor, bronze_key,"
                " execution_batch_id) values (%s, %s, %s, 1, %s, %s, 'splits:test') on conflict do nothing",
                (symbol, day, round(split), round(split), key),
            )
        if amount:
            connection.execute(
                "insert into silver.dividends (symbol, ex_date, amount, bronze_key, execution_batch_id)"
                " values (%s, %s, %s, %s, 'dividends:test') on conflict do nothing",
                (symbol, day, amount, key),
            )
