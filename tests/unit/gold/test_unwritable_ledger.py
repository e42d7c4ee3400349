"""A ledger of checks that cannot be written hides neither what dbt said nor how it ended."""

import json
import subprocess
from pathlib import Path
from typing import Any

import psycopg
import pytest

from include.gold import check_results as dbt_checks
from include.gold import dbt_shell
from include.gold.cosmos_callbacks import FAILED, WARNED, store_dbt_messages
from include.settings import get_settings


class _TaskInstance:
    def __init__(self) -> None:
        self.pushed: dict[str, Any] = {}

    def xcom_push(self, *, key: str, value: Any) -> None:
        self.pushed[key] = value


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """The results of a run in which one check failed."""
    failed = {"unique_id": "test.stocklake.prices_are_positive.1", "status": "fail", "message": "Got 1 result"}
    written = tmp_path / "target" / "run_results.json"
    written.parent.mkdir()
    written.write_text(json.dumps({"results": [failed]}))
    return written


def _refuse(*_: object) -> None:
    raise psycopg.OperationalError("no ledger")


def test_dbts_words_are_kept_first(results: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(dbt_checks, "record_checks", _refuse)
    task = _TaskInstance()

    with pytest.raises(psycopg.OperationalError, match="no ledger"):
        store_dbt_messages(str(results.parent.parent), {"ti": task})

    assert task.pushed == {WARNED: [], FAILED: ["prices_are_positive: Got 1 result"]}


def test_dbts_exit_code_is_the_answer(
    results: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def run_dbt(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        results.write_text("{}")
        return subprocess.CompletedProcess(command, 1)

    monkeypatch.setattr(dbt_shell, "DBT_PROJECT", results.parent.parent)
    monkeypatch.setattr(dbt_shell.subprocess, "run", run_dbt)
    monkeypatch.setattr(dbt_shell, "record_checks", _refuse)

    assert dbt_shell._run(["test"], get_settings()) == 1
    assert "no ledger" in capsys.readouterr().err
