"""The step `validate`: does silver hold what was loaded, what is odd about it, and what has gold to take up?"""

from collections import Counter
from collections.abc import Sequence

import psycopg
import structlog
from psycopg import sql

from include.gold.manifest import read_published_tables
from include.gold.project_fingerprint import read_project_fingerprint
from include.observability.publication_requests import request_publication
from include.observability.publications import (
    NEVER,
    count_unpublished_rows,
    last_publication,
    read_published_fingerprint,
)
from include.observability.runs import read_market_at
from include.observability.ticker_ledger import TickerStatus, read_tickers
from include.silver.dataset import Dataset
from include.silver.datasets import all_datasets, find_dataset
from include.silver.findings import replace_findings
from include.silver.from_bronze import TICKERS_AT_ONCE
from include.silver.load_check import check_loaded
from include.silver.missing_sessions import explain_gap_findings
from include.silver.tables import SILVER
from include.sources import Cadence
from include.steps.deciding import decide_by_lists
from include.warehouse.connection import connect

PAYLOAD_CAME = (TickerStatus.LOADED, TickerStatus.UNCHANGED, TickerStatus.FAILED)

log = structlog.get_logger(__name__)


def validate(dataset_name: str, batch: str) -> int:
    """Check that silver holds what the batch says it loaded, decide by its lists of actions, and report what is odd.

    Shape:  -> rows of silver that this or an earlier batch changed and gold has not published, or that gold lacks for
            whatever reason; all of them where gold was published by another state of the dbt project; 0: nothing to do,
            or another batch asked for a publication that has not begun and takes them up.
    Raises: LoadMismatch that names the symbols whose rows do not add up.
    """
    if find_dataset(dataset_name).function.changes_with is Cadence.ACTION:
        decide_by_lists(batch)
    with connect() as connection:
        check_loaded(connection, find_dataset(dataset_name), batch)
        _report(connection, find_dataset(dataset_name), batch)
        is_other_code = read_published_fingerprint(connection) != read_project_fingerprint()
        published_at = NEVER if is_other_code else last_publication(connection)
        to_publish = count_unpublished_rows(connection, read_published_tables(), published_at=published_at, batch=batch)
        is_asked_for = to_publish > 0 and not request_publication(connection, batch)
    log.info(
        "validate", dataset=dataset_name, batch=batch, rows_to_publish=to_publish, is_already_asked_for=is_asked_for
    )
    return 0 if is_asked_for else to_publish


def _report(connection: psycopg.Connection, dataset: Dataset, batch: str) -> None:
    """Examine the series of the tickers of which a payload came; a list of actions explains what is held of others."""
    symbols = [symbol for symbol, _ in read_tickers(connection, batch, *PAYLOAD_CAME)]
    if dataset.function.changes_with is Cadence.ACTION:
        for other in (each for each in all_datasets() if each.examine):
            _examine(connection, other, _read_held(connection, other, symbols), batch)
    else:
        _examine(connection, dataset, symbols, batch)


def _examine(connection: psycopg.Connection, dataset: Dataset, symbols: Sequence[str], batch: str) -> None:
    """Write down what is odd about the series of some tickers, some at a time."""
    if dataset.examine is None:
        return
    now = read_market_at(connection, batch)
    levels = Counter[str]()
    for group in (symbols[start : start + TICKERS_AT_ONCE] for start in range(0, len(symbols), TICKERS_AT_ONCE)):
        found = explain_gap_findings(connection, dataset, dataset.examine(connection, group, now), now)
        replace_findings(connection, dataset.function.name, group, found, batch)
        levels.update(found["level"])
    log.info("findings", dataset=dataset.table.name, batch=batch, tickers=len(symbols), **levels)


def _read_held(connection: psycopg.Connection, dataset: Dataset, symbols: Sequence[str]) -> list[str]:
    query = sql.SQL(
        "select symbol from unnest(%s::text[]) as symbol"
        " where exists (select from {} as held where held.symbol = symbol.symbol)"
    ).format(sql.Identifier(SILVER, dataset.table.name))
    return [symbol for (symbol,) in connection.execute(query, (list(symbols),))]
