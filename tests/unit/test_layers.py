"""The tree reads the way the data flows: an import points back along the flow, never forward, never sideways."""

import ast
from collections.abc import Iterator

import pytest

from include.settings import PROJECT_ROOT

FLOW = ("alpha_vantage", "bronze", "silver", "steps")
# Usable by everybody; among themselves in this order.
EVERYWHERE = ("errors", "plain_text", "terminal", "settings", "warehouse", "observability")
AIRFLOW_MODULES = ("airflow", "cosmos")
INCLUDE = PROJECT_ROOT / "include"
FILES = sorted(INCLUDE.rglob("*.py"))


def imported_modules(path: str) -> Iterator[str]:
    tree = ast.parse((PROJECT_ROOT / path).read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            if node.module == "include":
                yield from (f"include.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def layer(module: str) -> str:
    return module.split(".")[1] if module.startswith("include.") else ""


def test_there_are_modules_to_look_at() -> None:
    assert len(FILES) > 30


@pytest.mark.parametrize("stage", FLOW)
def test_a_stage_of_the_flow_imports_only_what_lies_before_it(stage: str) -> None:
    allowed = {*FLOW[: FLOW.index(stage) + 1], *EVERYWHERE, ""}
    files = sorted((INCLUDE / stage).rglob("*.py"))
    assert files
    forward = {
        f"{path.relative_to(PROJECT_ROOT)} imports {module}"
        for path in files
        for module in imported_modules(str(path))
        if layer(module) not in allowed
    }
    assert not forward


def test_only_orchestration_knows_airflow() -> None:
    knowing = {
        str(path.relative_to(INCLUDE))
        for path in FILES
        for module in imported_modules(str(path))
        if module.split(".")[0] in AIRFLOW_MODULES
    }
    assert {path.split("/")[0] for path in knowing} == {"orchestration"}


def test_only_settings_reads_the_environment() -> None:
    reading = {
        str(path.relative_to(INCLUDE))
        for path in FILES
        if "local_stack" not in path.parts and ("os.getenv" in path.read_text() or "os.environ[" in path.read_text())
    }
    assert not reading
