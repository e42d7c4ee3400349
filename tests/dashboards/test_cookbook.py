"""Every query of the README and of its page of SQL runs, as the analyst, and has rows."""

import re
from collections.abc import Iterator

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from include.local_stack.postgres import EmbeddedPostgres
from include.settings import PROJECT_ROOT
from tests.dashboards.gold_warehouse import Warehouse

README = (PROJECT_ROOT / "README.md").read_text()
QUERIES = re.findall(r"```sql\n(.*?)```", (PROJECT_ROOT / ".github/docs/sql.md").read_text(), re.DOTALL)
STATEMENTS = [statement for block in QUERIES for statement in re.findall(r"(?is)\bselect.*?;", block)]
FROM_GOLD = [statement for statement in STATEMENTS if "gold." in statement]


@pytest.fixture
def analyst(postgres: EmbeddedPostgres, warehouse: Warehouse) -> Iterator[psycopg.Connection]:
    database = conninfo_to_dict(warehouse.url)["dbname"]
    with psycopg.connect(postgres.url("analyst", str(database))) as connection:
        yield connection


def test_the_page_holds_a_cookbook() -> None:
    assert len(FROM_GOLD) >= 6


def test_the_query_of_the_readme_has_the_return_that_it_tells(analyst: psycopg.Connection) -> None:
    [query] = re.findall(r'make -s sql QUERY="(.*?)"', README, re.DOTALL)
    [(_, _, return_pct)] = analyst.execute(query.encode()).fetchall()

    assert f"The fact says {return_pct}." in README


@pytest.mark.parametrize("statement", FROM_GOLD)
def test_a_query_on_gold_answers_with_rows(analyst: psycopg.Connection, statement: str) -> None:
    assert analyst.execute(statement.encode()).fetchall()


@pytest.mark.parametrize("statement", [statement for statement in STATEMENTS if statement not in FROM_GOLD])
def test_a_query_on_the_ledgers_is_understood(analyst: psycopg.Connection, statement: str) -> None:
    assert analyst.execute(statement.encode()).description
