"""The step `validate`: does silver hold what was loaded, and what has gold to take up?"""

import structlog

from include.gold.manifest import read_published_tables
from include.gold.project_fingerprint import read_project_fingerprint
from include.observability.publications import (
    NEVER,
    count_unpublished_rows,
    last_publication,
    read_published_fingerprint,
)
from include.silver.datasets import find_dataset
from include.silver.load_check import check_loaded
from include.warehouse.connection import connect

log = structlog.get_logger(__name__)


def validate(dataset_name: str, batch: str) -> int:
    """Check that silver holds what the batch says it loaded.

    Shape:  -> rows of silver that this or an earlier batch changed and gold has not published, or that gold lacks for
            whatever reason; all of them where gold was published by another state of the dbt project; 0: nothing to do.
    Raises: LoadMismatch that names the symbols whose rows do not add up.
    """
    with connect() as connection:
        check_loaded(connection, find_dataset(dataset_name), batch)
        is_other_code = read_published_fingerprint(connection) != read_project_fingerprint()
        published_at = NEVER if is_other_code else last_publication(connection)
        to_publish = count_unpublished_rows(connection, read_published_tables(), published_at=published_at, batch=batch)
    log.info("validate", dataset=dataset_name, batch=batch, rows_to_publish=to_publish)
    return to_publish
