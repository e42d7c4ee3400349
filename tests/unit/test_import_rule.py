"""The rule of imports finds what breaks it: the linters' settings are tried on a copy with planted faults."""

import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

from include.settings import PROJECT_ROOT

PROGRAMS = Path(sysconfig.get_path("scripts"))
IGNORED = shutil.ignore_patterns("__pycache__")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The code and the settings of its linters."""
    for folder in ("include", "dashboards", "dags"):
        shutil.copytree(PROJECT_ROOT / folder, tmp_path / folder, ignore=IGNORED)
    shutil.copy(PROJECT_ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint(folder: Path, program: str, *arguments: str) -> tuple[int, str]:
    ended = subprocess.run(
        [PROGRAMS / program, *arguments], check=False, cwd=folder, stdout=subprocess.PIPE, text=True, timeout=60
    )
    return ended.returncode, ended.stdout


@pytest.mark.parametrize(
    ("module", "planted", "broken"),
    [
        ("include/warehouse/connection.py", "from include.steps import fetching", "An import points down BROKEN"),
        ("include/silver/load.py", "from include.bronze import store", None),
        ("include/silver/schema.py", "from include.silver import load", "No circle within a package BROKEN"),
        ("include/steps/planning.py", "import airflow", "Only orchestration knows Airflow and Cosmos"),
        ("include/serving/as_of.py", "import streamlit", "Only the dashboard knows Streamlit BROKEN"),
        ("dashboards/views/stock.py", "from include.bronze import store", "through serving alone BROKEN"),
        ("include/new/__init__.py", "", "this contract is marked as 'exhaustive'"),
    ],
)
def test_an_import_is_judged_wherever_it_stands(copy: Path, module: str, planted: str, broken: str | None) -> None:
    path = copy / module
    path.parent.mkdir(exist_ok=True)
    before = path.read_text() if path.exists() else ""
    path.write_text(f"{before}\n\ndef planted():\n    {planted or 'pass'}\n")

    code, said = lint(copy, "lint-imports", "--no-logo", "--no-cache")

    assert (code != 0) == (broken is not None), said
    assert broken is None or broken in said


@pytest.mark.parametrize("read", ["os.environ.get('X')", "os.environ['X']", "os.getenv('X')"])
def test_only_settings_reads_the_environment(copy: Path, read: str) -> None:
    for path in (copy / "include/warehouse/connection.py", copy / "include/settings/__init__.py"):
        path.write_text(f"{path.read_text()}\n\ndef planted():\n    import os\n\n    return {read}\n")

    code, said = lint(copy, "ruff", "check", "--select", "TID251", "--output-format", "concise", "--no-cache")

    assert code != 0
    assert said.count("TID251") == 1
    assert "include/warehouse/connection.py" in said
