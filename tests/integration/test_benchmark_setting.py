"""BENCHMARK_SYMBOL, written into `.env`, is what the published betas compare with, after `make dbt-run`."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from include import steps
from include.local_stack.postgres import EmbeddedPostgres
from include.settings import get_settings
from include.warehouse.connection import connect
from include.warehouse.migrate import migrate
from tests.airflow_stack.another_user import copy_project
from tests.databases import create_database
from tests.market_server import MarketServer

WEEKLY = "weekly_adjusted_prices"
SYMBOLS = ["IBM", "MSFT"]
COMMON_WEEKS = (
    "select ibm.weekly_return_pct::float, msft.weekly_return_pct::float from gold.fact_adjusted_prices as ibm"
    " join gold.fact_adjusted_prices as msft using (week_ending)"
    " where ibm.symbol = 'IBM' and msft.symbol = 'MSFT' and ibm.is_complete_week"
    " and week_ending > (select max(week_ending) from gold.fact_adjusted_prices) - 7 * 104"
)
RISK = "select benchmark, common_weeks, beta, r_squared from gold.mart_stock_risk where symbol = 'IBM'"


@pytest.mark.slow("publishes gold from the shell, in a copy of the project with an `.env` of its own")
def test_the_benchmark_of_the_file_is_that_of_the_published_betas(
    shared_market: MarketServer, postgres: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    name = create_database(postgres, "benchmark")  # of its own: gold would stay in the one that the tests share
    migrate(postgres.url("stocklake", name))
    monkeypatch.setenv("DB_URL", postgres.url("stocklake", name))
    get_settings.cache_clear()
    batch = f"{WEEKLY}:run-1"
    for group in steps.plan(WEEKLY, batch, symbols=SYMBOLS):
        steps.fetch(WEEKLY, group, batch)
        steps.normalize(WEEKLY, group, batch)
    project = copy_project(tmp_path)
    (project / ".env").write_text(f"STOCK_SYMBOLS={','.join(SYMBOLS)}\nBENCHMARK_SYMBOL=MSFT\n")
    command = [sys.executable, "-m", "include.commands", "dbt-run"]
    ended = subprocess.run(command, cwd=project, env=os.environ, check=False, capture_output=True, text=True)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    with connect() as connection:
        returns = np.array(connection.execute(COMMON_WEEKS).fetchall())
        ((benchmark, weeks, beta, r_squared),) = connection.execute(RISK).fetchall()
    covariance = np.cov(returns.T)
    assert (benchmark, weeks) == ("MSFT", len(returns))
    assert beta == pytest.approx(covariance[0, 1] / covariance[1, 1], rel=1e-9)
    assert r_squared == pytest.approx(np.corrcoef(returns.T)[0, 1] ** 2, rel=1e-9)
