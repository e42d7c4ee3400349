"""The outbox: payloads that S3 refused, kept in Postgres and stored by the next run, so that no credit is lost."""

from datetime import datetime

import psycopg

from include.alpha_vantage import quota
from include.alpha_vantage.calls import ANSWERED
from include.bronze.store import open_store
from include.observability.ticker_ledger import TickerLedger
from include.silver.closing import read_closes_at
from include.silver.dataset import Dataset


def enqueue(
    ledger: TickerLedger, credit: quota.Credit, symbol: str, body: bytes, *, fetched_at: datetime, seconds: float
) -> None:
    """Keep the payload that a credit bought at a moment of the market's clock.

    Units:  `seconds` the call took on the wall.
    """
    ledger.connection.execute(
        """
        insert into ops.bronze_outbox (call_id, function, symbol, fetched_at, seconds, body)
        values (%s, %s, %s, %s, %s, %s)
        """,
        (credit.call_id, ledger.function, symbol, fetched_at, seconds, body),
    )


def drain_outbox(connection: psycopg.Connection, dataset: Dataset) -> None:
    """Store what waits of a dataset, oldest first, and write down what its credits bought; all of it or nothing."""
    function = dataset.function.name
    with connection.transaction():
        while row := connection.execute(
            """
            delete from ops.bronze_outbox where call_id = (
                select call_id from ops.bronze_outbox where function = %s
                order by call_id limit 1 for update skip locked
            )
            returning call_id, symbol, fetched_at, seconds, body
            """,
            (function,),
        ).fetchone():
            call_id, symbol, fetched_at, seconds, body = row
            says_more_from = read_closes_at(connection, dataset, symbol)
            key = open_store(dataset.source.name).write_payload(
                function, symbol, body, fetched_at=fetched_at, says_more_from=says_more_from
            )
            quota.settle_credit(
                connection, call_id, outcome=ANSWERED, seconds=seconds, size=len(body), bronze_key=str(key)
            )
