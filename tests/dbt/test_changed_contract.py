"""A changed contract of gold: tables are made anew while readers see the old ones, and nothing of a user is lost."""

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from tests.dbt.gold import GREEN, AnotherGold, Gold
from tests.dbt.weeks import Week, series

WEEKS = 60
WAIT_SECONDS = 240  # for a build, on a machine that others share

ADJUSTED, FACT, DIVIDENDS = (
    "models/intermediate/int_adjusted_prices",
    "models/audit/fact_adjusted_prices_candidates",
    "models/audit/mart_dividends_candidates",
)

pytestmark = pytest.mark.slow("publishes by two contracts of a project that it changes")
CONTRACT, LEDGER = "models/gold/_gold__models.yml", "models/gold/publications"
NEVER_NULL = [{"type": "not_null"}]
# By table and column, what a later release could promise instead; None drops the column.
CHANGED_COLUMNS: dict[tuple[str, str], dict[str, object] | None] = {
    ("fact_adjusted_prices", "adj_low_price"): {"data_type": "double precision"},
    ("fact_adjusted_prices", "price_date"): {"constraints": []},
    ("fact_adjusted_prices", "range_pct"): {
        "name": "week_range_pct",
        "config": {"meta": {"renamed_from": "range_pct"}},
    },
    ("mart_dividends", "dividend_count"): {"data_type": "numeric"},
    ("mart_dividends", "year"): {"data_type": "text"},
    ("mart_dividends", "years_without_cut"): None,
    ("mart_sector_performance", "advancing"): {"constraints": NEVER_NULL},
    ("publications", "rows_deleted"): {"name": "rows_removed", "config": {"meta": {"renamed_from": "rows_deleted"}}},
    ("publications", "rows_inserted"): {"data_type": "numeric"},
}
# By file of the project, what a later release could say instead.
CHANGES = {
    f"{ADJUSTED}.sql": {r"trim_scale\((low_price \* adjustment_factor)\)": r"cast(\1 as double precision)"},
    f"{FACT}.sql": {r"    range_pct,\n": "    range_pct as week_range_pct,\n"},
    f"{DIVIDENDS}.sql": {
        r"    row_number\(\) over \([^)]*\) - 1 as years_without_cut,\n": "",
        r"    year,(\n    is_complete_year,\n)    dividend_count,(\n    unknown_dividend_count,\n    freq)": (
            r"    cast(year as text) as year,\1    cast(dividend_count as numeric) as dividend_count,\2"
        ),
    },
    f"{LEDGER}.sql": {
        r"as bigint\) as rows_deleted,": "as bigint) as rows_removed,",
        r"as bigint\) as rows_inserted,": "as numeric) as rows_inserted,",
    },
}
MADE_BY_A_USER = """
create schema mine;
create view mine.ranges as select symbol, week_ending, range_pct, adj_low_price from gold.fact_adjusted_prices;
comment on view mine.ranges is 'A user''s own';
grant select on mine.ranges to analyst;
create view mine.widest as select symbol, max(range_pct) as widest from mine.ranges group by symbol;
create table mine.watched (stock_id text references gold.dim_stock (stock_id));
insert into mine.watched select stock_id from gold.dim_stock;
create view mine.publications as select published_at, rows_deleted, rows_inserted from gold.publications;
"""


@dataclass(frozen=True)
class Upgrade:
    """Gold before and after the changed contract, and what readers saw meanwhile."""

    gold: Gold
    before: dict[str, list[tuple[object, ...]]]
    seen_meanwhile: list[tuple[object, ...]]


@pytest.fixture(scope="module")
def upgrade(new_gold: Callable[[], Gold], tmp_path_factory: pytest.TempPathFactory) -> Upgrade:
    """A stock published by one contract, then with one more week by another, under a reader's open transaction."""
    gold = new_gold().with_project_in(tmp_path_factory.mktemp("project"))
    gold.write(*_weeks(WEEKS))
    gold.publish()
    gold.execute(MADE_BY_A_USER)
    before = {"stamps": _stamps(gold), "ledger": _ledger(gold, "rows_deleted")}
    gold.write(*_weeks(WEEKS + 1))
    _change_contract(gold.project)
    with psycopg.connect(gold.url) as reader, ThreadPoolExecutor(1) as publisher:
        reader.execute("select from gold.fact_adjusted_prices limit 1")
        publication = publisher.submit(gold.publish)
        assert _waits_for_readers(gold, publication.done), publication.result(WAIT_SECONDS)
        # Together the two wait for each other: the swap must be the one to let go.
        weeks = reader.execute("select count(*) from gold.dim_date").fetchone()
        facts = reader.execute(
            "select count(range_pct), pg_typeof(max(adj_low_price))::text from gold.fact_adjusted_prices"
        )
        seen = [weeks or (), facts.fetchone() or ()]
        reader.commit()
        said = publication.result(WAIT_SECONDS)
    assert set(said.values()) <= GREEN, said
    return Upgrade(gold, before, seen)


@pytest.fixture(scope="module")
def fresh(upgrade: Upgrade, another_gold: AnotherGold) -> tuple[list[tuple[object, ...]], dict[str, list[str]]]:
    """Catalogue and contents of a gold that never had another contract."""
    with another_gold(upgrade.gold) as gold:
        gold.write(*_weeks(WEEKS + 1))
        gold.publish()
        return _catalogue(gold), gold.contents()


def test_a_reader_in_an_open_transaction_sees_the_old_tables(upgrade: Upgrade):
    assert upgrade.seen_meanwhile == [(WEEKS,), (WEEKS, "numeric")]


