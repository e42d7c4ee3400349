"""The folders of the dbt models: each is a schema, and no model refers to one of a later folder."""

import json
from pathlib import Path
from typing import Any

import pytest

from include.gold.check_results import MANIFEST
from tests.dbt.parsed_project import copy_project, parse

FOLDERS = ("staging", "intermediate", "audit", "gold")
# Why is said in the model's own config.
IN_ANOTHER_SCHEMA = {"int_changed_weeks": "audit", "int_sound_weeks": "audit"}


@pytest.fixture(scope="module")
def models(parsed: Path) -> dict[str, dict[str, Any]]:
    """The models of the project, by their ids."""
    return _models(json.loads((parsed.parent / MANIFEST).read_text()))


def test_every_ref_leads_to_the_same_or_an_earlier_folder(models: dict[str, dict[str, Any]]) -> None:
    assert {_folder(model) for model in models.values()} == set(FOLDERS)
    assert _backward_refs(models) == []


def test_a_folder_is_a_schema(models: dict[str, dict[str, Any]]) -> None:
    tables = [model for model in models.values() if model["config"]["materialized"] != "ephemeral"]
    elsewhere = {model["name"]: model["schema"] for model in tables if model["schema"] != _folder(model)}

    assert len(tables) > 20
    assert elsewhere == IN_ANOTHER_SCHEMA


def test_a_backward_ref_is_found(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "dbt_project")
    with (project / "models/staging/stg_company_overview.sql").open("a") as model:
        model.write("-- depends_on: {{ ref('dim_source_candidates') }}\n")

    models = _models(parse(project, tmp_path / "target"))

    assert _backward_refs(models) == ["stg_company_overview (staging) refers to dim_source_candidates (audit)"]


def _models(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {name: node for name, node in manifest["nodes"].items() if node["resource_type"] == "model"}


def _folder(model: dict[str, Any]) -> str:
    return str(model["fqn"][1])


def _backward_refs(models: dict[str, dict[str, Any]]) -> list[str]:
    return [
        f"{model['name']} ({_folder(model)}) refers to {models[name]['name']} ({_folder(models[name])})"
        for model in models.values()
        for name in model["depends_on"]["nodes"]
        if name in models and FOLDERS.index(_folder(models[name])) > FOLDERS.index(_folder(model))
    ]
