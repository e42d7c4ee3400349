"""The dbt packages: from the dbt hub, from the project's own stand-ins, or from a folder the user names.

The hub and GitHub cannot be reached everywhere. `dbt_project/offline_packages/` holds packages of the
same names with just the macros this project uses; they serve until `make dbt-deps` gets through.
"""

import hashlib
import shutil
import subprocess
from pathlib import Path

import httpx

from include.errors import StackError
from include.gold.dbt_environment import DBT_PROJECT, dbt_command, dbt_process_environment
from include.settings import Settings

INSTALLED = DBT_PROJECT / "dbt_packages"
OFFLINE = DBT_PROJECT / "offline_packages"
REQUIRED = DBT_PROJECT / "packages.yml"
NAMES = ("dbt_utils", "dbt_expectations")
# Where `dbt deps` looks packages up, and where their archives come from. A closed network must not take minutes.
HUB = ("https://hub.getdbt.com/api/v1/dbt-labs/dbt_utils.json", "https://codeload.github.com/")
PROBE_SECONDS = 5
DEPS_SECONDS = 60
FROM_HUB, FROM_PROJECT = "from the dbt hub", "the project's offline packages: the dbt hub cannot be reached"


def ensure_packages(settings: Settings) -> str:
    """Install the packages unless they are there; where they come from, in words.

    Raises: StackError when DBT_PACKAGES_DIR lacks one.
    """
    if settings.stack.dbt_packages_dir is None and (source := _read_source()):
        return source
    return install_packages(settings)


def install_packages(settings: Settings) -> str:
    """Install the packages anew, from the hub if it can be reached; where they come from, in words.

    Raises: StackError when DBT_PACKAGES_DIR lacks one.
    """
    if settings.stack.dbt_packages_dir is not None:
        return _check_packages(settings.stack.dbt_packages_dir)
    if _hub_answers() and _run_dbt_deps(settings):
        _write_source(INSTALLED, FROM_HUB)
        return FROM_HUB
    _copy_offline_packages()
    return FROM_PROJECT


def _check_packages(folder: Path) -> str:
    missing = [name for name in NAMES if not (folder / name / "dbt_project.yml").exists()]
    if missing:
        raise StackError(f"DBT_PACKAGES_DIR is {folder}, which lacks {' and '.join(missing)}")
    return f"as they are in {folder}"


def _hub_answers() -> bool:
    try:
        for address in HUB:
            httpx.head(address, timeout=PROBE_SECONDS, follow_redirects=True)
    except httpx.HTTPError:
        return False
    return True


def _run_dbt_deps(settings: Settings) -> bool:
    command, environment = dbt_command("deps"), dbt_process_environment(settings)
    try:
        ended = subprocess.run(command, check=False, env=environment, capture_output=True, timeout=DEPS_SECONDS)  # noqa: S603 - the project's own dbt
    except subprocess.TimeoutExpired:
        return False
    return ended.returncode == 0


def _copy_offline_packages() -> None:
    unfinished = INSTALLED.with_name("dbt_packages.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    shutil.copytree(OFFLINE, unfinished)
    _write_source(unfinished, FROM_PROJECT)
    shutil.rmtree(INSTALLED, ignore_errors=True)
    unfinished.rename(INSTALLED)


def _write_source(folder: Path, source: str) -> None:
    (folder / ".source").write_text(f"{_required()}\n{source}\n")


def _read_source() -> str:
    try:
        required, source = (INSTALLED / ".source").read_text().splitlines()
    except (OSError, ValueError):
        return ""
    return source if required == _required() else ""


def _required() -> str:
    # A changed list, or a changed stand-in, asks for a new installation.
    files = [REQUIRED, *sorted(path for path in OFFLINE.rglob("*") if path.is_file())]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]
