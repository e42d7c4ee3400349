"""The indicators stand in one order in Python, in the SQL that publishes them, and in the contracts of both tables."""

import re

import pytest
import yaml

from include.gold.dbt_environment import DBT_PROJECT
from include.indicators.technical import INDICATORS


def test_dbt_publishes_the_indicators_that_are_computed() -> None:
    macro = (DBT_PROJECT / "macros/formulas/indicators.sql").read_text()

    assert re.findall(r"'(\w+)'", macro) == list(INDICATORS)


@pytest.mark.parametrize("table", ["fact_technical_indicators", "fact_weekly_technical_indicators"])
def test_a_contract_promises_them_all(table: str) -> None:
    contracts = yaml.safe_load((DBT_PROJECT / "models/gold/_gold__models.yml").read_text())["models"]
    [contract] = [each for each in contracts if each["name"] == table]
    names = [column["name"] for column in contract["columns"]]

    assert [name for name in names if name in INDICATORS] == list(INDICATORS)
