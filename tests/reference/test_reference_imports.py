"""The recomputation shares no code with what it checks."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent
CHECKED = ("include", "dags", "dashboards", "tests.dbt", "polars", "pandas", "psycopg")
MODULES = sorted(PACKAGE.glob("*.py"))


def imported_by(source: str) -> set[str]:
    """Every module that a source imports, wherever in it."""
    nodes = list(ast.walk(ast.parse(source)))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module or "." for node in nodes if isinstance(node, ast.ImportFrom)}


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_a_module_imports_nothing_that_it_checks(module: Path) -> None:
    found = imported_by(module.read_text())

    assert not {name for name in found for checked in CHECKED if name == checked or name.startswith(f"{checked}.")}


def test_an_import_within_a_function_is_seen() -> None:
    assert imported_by("def f():\n    from include.silver import weeks\n    import dags.a") == {
        "include.silver",
        "dags.a",
    }


def test_the_package_has_its_modules() -> None:
    assert len(MODULES) > 15
