"""When a changed setting counts, as the table of .github/docs/settings.md says: each is changed here, and seen."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from include import settings as module
from include.errors import StackError
from include.local_stack.credentials import GENERATORS
from include.local_stack.services import fingerprint, told_of_every_run
from include.local_stack.stack import check_settings_unchanged
from include.local_stack.stack_session import StackSession
from include.settings import PROJECT_ROOT, READ_AT_EVERY_RUN, READ_BY_COMMANDS, VARIABLES, get_settings

DOCUMENT = PROJECT_ROOT / ".github/docs/settings.md"
OTHER_VALUES = {
    "STOCK_SYMBOLS": "IBM,ZZZZ",
    "BENCHMARK_SYMBOL": "IBM",
    "RISK_FREE_RATE_PCT": "2.5",
    "TICKERS_PER_TASK": "7",
    "ALPHA_VANTAGE_REQUESTS_PER_DAY": "77",
    "ALPHA_VANTAGE_REQUESTS_PER_MINUTE": "7",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "BRONZE_BUCKET": "another-bucket",
    "STOCKLAKE_HOME": "elsewhere",
    "DBT_PACKAGES_DIR": "packages",
}
# A task of the next run is a process that starts then.
TASK = """
import sys
from pathlib import Path
from include import settings
settings.PROJECT_ROOT = Path(sys.argv[1])
print(settings.get_settings().by_variable()[sys.argv[2]])
"""


def other_value(name: str) -> str:
    """A value that the setting does not have."""
    if name.endswith("_PORT"):
        return "12345"
    if name.endswith("DB_URL"):
        return "postgresql://somebody@elsewhere/stocks_dwh"
    if name == "ALPHA_VANTAGE_BASE_URL":
        return "http://127.0.0.1:12345/query"
    return OTHER_VALUES.get(name, "http://elsewhere:1" if name.endswith("_URL") else "other")


@pytest.fixture
def write(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[[str], None]]:
    """Write the project's `.env`, which is read by whoever starts then."""
    monkeypatch.setattr(module, "PROJECT_ROOT", tmp_path)
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("STOCKLAKE_HOME", str(tmp_path / "home"))

    def write_file(text: str) -> None:
        (tmp_path / ".env").write_text(text)
        get_settings.cache_clear()

    write_file("")
    yield write_file
    get_settings.cache_clear()


def running() -> StackSession:
    """A stack that was started with the settings of now; this process stands for its supervisor."""
    return StackSession.of_this_process(mark="", fingerprint=fingerprint(get_settings()), told=told_of_every_run())


@pytest.mark.parametrize("name", sorted(READ_AT_EVERY_RUN))
def test_the_next_run_reads_it(write: Callable[[str], None], tmp_path: Path, name: str) -> None:
    session = running()
    write(f"{name}={OTHER_VALUES[name]}")
    environment = {key: value for key, value in os.environ.items() if key not in VARIABLES}
    task = subprocess.run(
        [sys.executable, "-c", TASK, tmp_path, name],
        cwd=PROJECT_ROOT,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )

    check_settings_unchanged(get_settings(), session)
    assert task.stdout.strip() == str(get_settings().by_variable()[name])
    assert OTHER_VALUES[name].split(",")[0] in task.stdout


@pytest.mark.parametrize("name", sorted(READ_AT_EVERY_RUN))
def test_a_run_whose_shell_says_something_else_is_refused(
    write: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    session = running()
    monkeypatch.setenv(name, OTHER_VALUES[name])
    get_settings.cache_clear()

    with pytest.raises(StackError, match=f"^{name}: the services read another value"):
        check_settings_unchanged(get_settings(), session)

    write(f"{name}={OTHER_VALUES[name]}")  # now both say the same
    check_settings_unchanged(get_settings(), session)


def test_what_the_shell_of_make_up_said_wins_over_the_file(
    write: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STOCK_SYMBOLS", "IBM")
    get_settings.cache_clear()
    session = running()
    check_settings_unchanged(get_settings(), session)

    monkeypatch.delenv("STOCK_SYMBOLS")
    write("STOCK_SYMBOLS=IBM,MSFT")

    with pytest.raises(StackError, match="STOCK_SYMBOLS: the services read another value"):
        check_settings_unchanged(get_settings(), session)


@pytest.mark.parametrize("name", sorted(VARIABLES - READ_AT_EVERY_RUN - READ_BY_COMMANDS - {"STOCKLAKE_HOME"}))
def test_every_other_setting_asks_for_a_new_start(write: Callable[[str], None], name: str) -> None:
    session = running()
    foreign = "".join(f"{role}_DB_URL=postgresql://x@elsewhere/y\n" for role in ("ANALYST", "READER"))
    write(f"{foreign if name == 'DB_URL' else ''}{name}={other_value(name)}")

    with pytest.raises(StackError, match="Settings changed since the services started: `make down`, then `make up`"):
        check_settings_unchanged(get_settings(), session)


def test_what_a_command_starts_is_no_setting_of_the_services(
    write: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    session = running()
    write("PIPELINE=weekly")
    monkeypatch.setenv("PIPELINE", "daily")
    get_settings.cache_clear()

    check_settings_unchanged(get_settings(), session)


def test_another_home_is_another_stack(write: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STOCKLAKE_HOME")
    write("STOCKLAKE_HOME=elsewhere")

    assert StackSession.read(get_settings().stack.home) is None


def test_the_table_names_what_each_run_reads_and_nothing_else() -> None:
    (section,) = re.findall(r"## When a change counts\n(.*?)\n## ", DOCUMENT.read_text(), re.DOTALL)
    rows = [line for line in section.splitlines() if line.startswith("| in `.env`: `")]
    named = [name for row in rows for name in re.findall(r"`([A-Z_]+)`", row.split("|")[1])]

    assert sorted(named) == sorted(READ_AT_EVERY_RUN)
    assert set(GENERATORS) < VARIABLES
