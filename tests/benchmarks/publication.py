"""The real `dbt build` on the warehouse of a benchmark."""

import json
import os
import subprocess
import tempfile
import time

from include.gold.dbt_environment import dbt_command, dbt_environment
from include.settings import PROJECT_ROOT, Settings
from include.steps.preparing import prepare_bars

VARIABLES = {"is_sample_market": True, "market_now": "2024-12-01T12:00:00Z"}
PUBLICATION = ("--exclude", "tag:whole_table", "--exclude-resource-type", "unit_test")


def build_gold(url: str, *options: str) -> float:
    """Check and publish gold as `make dbt-run` does; how many seconds it took.

    Raises: RuntimeError with dbt's words when it fails.
    """
    settings = Settings(db_url=url)  # type: ignore[arg-type]  # pydantic makes it a secret
    environment = {**os.environ, "DBT_PACKAGES_DIR": "offline_packages", **dbt_environment(settings)}
    with tempfile.TemporaryDirectory(prefix="stocklake-dbt-") as folder:
        command = dbt_command("build", *PUBLICATION, "--vars", json.dumps(VARIABLES), *options)
        started = time.perf_counter()
        prepare_bars(url, code="of this benchmark", is_whole="--full-refresh" in options)
        built = subprocess.run(
            [*command, "--target-path", folder, "--log-path", folder],
            cwd=PROJECT_ROOT,
            env=environment,
            check=False,
            capture_output=True,
            text=True,
        )
        took = time.perf_counter() - started
    if built.returncode:
        raise RuntimeError(built.stdout)
    return took
