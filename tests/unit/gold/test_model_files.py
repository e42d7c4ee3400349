"""The files of the dbt models can be read: models are short and list their columns, their YAML is in blocks."""

import re
import statistics
from pathlib import Path

import pytest

from include.gold.dbt_environment import DBT_PROJECT

MODELS = sorted((DBT_PROJECT / "models").rglob("*.sql"))
PROPERTIES = sorted((DBT_PROJECT / "models").rglob("*.yml"))
LONGEST_MODEL, MEDIAN_MODEL = 80, 45
LONGEST_LINE_OF_YAML = 100
ALL_COLUMNS = re.compile(r"(?<![\w)(])(?:\w+\.)?\*(?=\s*(?:,|$|\bfrom\b))", re.MULTILINE)
LAST_CTE = re.compile(r"select \*\s+from (?:\w+|\{\{ ref\('\w+'\) \}\})(?:\s+\{\{ [^}]* \}\})?\s*$")


def test_models_are_short() -> None:
    lines = {model.name: len(model.read_text().splitlines()) for model in MODELS}

    assert {name: count for name, count in lines.items() if count > LONGEST_MODEL} == {}
    assert statistics.median(lines.values()) <= MEDIAN_MODEL


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.stem)
def test_a_model_lists_its_columns(model: Path) -> None:
    assert _unlisted(model.read_text()) == []


@pytest.mark.parametrize(
    ("sql", "is_listed"),
    [
        ("with a as (select x from t) select * from a", True),
        ("with a as (select * from t) select x from a", False),
        ("with a as (select x from t) select *, x + 1 as y from a", False),
        ("with a as (select x from t) select a.*, b.y from a cross join b", False),
        ("with a as (select x from t) select * from a -- select * is said in a comment", True),
        ("with a as (select count(*) as c, x * 2 as d from t) select * from a", True),
    ],
)
def test_what_is_not_listed_is_found(sql: str, is_listed: bool) -> None:
    assert (_unlisted(sql) == []) == is_listed


@pytest.mark.parametrize("properties", PROPERTIES, ids=lambda properties: properties.stem)
def test_properties_are_written_in_blocks(properties: Path) -> None:
    long = [line for line in properties.read_text().splitlines() if len(line) > LONGEST_LINE_OF_YAML]

    assert long == []


def _unlisted(sql: str) -> list[str]:
    statement = re.sub(r"--.*", "", sql).strip()
    return ALL_COLUMNS.findall(LAST_CTE.sub("", statement))
