"""What the report of a publication calls failed, and how its first words say whether gold was published."""

import inspect
from datetime import UTC, datetime

import pytest
from cosmos.operators.watcher import DbtProducerWatcherOperator

from include.gold.cosmos_callbacks import BEGUN
from include.gold.outcome import say_what_was_published
from include.observability.publications import Publication
from include.orchestration.gold import DBT_BUILD, ENDED, _say_what_failed

WATCHERS = {"dbt.publications.run": "success", "dbt.dim_stock_run": "success", f"{DBT_BUILD}_done": "success"}


@pytest.mark.parametrize(
    ("states", "is_published", "failed"),
    [
        ({DBT_BUILD: "success"}, True, []),
        ({DBT_BUILD: "failed"}, True, []),  # dbt died after the commit, and its watchers did the rest
        ({DBT_BUILD: "failed", "dbt.dim_stock_run": "failed"}, True, ["dbt.dim_stock_run"]),
        ({DBT_BUILD: "success", "announce_publication": "failed"}, True, ["announce_publication"]),
        ({DBT_BUILD: "failed", "dbt.publications.run": "failed"}, False, ["dbt.publications.run"]),
        ({DBT_BUILD: "failed"}, False, [DBT_BUILD]),
        ({DBT_BUILD: "upstream_failed", "begin_publication": "failed"}, False, ["begin_publication"]),
        ({DBT_BUILD: "success"}, False, [DBT_BUILD]),  # whatever the tasks say, nothing was committed
    ],
)
def test_what_failed(states: dict[str, str], is_published: bool, failed: list[str]) -> None:
    said = _say_what_failed(WATCHERS | states, {BEGUN, ENDED}, is_published=is_published)

    assert said == (f"failed: {', '.join(failed)}" if failed else None)


CHECK = {"dbt.dim_source_candidates.test": "failed"}  # a watcher that tried to run its part alone


@pytest.mark.parametrize(
    ("states", "marks", "is_published", "said"),
    [
        ({DBT_BUILD: "failed"} | CHECK, {BEGUN}, False, "dbt was killed (the log of"),
        ({DBT_BUILD: "failed"}, {BEGUN}, False, "dbt was killed (the log of"),
        ({DBT_BUILD: "failed"} | CHECK, {BEGUN}, True, "dbt was killed (the log of"),
        ({DBT_BUILD: "skipped"} | CHECK, set(), False, "dbt was killed (the log of"),  # tried again, which it never is
        ({DBT_BUILD: "failed"}, {BEGUN}, True, None),  # its watchers did the rest
        ({DBT_BUILD: "skipped"}, set(), True, None),
        ({DBT_BUILD: "failed"} | CHECK, {BEGUN, ENDED}, False, "failed: dbt.dim_source_candidates.test"),
        ({DBT_BUILD: "failed"}, set(), False, f"failed: {DBT_BUILD}"),  # it was never called
    ],
)
def test_a_killed_dbt_is_no_failed_check(
    states: dict[str, str], marks: set[str], is_published: bool, said: str | None
) -> None:
    words = _say_what_failed(WATCHERS | states, marks, is_published=is_published)

    assert (words or "").startswith(said or "-") if said else words is None
    if words and "killed" in words:
        assert "No check failed" in words
        assert "dim_source" not in words


def test_what_else_failed_is_said_beside_it() -> None:
    states = {DBT_BUILD: "failed", "announce_publication": "failed"} | CHECK

    said = _say_what_failed(states, {BEGUN}, is_published=True)

    assert said
    assert said.endswith("run it again; failed: announce_publication")


def test_cosmos_says_that_dbt_came_back_as_we_read_it() -> None:
    assert inspect.getsource(DbtProducerWatcherOperator.execute).count(f'key="{ENDED}"') == 2


def test_the_first_words_say_whether_gold_was_published() -> None:
    committed = Publication("weekly_adjusted_prices:1", datetime(2013, 3, 2, tzinfo=UTC), rows_changed=1_234)

    assert say_what_was_published(committed) == "gold was published (1,234 rows changed), but"
    assert say_what_was_published(None) == "nothing was published,"
