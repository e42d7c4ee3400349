"""Every query of the README runs, as the analyst, and answers."""

import re

import psycopg
import pytest

from include.settings import PROJECT_ROOT
from tests.dashboards.gold_warehouse import Warehouse

QUERIES = re.findall(r"```sql\n(.*?)```", (PROJECT_ROOT / "README.md").read_text(), re.DOTALL)
STATEMENTS = [statement for block in QUERIES for statement in re.findall(r"select.*?;", block, re.DOTALL)]
FROM_GOLD = [statement for statement in STATEMENTS if "gold." in statement]


def test_the_readme_holds_a_cookbook() -> None:
    assert len(FROM_GOLD) >= 6


@pytest.mark.parametrize("statement", FROM_GOLD)
def test_a_query_on_gold_answers_with_rows(warehouse: Warehouse, statement: str) -> None:
    with psycopg.connect(warehouse.analyst_url) as connection:
        assert connection.execute(statement.encode()).fetchall()


@pytest.mark.parametrize("statement", [statement for statement in STATEMENTS if statement not in FROM_GOLD])
def test_a_query_on_the_ledgers_is_understood(warehouse: Warehouse, statement: str) -> None:
    with psycopg.connect(warehouse.analyst_url) as connection:
        assert connection.execute(statement.encode()).description
