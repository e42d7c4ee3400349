"""`ops.check_results` in numbers: what the checks of dbt found, in the words of every place that says it."""

from collections.abc import Mapping

import psycopg

# By dbt's status, in the order in which it is said.
CHECKED = {
    "pass": "passed",
    "warn": "warned",
    "fail": "failed",
    "error": "broke themselves",
    "skipped": "did not run after a failure before them",
}


def count_checks_of(connection: psycopg.Connection, batch: str) -> dict[str, int]:
    """The checks that ran since a batch began, counted by their status; none of a batch that was never opened."""
    query = """
        select status, count(*) from ops.check_results
        where checked_at >= (select started_at from ops.pipeline_runs where execution_batch_id = %s)
        group by status
    """
    return dict(connection.execute(query, (batch,)).fetchall())


def say_checks(counts: Mapping[str, int]) -> str:
    """Say {'warn': 1, 'pass': 33} as "34 checks: 33 passed, 1 warned"."""
    number = sum(counts.values())
    words = ", ".join(f"{counts[status]:,} {word}" for status, word in CHECKED.items() if counts.get(status))
    return f"{number:,} {'check' if number == 1 else 'checks'}: {words}"
