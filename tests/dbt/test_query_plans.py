"""Postgres may not compare each computed row with each: of rows just computed it has no statistics, and expects one."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest

from include.gold.dbt_environment import DBT_PROJECT
from tests.dbt.days import WITHOUT_WEEKS, load_market
from tests.dbt.gold import Gold
from tests.dbt.weeks import series

pytestmark = pytest.mark.slow("publishes twice")

DIVIDENDS = {20: "0.5", 33: "0.5", 46: "0.5", 59: "0.6"}
AUDIT = "models/audit"
HOOK = "pre_hook='{{ without_nested_loops() }}'"


@pytest.fixture(scope="module")
def compiled(new_gold: Callable[[], Gold]) -> tuple[Gold, Path]:
    """Gold after a week in which one of eight stocks was restated, and the SQL that dbt ran for it."""
    gold = new_gold()
    gold.write(*(week for number in range(8) for week in series(f"S{number}", range(110), dividends=DIVIDENDS)))
    gold.publish()
    gold.write(*series("S1", range(111), dividends={**DIVIDENDS, 110: "0.7"}))
    load_market(gold, "IBM", "MSFT", until=date(2012, 2, 10), names=WITHOUT_WEEKS)
    gold.publish()
    return gold, gold.folder / "compiled" / "stocklake" / AUDIT


def test_no_candidates_are_computed_by_comparing_each_row_with_each(compiled: tuple[Gold, Path]):
    gold, folder = compiled
    models = sorted(folder.glob("*.sql"))

    assert len(models) > 10
    for model in models:
        assert not list(_blind_loops(gold, model.read_text(), allowed=not _has_hook(model.name))), model.name


def test_without_the_hook_weeks_would_be_joined_so(compiled: tuple[Gold, Path]):
    gold, folder = compiled

    assert list(_blind_loops(gold, (folder / "computed_weeks.sql").read_text(), allowed=True))


def _has_hook(model: str) -> bool:
    return HOOK in (DBT_PROJECT / AUDIT / model).read_text()


def _blind_loops(gold: Gold, statement: str, *, allowed: bool) -> Iterator[str]:
    # As loops come cheap where one row is expected, that is where they are quadratic in truth.
    with psycopg.connect(gold.url) as connection:
        connection.execute(f"set local enable_nestloop = {'on' if allowed else 'off'}")
        ((plans,),) = connection.execute(b"explain (format json) " + statement.encode()).fetchall()
    for node in _nodes(plans[0]["Plan"]):
        expected = [child["Plan Rows"] for child in node.get("Plans", [])]
        if node["Node Type"] == "Nested Loop" and "Join Filter" in node and 1 in expected:
            yield node["Join Filter"]


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from _nodes(child)
