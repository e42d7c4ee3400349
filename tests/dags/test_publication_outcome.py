"""What the report of a publication calls failed, and how its first words say whether gold was published."""

import inspect
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from airflow.sdk.exceptions import AirflowFailException
from cosmos.operators.watcher import DbtProducerWatcherOperator

from include import steps
from include.gold.cosmos_callbacks import BEGUN, FAILED
from include.gold.outcome import say_what_was_published
from include.observability.publications import Publication
from include.orchestration import gold
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


RUN = {"dbt.dim_source_candidates.run": "failed"}  # a watcher that tried to run its part alone
CHECK = {"dbt.dim_source_candidates.test": "failed"}
BY_SIGNAL, WITH_WORKER = "dbt was killed (the log of", "dbt was killed (with its worker, unless this run was cleared"


@pytest.mark.parametrize(
    ("states", "marks", "is_published", "said"),
    [
        ({DBT_BUILD: "failed"} | CHECK, {BEGUN}, False, BY_SIGNAL),
        ({DBT_BUILD: "failed"} | RUN, {BEGUN}, False, BY_SIGNAL),
        ({DBT_BUILD: "failed"}, {BEGUN}, False, BY_SIGNAL),
        ({DBT_BUILD: "failed"} | CHECK, {BEGUN}, True, BY_SIGNAL),
        ({DBT_BUILD: "skipped"} | RUN, set(), False, WITH_WORKER),  # tried again, which it never is
        ({DBT_BUILD: "skipped"} | CHECK, set(), False, WITH_WORKER),  # or somebody pressed Clear after a failed check
        ({DBT_BUILD: "skipped"}, set(), False, WITH_WORKER),
        ({DBT_BUILD: "failed"}, {BEGUN}, True, None),  # its watchers did the rest
        ({DBT_BUILD: "skipped"}, set(), True, None),
        ({DBT_BUILD: "failed"} | CHECK, {BEGUN, ENDED}, False, "failed: dbt.dim_source_candidates.test"),
        ({DBT_BUILD: "failed"} | CHECK, {BEGUN, FAILED}, False, "failed: dbt.dim_source_candidates.test"),  # ENDED lost
        ({DBT_BUILD: "skipped"} | CHECK, {FAILED}, False, "failed: dbt.dim_source_candidates.test"),
        ({DBT_BUILD: "failed"}, set(), False, f"failed: {DBT_BUILD}"),  # it was never called
    ],
)
def test_a_killed_dbt_is_no_failed_check_unless_one_failed(
    states: dict[str, str], marks: set[str], is_published: bool, said: str | None
) -> None:
    words = _say_what_failed(WATCHERS | states, marks, is_published=is_published)

    assert (words or "").startswith(said or "-") if said else words is None
    if words and "killed" in words:
        assert ("No check failed: run it again" in words) == ("dbt.dim_source_candidates.test" not in states)
        assert [name for name in (RUN | CHECK).keys() & states.keys() if name not in words] == []


def test_what_else_failed_is_said_beside_it() -> None:
    states = {DBT_BUILD: "failed", "announce_publication": "failed"} | CHECK

    said = _say_what_failed(states, {BEGUN}, is_published=True)

    assert said
    assert said.endswith("run it again; failed: announce_publication, dbt.dim_source_candidates.test")


@pytest.mark.parametrize("messages", [["dim_source: found 3"], []])
def test_a_dbt_that_left_its_messages_was_not_killed(monkeypatch: pytest.MonkeyPatch, messages: list[str]) -> None:
    xcoms = {BEGUN: True, FAILED: messages}  # ENDED was not stored, for Airflow's API was away
    context = {"ti": SimpleNamespace(xcom_pull=lambda key=None, **_: xcoms.get(key))}
    monkeypatch.setattr(gold, "get_current_context", lambda: context)
    monkeypatch.setattr(gold, "task_states", lambda: {DBT_BUILD: "failed"} | CHECK)
    monkeypatch.setattr(steps, "report_publication", lambda *_, **__: {})

    with pytest.raises(AirflowFailException) as raised:
        gold.report_publication.function("gold_star_schema:1")

    words = ["nothing was published, failed: dbt.dim_source_candidates.test", *messages]
    assert str(raised.value) == "; ".join(words)


def test_cosmos_says_that_dbt_came_back_as_we_read_it() -> None:
    assert inspect.getsource(DbtProducerWatcherOperator.execute).count(f'key="{ENDED}"') == 2


def test_the_first_words_say_whether_gold_was_published() -> None:
    committed = Publication("weekly_adjusted_prices:1", datetime(2013, 3, 2, tzinfo=UTC), rows_changed=1_234)

    assert say_what_was_published(committed) == "gold was published (1,234 rows changed), but"
    assert say_what_was_published(None) == "nothing was published,"
