"""The fingerprint of what makes gold: whatever computes bars and indicators is in it."""

import ast
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from include.gold import project_fingerprint
from include.gold.project_fingerprint import BARS, compute_project_fingerprint
from include.settings import PROJECT_ROOT, Settings

COMPUTING = ("include/gold/bars/prepared.py", "include/silver/gaps.py")  # all that `prepare_daily` calls on frames


def imported(file: Path, seen: set[Path]) -> Iterator[Path]:
    """A module of the project and what it imports, over however many steps."""
    if file in seen or not file.exists():
        return
    seen.add(file)
    yield file
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("include"):
            path = PROJECT_ROOT / str(node.module).replace(".", "/")
            for each in (path.with_suffix(".py"), *(path / f"{name.name}.py" for name in node.names)):
                yield from imported(each, seen)


def test_every_module_that_computes_bars_is_in_it() -> None:
    seen = set[Path]()
    modules = {module for start in COMPUTING for module in imported(PROJECT_ROOT / start, seen)}

    assert len(modules) > 10
    assert {
        module for module in modules if not any(module.is_relative_to(PROJECT_ROOT / part) for part in BARS)
    } == set()


@pytest.mark.parametrize("part", BARS)
def test_a_change_of_what_computes_bars_changes_it(part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for each in BARS:
        source, copy = PROJECT_ROOT / each, tmp_path / each
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, copy) if source.is_dir() else shutil.copy(source, copy)
    monkeypatch.setattr(project_fingerprint, "PROJECT_ROOT", tmp_path)
    (tmp_path / "packages").mkdir()
    settings = Settings(dbt_packages_dir=tmp_path / "packages")
    before = compute_project_fingerprint(settings)

    changed = next((tmp_path / part).rglob("*.py")) if (tmp_path / part).is_dir() else tmp_path / part
    changed.write_text(changed.read_text() + "\n")

    assert compute_project_fingerprint(settings) != before
