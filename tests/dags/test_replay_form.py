"""The form of `replay_bronze`: the rules of `make replay`, for both call one step."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from include.bronze.store import open_store
from include.errors import Retry, SettingsError
from include.settings import Settings, get_settings
from include.silver.weeks import WEEKLY_ADJUSTED
from include.warehouse.connection import connect
from tests.integration.source import Source
from tests.payloads import bar, moment, payload_of

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag


@pytest.fixture
def lake(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A lake with a week of IBM, and the clock of the market."""
    del settings
    with Source(moment("2024-04-13")) as source:
        monkeypatch.setenv("ALPHA_VANTAGE_BASE_URL", source.query_url)
        get_settings.cache_clear()
        open_store.cache_clear()
        body = payload_of({"2024-04-12": bar()})
        open_store().write_payload(WEEKLY_ADJUSTED.name, "IBM", body, fetched_at=source.now)
        yield
        open_store.cache_clear()


def submit(dag_bag: "DagBag", **form: object) -> Any:
    """What the task does with the form."""
    replay: Any = dag_bag.dags["replay_bronze"].task_dict["replay"]
    return replay.python_callable("replay_bronze:form", params={"dry_run": True} | form)


def recorded() -> list[tuple[object, ...]]:
    with connect() as connection:
        return connection.execute("select status from ops.pipeline_runs").fetchall()


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"symbols": "NOSUCH"}, "bronze holds nothing of NOSUCH"),
        ({"symbols": "-P-HIZ"}, "bronze holds nothing of -P-HIZ"),
        ({"symbols": "IBM, NOSUCH", "dry_run": False}, "bronze holds nothing of NOSUCH"),
        ({"symbols": ","}, "names no ticker"),
        ({"symbols": "IBM", "to": "2024-04-12"}, "bronze holds nothing of IBM that was fetched in those days"),
        ({"new_history": True}, "in the form Symbols and From"),
    ],
)
def test_what_the_shell_refuses_the_form_refuses(
    lake: None, dag_bag: "DagBag", form: dict[str, object], words: str
) -> None:
    with pytest.raises(SettingsError, match=words) as refused:
        submit(dag_bag, **form)

    assert refused.value.retry is Retry.NEVER  # so the task is red at once
    assert recorded() == []


@pytest.mark.parametrize("symbols", ["IBM", "ibm ", "", None])
def test_what_bronze_holds_is_replayed(lake: None, dag_bag: "DagBag", symbols: str | None) -> None:
    assert submit(dag_bag, symbols=symbols, dry_run=False) == {"series": 1, "objects": 1, "rows_changed": 1}
    assert recorded() == [("success",)]


def test_a_dry_run_is_skipped_and_says_what_would_change(
    lake: None, dag_bag: "DagBag", caplog: pytest.LogCaptureFixture
) -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    with caplog.at_level("INFO"), pytest.raises(AirflowSkipException, match="a dry run: nothing was changed"):
        submit(dag_bag, symbols="IBM")
    assert "Rows of silver that would change: 1 (objects read: 1, series: 1)." in caplog.text
    with connect() as connection:
        assert connection.execute("select count(*) from silver.weekly_adjusted_prices").fetchall() == [(0,)]
