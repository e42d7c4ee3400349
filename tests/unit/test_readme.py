"""The README and its pages are true: what they name exists, what they link to is there."""

import re
import tomllib
from pathlib import Path

import pytest

from include.settings import PROJECT_ROOT

README = PROJECT_ROOT / "README.md"
PAGES = [README, *sorted((PROJECT_ROOT / ".github").rglob("*.md"))]
OF_DBT = PROJECT_ROOT / "dbt_project/macros/publication/README.md"
MAKEFILE = (PROJECT_ROOT / "Makefile").read_text()
LAYERS = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]["layers"]
MOST_LINES = 170
LONGEST_LINE = 120
LINK = re.compile(r"\]\((?!http)([^)#]*)(?:#([^)]*))?\)")

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def test_there_are_pages_beside_the_readme() -> None:
    assert {page.stem for page in PAGES} >= {
        "README",
        "CONTRIBUTING",
        "architecture",
        "speed",
        "containers",
        "sql",
        "settings",
    }


def test_the_readme_is_short() -> None:
    assert len(README.read_text().splitlines()) < MOST_LINES


@each_page
def test_a_line_fits_the_screen_unless_it_is_of_a_table(page: Path) -> None:
    lines = [line for line in page.read_text().splitlines() if not line.startswith("|")]

    assert [line for line in lines if len(line) > LONGEST_LINE] == []


@each_page
def test_every_make_target_it_names_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z][\w-]*):", MAKEFILE, re.MULTILINE))
    named = set(re.findall(r"\bmake (?:-s )?([a-z][\w-]*)", page.read_text()))

    assert named
    assert named <= targets


@each_page
def test_every_path_it_names_exists(page: Path) -> None:
    named = set(re.findall(r"(?:include|dags|dbt_project|dashboards|tests|\.github)/[\w./*-]*", page.read_text()))

    assert {path for path in named if not list(PROJECT_ROOT.glob(path.rstrip("/.")))} == set()


@pytest.mark.parametrize("page", [*PAGES, OF_DBT], ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    lost = [
        (path, heading)
        for path, heading in LINK.findall(page.read_text())
        if not (target := page.parent / path if path else page).exists() or (heading and heading not in anchors(target))
    ]

    assert lost == []


def test_every_page_is_reached_from_the_readme() -> None:
    linked = {(README.parent / path).resolve() for path, _ in LINK.findall(README.read_text())}

    assert set(PAGES) - {README} <= linked


def test_the_tree_has_every_part_of_include_in_the_order_of_the_import_rule() -> None:
    entries = re.findall(r"^[├└]── ((?:[\w.]+/? )+) ", README.read_text(), re.MULTILINE)
    floors = [set(layer.split(" | ")) for layer in reversed(LAYERS)]
    height = {name: number for number, floor in enumerate(floors) for name in floor}
    names = " ".join(entries).split()
    drawn = [name.removesuffix("/").removesuffix(".py") for name in names]

    assert [name for name in names if not list((PROJECT_ROOT / "include").glob(name))] == []
    assert set(drawn) == set(height)
    assert [height[name] for name in drawn] == sorted(height[name] for name in drawn)


def anchors(page: Path) -> set[str]:
    """The headings of a page, as its address names them."""
    headings = re.findall(r"^#+ (.*)", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
