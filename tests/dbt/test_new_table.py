"""A new table of gold is written in three files, the next build publishes it, and the one after keeps it whole."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.dbt.gold import CONTRACTS, GREEN, PUBLISHED_TABLES, Gold
from tests.dbt.weeks import series

# What somebody who adds a table writes, by the file; in the contract's file after a line that is there.
SQL = """with weeks as (
    select
        symbol,
        close_price
    from {{ ref('fact_adjusted_prices_candidates') }}
),

closes as (
    select
        symbol,
        max(close_price) as highest_close
    from weeks
    group by symbol
)

select * from closes
"""
SHELL = """-- depends_on: {{ ref('publications') }}
select * from {{ ref('mart_closes_candidates') }}
"""
IN_THE_LIST = "\n          - {name: mart_closes, key: [symbol], unchanged_symbols: left_out}"
CONTRACT = """
  - name: mart_closes
    description: The highest close of each stock. Grain, one row per symbol.
    constraints:
      - {type: primary_key, columns: [symbol]}
    columns:
      - {name: symbol, data_type: text, description: Ticker}
      - {name: highest_close, data_type: numeric, description: "Highest raw close, listing currency"}
"""


@pytest.mark.parametrize("table", PUBLISHED_TABLES, ids=lambda table: table["name"])
def test_the_key_of_the_list_is_one_of_the_contract(table: dict[str, object]) -> None:
    (contract,) = [contract for contract in CONTRACTS if contract["name"] == table["name"]]
    keys = [key["columns"] for key in contract["constraints"] if key["type"] in {"primary_key", "unique"}]

    assert table["key"] in keys


@pytest.mark.slow("builds gold three times")
def test_a_new_table_is_written_in_three_files(new_gold: Callable[[], Gold], tmp_path: Path) -> None:
    gold = new_gold().with_project_in(tmp_path)
    project = gold.project
    gold.write(*series("IBM", range(60)), *series("AAPL", range(60)))
    gold.publish()
    before = {path: path.read_text() for path in project.rglob("*") if path.suffix in {".sql", ".yml", ".csv"}}

    _add_table(project)
    said = gold.publish()

    written = [path for path in before if path.read_text() != before[path]]
    written += [path for path in project.rglob("*.sql") if path not in before]
    assert len(written) == 3
    assert set(said.values()) <= GREEN
    assert gold.execute("select * from gold.mart_closes order by symbol") == gold.execute(
        "select symbol, max(close_price) from gold.fact_adjusted_prices group by symbol order by symbol"
    )
    gold.write(*series("IBM", range(61)))
    gold.publish()
    assert len(gold.rows("mart_closes")) == 2  # AAPL did not change, and stays


def _add_table(project: Path) -> None:
    (project / "models/audit/mart_closes_candidates.sql").write_text(SQL)
    (project / "models/gold/mart_closes.sql").write_text(SHELL)
    contracts = project / "models/gold/_gold__models.yml"
    text, last_in_the_list = contracts.read_text(), f"- {{name: {PUBLISHED_TABLES[-1]['name']}, key: [symbol]"
    start = text.index(last_in_the_list)
    end = text.index("\n", start)
    contracts.write_text(text[:end] + IN_THE_LIST + text[end:].rstrip() + "\n" + CONTRACT)
