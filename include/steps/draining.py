"""Payloads that were paid for while S3 was away reach the lake before anything else is fetched."""

import psycopg

from include.alpha_vantage import quota
from include.alpha_vantage.calls import ANSWERED
from include.bronze.outbox import drain
from include.bronze.store import open_store
from include.silver.dataset import Dataset


def drain_outbox(connection: psycopg.Connection, dataset: Dataset) -> None:
    """Store what waits in Postgres, and write down what its credits bought."""
    store = open_store(dataset.source.name)
    with connection.transaction():
        for payload in drain(connection, store, dataset.function.name):
            quota.settle_credit(
                connection,
                quota.Credit(payload.call_id, 0.0),
                outcome=ANSWERED,
                seconds=payload.seconds,
                size=payload.size,
                bronze_key=str(payload.key),
            )
