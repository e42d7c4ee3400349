"""The README is true: what it names exists."""

import re

from include.settings import PROJECT_ROOT

README = (PROJECT_ROOT / "README.md").read_text()
MAKEFILE = (PROJECT_ROOT / "Makefile").read_text()


def test_every_make_target_it_names_exists() -> None:
    targets = set(re.findall(r"^([a-z][\w-]*):", MAKEFILE, re.MULTILINE))
    named = set(re.findall(r"\bmake (?:-s )?([a-z][\w-]*)", README))
    assert {"up", "test", "run", "down"} <= named
    assert named <= targets


def test_every_path_it_names_exists() -> None:
    named = {f"include/{name}" for name in re.findall(r"^[├└]── ([\w./]+)", README, re.MULTILINE)}
    named |= set(re.findall(r"`?((?:include|dags|dbt_project|dashboards|tests)/[\w./*-]*)", README))
    linked = set(re.findall(r"\]\(((?!http|#)[^)]+)\)", README))
    assert len(named) > 5
    missing = {path for path in named | linked if not list(PROJECT_ROOT.glob(path.rstrip("/")))}
    assert not missing
