"""The script in .github/examples runs as it is printed, on gold as dbt built it, and finds what SQL finds."""

import os
import re
import subprocess
import sys

import pytest

from include.settings import PROJECT_ROOT
from tests.dashboards.gold_warehouse import Warehouse

SCRIPT = PROJECT_ROOT / ".github/examples/read_gold.py"
RETURN_OF_2012 = """
    select round((100 * (exp(sum(ln(1 + weekly_return_pct / 100))) - 1))::numeric, 2)::float
    from gold.fact_adjusted_prices
    where symbol = 'AAPL' and is_complete_week and price_date between '2012-01-01' and '2012-12-31'
"""


def test_the_script_runs_and_finds_what_sql_finds(warehouse: Warehouse) -> None:
    environment = os.environ | warehouse.environment | {"ANALYST_DB_URL": warehouse.reader_url}

    ended = subprocess.run(
        [sys.executable, SCRIPT], cwd=PROJECT_ROOT, env=environment, check=False, capture_output=True, text=True
    )

    assert ended.returncode == 0, ended.stderr
    ((expected,),) = warehouse.execute(RETURN_OF_2012)
    heads = re.findall(r"[A-Z]+", next(line for line in ended.stdout.splitlines() if "AAPL" in line))
    (line,) = [line for line in ended.stdout.splitlines() if re.search(r"\b2012\b", line)]
    numbers = [float(text) for text in re.findall(r"-?\d+\.\d+", line)]
    assert heads == ["AAPL", "FB", "GOOG", "IBM", "MSFT"]
    assert numbers[0] == pytest.approx(expected)