def test_only_rows_whose_content_changed_have_a_new_stamp(upgrade: Upgrade):
    after = _stamps(upgrade.gold)

    assert len(upgrade.before["stamps"]) > WEEKS
    assert set(upgrade.before["stamps"]) - set(after) == {
        # What the new week changed: the newest week of the stock, its year, and its risk.
        row
        for row in upgrade.before["stamps"]
        if row[0] in {"dim_stock", "mart_latest_week", "mart_stock_risk"}
    } | {
        row
        for row in upgrade.before["stamps"]
        if row[:2] in {("mart_volatility", "IBM"), ("mart_dividends", "IBM 2011")}
    }
    assert len(after) - len(upgrade.before["stamps"]) == 2  # a week of the stock and one of its sector
    newest = upgrade.gold.last_publication()
    assert (newest["rows_inserted"], newest["rows_updated"], newest["rows_removed"]) == (1, 0, 0)


def test_the_tables_are_those_of_a_gold_that_never_had_another_contract(
    upgrade: Upgrade, fresh: tuple[list[tuple[object, ...]], dict[str, list[str]]]
):
    catalogue, contents = fresh

    assert len(catalogue) > 200
    assert _catalogue(upgrade.gold) == catalogue
    assert upgrade.gold.contents() == contents
    assert upgrade.gold.execute("select to_regnamespace('gold_shadow')") == [(None,)]


def test_what_a_user_built_on_gold_goes_on_to_work(upgrade: Upgrade):
    gold = upgrade.gold

    assert gold.execute("select count(range_pct), pg_typeof(max(adj_low_price))::text from mine.ranges") == [
        (WEEKS + 1, "double precision")
    ]
    assert gold.execute("select widest is not null from mine.widest") == [(True,)]
    assert gold.execute(
        "select obj_description('mine.ranges'::regclass), has_table_privilege('analyst', 'mine.ranges', 'select')"
    ) == [("A user's own", True)]
    assert gold.execute(
        "select confrelid::regclass::text from pg_constraint"
        " where conrelid = 'mine.watched'::regclass and contype = 'f'"
    ) == [("gold.dim_stock",)]
    assert gold.execute("select count(*) from mine.publications where rows_deleted = 0") == [(2,)]


def test_the_ledger_of_publications_is_kept(upgrade: Upgrade):
    after = _ledger(upgrade.gold, "rows_removed")

    assert len(after) == 2
    assert after[:1] == upgrade.before["ledger"]
    assert upgrade.gold.execute("select distinct pg_typeof(rows_inserted)::text from gold.publications") == [
        ("numeric",)
    ]


def _weeks(count: int) -> list[Week]:
    return series("IBM", range(count), dividends={20: "0.5", 33: "0.7"}, splits={40: 7})


def _change_contract(project: Path) -> None:
    for name, replacements in CHANGES.items():
        file = project / name
        text = file.read_text()
        for old, new in replacements.items():
            text, count = re.subn(old, new, text)
            assert count, f"{name} has no {old}"
        file.write_text(text)
    contract = project / CONTRACT
    contract.write_text(yaml.safe_dump(_changed(yaml.safe_load(contract.read_text())), sort_keys=False))


def _changed(contract: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    changed = dict(CHANGED_COLUMNS)
    for model in contract["models"]:
        columns = [(column, changed.pop((model["name"], column["name"]), {})) for column in model["columns"]]
        model["columns"] = [column | change for column, change in columns if change is not None]
        if model["name"] == "mart_volatility":
            model["constraints"].append({"type": "unique", "columns": ["stock_id"]})
    assert not changed
    return contract


def _waits_for_readers(gold: Gold, is_done: Callable[[], bool]) -> bool:
    waiting = (
        "select pid from pg_locks where not granted and mode = 'AccessExclusiveLock' "
        "and relation = 'gold.fact_adjusted_prices'::regclass"
    )
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline and not is_done():
        if gold.execute(waiting):
            return True
        time.sleep(0.1)
    return False


def _stamps(gold: Gold) -> list[tuple[object, ...]]:
    keyed = {
        "dim_stock": "symbol",
        "fact_adjusted_prices": "symbol || ' ' || week_ending",
        "mart_dividends": "symbol || ' ' || year",
        "mart_latest_week": "symbol",
        "mart_sector_performance": "sector || ' ' || week_ending",
        "mart_stock_risk": "symbol",
        "mart_volatility": "symbol",
    }
    return gold.execute(
        " union all ".join(
            f"select '{table}', {key}, load_timestamp, execution_batch_id from gold.{table}"
            for table, key in keyed.items()
        )
    )


def _ledger(gold: Gold, deleted: str) -> list[tuple[object, ...]]:
    return gold.execute(
        f"select execution_batch_id, published_at, rows_inserted::int, rows_updated, {deleted} from gold.publications "
        "order by published_at"
    )


def _catalogue(gold: Gold) -> list[tuple[object, ...]]:
    return gold.execute(
        """
        select class.oid::regclass::text, attname || ' ' || format_type(atttypid, atttypmod) || ' ' || attnotnull,
            col_description(class.oid, attnum)
        from pg_class as class join pg_attribute on attrelid = class.oid
        where relnamespace = 'gold'::regnamespace and relkind = 'r' and relname <> 'publications' and attnum > 0
        and not attisdropped
        union all
        select oid::regclass::text, obj_description(oid), array(select unnest(relacl)::text order by 1)::text
        from pg_class where relnamespace = 'gold'::regnamespace and relkind = 'r'
        union all
        select conrelid::regclass::text, conname, pg_get_constraintdef(oid)
        from pg_constraint where connamespace = 'gold'::regnamespace and conrelid <> 'gold.publications'::regclass
        union all
        select indrelid::regclass::text, indexrelid::regclass::text, pg_get_indexdef(indexrelid)
        from pg_index where indrelid::regclass::text like 'gold.%'
        order by 1, 2, 3
        """
    )
