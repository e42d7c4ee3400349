"""Whatever is killed, and whenever: gold is the last publication or the next one, and the next build is undisturbed."""

from collections.abc import Iterator

import pytest

from tests.dbt.gold import OF_DAYS
from tests.dbt.kills import CHOSEN_KILLS, KINDS, POINTS, VICTIMS, Kill, Killing, killing

pytestmark = pytest.mark.slow("kills a durable server in the middle of a build, and builds again")


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Killing]:
    """A published warehouse on a durable server, and what an undisturbed build makes of newer prices."""
    with killing(tmp_path_factory.mktemp("kills")) as prepared:
        yield prepared


def test_what_is_compared_is_not_empty_and_differs(killed: Killing):
    for contents in (killed.last, killed.next):
        assert all(rows for table, rows in contents.items() if table not in OF_DAYS)
    for table in ("dim_stock", "fact_adjusted_prices", "mart_latest_week", "mart_dividends", "mart_stock_risk"):
        assert killed.last[table] != killed.next[table]
    assert killed.next["fact_adjusted_prices"] != killed.next_by_changed_formula["fact_adjusted_prices"]


@pytest.mark.parametrize("kill", CHOSEN_KILLS, ids=str)
def test_gold_is_whole_after(kill: Kill, killed: Killing):
    killed.check(kill)


def test_the_chosen_cover_each_victim_each_kind_and_each_class_of_boundary():
    assert len(CHOSEN_KILLS) == 4
    assert all(sum(kill.victim == victim for kill in CHOSEN_KILLS) == 1 for victim in VICTIMS)
    assert all(sum(kill.kind == kind for kill in CHOSEN_KILLS) == 1 for kind in KINDS)
    classes = {point.split()[0] for point in POINTS}
    assert classes == {"before", "after", "between", "within,"}
    assert {kill.point.split()[0] for kill in CHOSEN_KILLS} == classes
