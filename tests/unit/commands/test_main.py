"""The commands behind make."""

import subprocess
import sys
from pathlib import Path

import pytest

from include.commands import __main__ as cli
from include.errors import StackError

ROOT = Path(__file__).resolve().parents[3]


def test_an_error_of_ours_is_one_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(_: object) -> int:
        raise StackError("Port 8080 is [taken]")

    monkeypatch.setattr(cli, "_call", fail)

    assert cli.main(["status"]) == 1
    assert capsys.readouterr().err == "Error: Port 8080 is [taken]\n"


def test_a_malformed_setting_stops_every_command_by_name(tmp_path: Path) -> None:
    environment = {"STOCKLAKE_HOME": str(tmp_path), "AIRFLOW_PORT": "eighty", "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-m", "include.commands", "up"]

    ended = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT, env=environment)

    assert ended.returncode == 1
    assert "AIRFLOW_PORT" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("symbols", [",", " , ,"])
def test_a_list_of_no_ticker_is_not_all_tickers(symbols: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", f"--symbols={symbols}"]) == 1

    assert "names no ticker" in capsys.readouterr().err


@pytest.mark.parametrize("query", [r"\! touch x", r"  \copy t to program 'x'"])
def test_a_query_is_no_command_of_psql(query: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["sql", "--", query]) == 1

    assert "begins with a backslash" in capsys.readouterr().err


def test_every_command_of_the_makefile_exists() -> None:
    recipes = (ROOT / "Makefile").read_text().splitlines()
    called = {line.split("$(STOCKLAKE)")[1].split()[0] for line in recipes if "$(STOCKLAKE) " in line}

    assert called
    assert called <= set(cli.COMMANDS)


def test_make_alone_lists_every_target() -> None:
    listed = subprocess.run(["make"], check=True, capture_output=True, text=True, cwd=ROOT).stdout
    promised = (
        "help up down status run replay accept as-of dbt-deps dbt-run dbt-test dbt-docs dashboard sql test lint fix "
        "bench docker-secrets docker-build docker-up docker-run docker-logs docker-down docker-test"
    )

    assert [
        name for name in [*promised.split(), "audit-mem", "clean"] if f" {name}" not in listed.replace("\x1b[36m", " ")
    ] == []
