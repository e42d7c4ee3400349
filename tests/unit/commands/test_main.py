"""The commands behind make."""

import itertools
import re
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner, Result

from include.commands.__main__ import COMMANDS, app
from include.errors import StackError
from include.terminal import INTERRUPTED
from tests.terminals import on_a_terminal

ROOT = Path(__file__).resolve().parents[3]
# Each takes longer to import than all the rest of a short command.
SLOW = {"airflow", "boto3", "dbt", "polars", "structlog"}


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


@pytest.mark.parametrize(
    ("error", "exit_code", "said"),
    [
        (StackError("Port 8080 is [taken]"), 1, "Error: Port 8080 is [taken]\n"),
        (ConnectionRefusedError("nobody\nlistens"), 1, "Error: nobody. Is the stack up? `make status`\n"),
        (
            psycopg.errors.DiskFull('could not extend file "base/5": No space left on device\nHINT: check'),
            1,
            'Error: could not extend file "base/5": No space left on device. A disk is full: free some space',
        ),
        (
            psycopg.OperationalError('server at "db" failed: SSL error: certificate verify failed\nno encryption'),
            1,
            'Error: server at "db" failed: SSL error: certificate verify failed. It is of another CA than the address',
        ),
        (
            PermissionError(13, "Permission denied", "/home/else/secrets.env"),
            1,
            "Error: [Errno 13] Permission denied: '/home/else/secrets.env'. This user may not: is it another user's?",
        ),
        (KeyboardInterrupt(), INTERRUPTED, "Interrupted. What was started goes on"),
    ],
)
def test_an_error_of_ours_is_one_sentence(
    error: BaseException, exit_code: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> int:
        raise error

    monkeypatch.setattr("include.commands.status.status", fail)

    ended = call("status")

    assert ended.exit_code == exit_code
    assert ended.stderr.startswith(said)


def test_what_a_command_returns_is_its_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("include.commands.status.status", lambda: 7)

    assert call("status").exit_code == 7


def test_a_traceback_shows_no_local_variable() -> None:
    program = (
        "import include.commands.status as module\n"
        "from include.commands.__main__ import app\n"
        "def fail():\n"
        "    password = 'hun' + 'ter2'\n"
        "    raise RuntimeError(len(password))\n"
        "module.status = fail\n"
        "app(['status'])\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True, cwd=ROOT)

    assert ended.stderr.endswith("RuntimeError: 7\n")
    assert "hunter2" not in ended.stderr


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_explains_itself(name: str) -> None:
    ended = call(name, "--help")

    assert ended.exit_code == 0
    assert f" {name} [OPTIONS]" in ended.stdout
    assert f"  {name} " in call("--help").stdout


@pytest.mark.parametrize("arguments", [["no-such-command"], ["status", "--no-such-option"], ["as-of", "IBM"], []])
def test_a_wrong_call_is_told_how_to_get_help(arguments: list[str]) -> None:
    ended = call(*arguments)

    assert ended.exit_code == 2
    assert "--help' for help" in ended.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["status"], ["down"]])
def test_a_short_command_waits_for_no_slow_import(arguments: list[str], tmp_path: Path) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "include.commands", *arguments]
    environment = {"STOCKLAKE_HOME": str(tmp_path / "home"), "PATH": "/usr/bin:/bin"}

    ended = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT, env=environment)

    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in ended.stderr.splitlines()}
    assert "typer" in imported
    assert imported & SLOW == set()


def test_a_terminal_without_the_tick_gets_another_sign(tmp_path: Path) -> None:
    environment = {"STOCKLAKE_HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "include.commands", "down"]

    ended = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT, env=environment)

    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("? Services")


def test_a_malformed_setting_stops_every_command_by_name(tmp_path: Path) -> None:
    environment = {"STOCKLAKE_HOME": str(tmp_path), "AIRFLOW_PORT": "eighty", "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-m", "include.commands", "up"]

    ended = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT, env=environment)

    assert ended.returncode == 1
    assert "AIRFLOW_PORT" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["up", "run", "down", "status"])
def test_a_broken_line_of_dot_env_stops_every_command_by_name(tmp_path: Path, command: str) -> None:
    (tmp_path / ".env").write_text('STOCK_SYMBOLS=IBM\nALPHA_VANTAGE_API_KEY="K3Y\n')
    program = (
        f"import pathlib, include.settings as settings; settings.PROJECT_ROOT = pathlib.Path({str(tmp_path)!r})\n"
        f"from include.commands.__main__ import app; app([{command!r}])"
    )
    environment = {"STOCKLAKE_HOME": str(tmp_path / "home"), "PATH": "/usr/bin:/bin"}
    called = [sys.executable, "-c", program]

    ended = subprocess.run(called, check=False, capture_output=True, text=True, cwd=ROOT, env=environment)

    assert ended.returncode == 1
    assert ended.stderr.startswith(f"Error: {tmp_path}/.env, line 2: ALPHA_VANTAGE_API_KEY is not of the form")
    assert "K3Y" not in ended.stderr
    assert [path.name for path in tmp_path.iterdir()] == [".env"]


@pytest.mark.parametrize("symbols", [",", " , ,"])
def test_a_list_of_no_ticker_is_not_all_tickers(symbols: str) -> None:
    ended = call("run", f"--symbols={symbols}")

    assert ended.exit_code == 1
    assert "names no ticker" in ended.stderr


@pytest.mark.parametrize("query", [r"\! touch x", r"  \copy t to program 'x'"])
def test_a_query_is_no_command_of_psql(query: str) -> None:
    ended = call("sql", "--", query)

    assert ended.exit_code == 1
    assert "begins with a backslash" in ended.stderr


def test_what_make_does_is_in_the_file_of_that_name() -> None:
    recipes = (ROOT / "Makefile").read_text().splitlines()
    called = {
        target.partition(":")[0]: recipe.split("$(STOCKLAKE)")[1].split()[0]
        for target, recipe in itertools.pairwise(recipes)
        if "$(STOCKLAKE) " in recipe
    }

    assert called == {name: name for name in COMMANDS}


def test_make_alone_lists_every_target_plainly_within_80_columns() -> None:
    listed = subprocess.run(["make"], check=True, capture_output=True, text=True, cwd=ROOT).stdout
    promised = (
        "help up down status run replay accept as-of dbt-deps dbt-run dbt-test dbt-docs dashboard sql test lint fix "
        "bench docker-secrets docker-build docker-up docker-run docker-logs docker-down docker-test audit-mem clean"
    )

    assert [name for name in promised.split() if f"\n  {name}  " not in listed] == []
    assert "\x1b" not in listed
    assert max(map(len, listed.splitlines())) <= 80
    texts = re.findall(r"^[a-z-]+:.*## (.*)$", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    assert [text for text in texts if " ".join(text.split()) not in " ".join(listed.split())] == []  # no word is broken


def test_make_colours_its_list_on_a_terminal_unless_told_not_to() -> None:
    plain = subprocess.run(["make"], check=True, capture_output=True, text=True, cwd=ROOT).stdout
    coloured = on_a_terminal(["make"], NO_COLOR="")

    assert "\x1b[36mdocker-secrets\x1b[0m  Add" in coloured
    assert re.sub(r"\x1b\[\d+m", "", coloured) == plain
    assert on_a_terminal(["make"], NO_COLOR="1") == plain
