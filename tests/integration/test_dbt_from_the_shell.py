"""A build from the shell is a run like any other: what gold says of its batch leads to a row of the ledger."""

import signal
import sys
from collections.abc import Iterator, Sequence

import psycopg
import pytest

from include.gold import dbt_shell
from include.settings import get_settings

BATCH = "dbt_run:2024-01-06T12:00:00Z"
RUN = "select pipeline, status, error from ops.pipeline_runs where execution_batch_id = %s"


@pytest.fixture
def ledger(warehouse_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[psycopg.Connection]:
    """The ledger of the warehouse that dbt is to work on; dbt itself is left out."""
    variables = {"execution_batch_id": BATCH, "market_now": "2024-01-06T12:00:00+00:00"}
    monkeypatch.setenv("DB_URL", warehouse_url)
    monkeypatch.setattr(dbt_shell, "ensure_packages", lambda _: None)
    monkeypatch.setattr(dbt_shell, "_variables_of_the_shell", lambda _: variables)
    get_settings.cache_clear()
    with psycopg.connect(warehouse_url, autocommit=True) as connection:
        yield connection
    get_settings.cache_clear()


@pytest.mark.parametrize(("code", "status", "words"), [(0, "success", None), (1, "failed", "exit code 1")])
def test_a_build_is_a_run_from_its_beginning_to_its_end(
    ledger: psycopg.Connection, monkeypatch: pytest.MonkeyPatch, code: int, status: str, words: str | None
) -> None:
    def build(_command: Sequence[str], _settings: object) -> int:
        assert ledger.execute(RUN, [BATCH]).fetchone() == ("dbt_run", "running", None)
        return code

    monkeypatch.setattr(dbt_shell, "_run", build)

    assert dbt_shell.run_dbt(["build"]) == code

    pipeline, ended, error = ledger.execute(RUN, [BATCH]).fetchone() or (None, None, None)
    assert (pipeline, ended) == ("dbt_run", status)
    assert (words in error) if words else (error is None)


def test_an_interrupted_build_does_not_stay_running(
    ledger: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(_command: Sequence[str], _settings: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(dbt_shell, "_run", build)

    with pytest.raises(KeyboardInterrupt):
        dbt_shell.run_dbt(["build"])

    assert ledger.execute(RUN, [BATCH]).fetchone() == ("dbt_run", "failed", "dbt was interrupted")


@pytest.mark.parametrize(("command", "code"), [("build", 137), ("test", 143)])
def test_a_killed_dbt_is_said_to_be_killed(
    ledger: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    command: str,
    code: int,
) -> None:
    number = code - 128
    kill = f"import os; os.kill(os.getpid(), {number})"
    monkeypatch.setattr(dbt_shell, "dbt_command", lambda *_: [sys.executable, "-c", kill])

    assert dbt_shell.run_dbt([command]) == code

    words = f"dbt was killed (signal {number}, {signal.strsignal(number)}) before it had ended"
    said = capfd.readouterr().err
    assert words in said
    assert "No check failed" not in said  # which nobody knows: dbt goes on after one
    _, ended, error = ledger.execute(RUN, [BATCH]).fetchone() or (None, None, None)
    if command == "build":
        assert ended == "failed"
        assert error.startswith(f"nothing was published, {words}")
        assert "check_results" not in error


def test_an_exit_status_of_dbts_own_is_no_signal(ledger: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dbt_shell, "dbt_command", lambda *_: [sys.executable, "-c", "raise SystemExit(255)"])

    assert dbt_shell.run_dbt(["build"]) == 255

    assert "exit code 255" in (ledger.execute(RUN, [BATCH]).fetchone() or ("", "", ""))[2]
