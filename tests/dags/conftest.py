"""The DAG files, read as Airflow reads them, with an Airflow home of the test run's own."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

# Airflow looks at these when it is first imported, and would otherwise make a home in the user's.
_AIRFLOW_HOME = tempfile.TemporaryDirectory(prefix="stocklake-airflow-")
os.environ["AIRFLOW_HOME"] = _AIRFLOW_HOME.name
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
os.environ["AIRFLOW__COSMOS__ENABLE_TELEMETRY"] = "False"
os.environ["AIRFLOW__USAGE_DATA_COLLECTION__ENABLED"] = "False"

from include.gold.manifest import ensure_manifest  # noqa: E402
from include.gold.packages import ensure_packages  # noqa: E402
from include.settings import PROJECT_ROOT, get_settings  # noqa: E402

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The dbt manifest that `gold_star_schema` is drawn from."""
    changed = pytest.MonkeyPatch()
    changed.setenv("STOCKLAKE_HOME", str(tmp_path_factory.mktemp("home")))
    get_settings.cache_clear()
    ensure_packages(get_settings())
    ensure_manifest(get_settings())
    yield
    changed.undo()
    get_settings.cache_clear()


@pytest.fixture(scope="session")
def dag_bag(manifest: None) -> "DagBag":
    """Every DAG of the project."""
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(dag_folder=Path(PROJECT_ROOT / "dags"), load_op_links=False)
