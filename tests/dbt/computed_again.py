"""A table of gold beside the same computed a second time."""

import psycopg
import pytest
from psycopg.rows import dict_row

from tests.dbt.gold import CONTRACTS, PUBLISHED_TABLES, Gold
from tests.reference.days import Rows


def assert_as_computed(gold: Gold, table: str, expected: Rows) -> None:
    """Every column that the contract of a table names is as computed, its stamps too."""
    [columns] = [[column["name"] for column in each["columns"]] for each in CONTRACTS if each["name"] == table]
    [key] = [each["key"] for each in PUBLISHED_TABLES if each["name"] == table]
    with psycopg.connect(gold.url, row_factory=dict_row) as connection:
        rows = connection.execute(f"select * from gold.{table}".encode()).fetchall()
    found = {tuple(row[name] for name in key): row for row in rows}
    newest = gold.last_publication()
    stamps = {"load_timestamp": newest["published_at"], "execution_batch_id": newest["execution_batch_id"]}

    assert found.keys() == expected.keys()
    assert {tuple(sorted(row | stamps)) for row in expected.values()} == {tuple(sorted(columns))}
    differs = {  # a row of each column that differs
        name: (key, found[key][name], value)
        for key, row in expected.items()
        for name, value in (row | stamps).items()
        if not _is_same(found[key][name], value)
    }
    assert differs == {}


def _is_same(found: object, value: object) -> bool:
    if isinstance(value, float) and found is not None:
        return float(found) == pytest.approx(value, rel=1e-12, abs=1e-9)  # type: ignore[arg-type]
    return found == value
