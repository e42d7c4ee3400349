"""Answers that were paid for while S3 was away reach the lake before anything else is asked."""

import psycopg

from include.alpha_vantage import quota
from include.alpha_vantage.calls import ANSWERED
from include.alpha_vantage.functions import Function
from include.bronze.outbox import rescue
from include.bronze.store import open_store


def rescue_stranded(connection: psycopg.Connection, function: Function) -> None:
    """Store what waits in Postgres, and write down what its credits bought."""
    with connection.transaction():
        for answer in rescue(connection, open_store(), function):
            quota.settle_credit(
                connection,
                quota.Credit(answer.call_id, 0.0),
                outcome=ANSWERED,
                seconds=answer.seconds,
                size=answer.size,
                bronze_key=str(answer.key),
            )
