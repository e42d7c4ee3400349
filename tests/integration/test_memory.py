"""Memory is part of the promise: many rows on a small machine."""

from tests.benchmarks.memory import audit, fill_silver

ROWS = 200_000
AT_LEAST = 2  # times less than pandas; the audit of a million rows shows the real distance


def test_memory_efficiency(warehouse_url: str) -> None:
    fill_silver(warehouse_url, rows=ROWS)

    assert audit(warehouse_url).ratio > AT_LEAST
