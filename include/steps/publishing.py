"""The steps around dbt: open the publication's batch, say what was committed, and close it with what gold says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from include.clock import market_now
from include.errors import SymbolsQuarantined
from include.gold.project_fingerprint import read_project_fingerprint
from include.gold.publish_lock import check_no_shell_publishes
from include.gold.variables import dbt_variables
from include.observability import publications
from include.observability.publication_quarantines import QuarantineReport, report_quarantines
from include.observability.publication_requests import take_requests
from include.observability.publications import Publication
from include.observability.runs import close_run, open_run
from include.settings import get_settings
from include.warehouse.blockers import read_ended_sessions
from include.warehouse.connection import connect
from include.warehouse.market import claim_warehouse
from include.warehouse.restore_readers import restore_readers

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class BegunPublication:
    """What dbt must know (dbt_variables), and when gold was published last: what is newer, this run committed."""

    dbt_variables: dict[str, object]
    published_before: datetime


def begin_publication(batch: str, triggered_by: Sequence[str] = ()) -> BegunPublication:
    """Open the batch and say what dbt must know.

    Shape:  -> dbt's vars. Their batches are the newest that changed weeks, and days, since gold was published; where
            none did, the newest of silver that asked for it, else this one.
    Raises: RunInProgress while a build from the shell is at work.
    """
    settings, now = get_settings(), market_now()
    with connect() as connection:
        claim_warehouse(connection, is_sample=settings.source.is_sample)
        open_run(connection, batch, market_at=now)
        connection.commit()
        check_no_shell_publishes(connection)
        take_requests(connection, triggered_by)
        published_before = publications.last_publication(connection)
        weekly, daily = publications.read_newest_batches(connection, after=published_before)
    restore_readers(settings)
    asked = triggered_by[-1] if triggered_by else batch
    variables = dbt_variables(settings, batch=weekly or asked, daily_batch=daily or asked, now=now)
    return BegunPublication(variables, published_before)


def read_publication(batch: str, *, published_before: datetime) -> Publication | None:
    """What the build of a batch committed, whatever its tasks say; None where nothing was, and nothing will be."""
    with connect() as connection:
        publications.end_build(connection, batch)
        publication = publications.read_publication(connection, after=published_before)
    log.info("read_publication", batch=batch, published_before=published_before, publication=publication)
    return publication


def report_publication(batch: str, error: str | None = None) -> dict[str, int]:
    """Close the batch: successfully, with what failed, or with the symbols that it left out.

    Shape:  -> rows of the published tables by name.
    Raises: SymbolsQuarantined that names each of them that STOCK_SYMBOLS names; the others were published.
    """
    asked = get_settings().source.symbols
    with connect() as connection:
        left_out = QuarantineReport() if error else report_quarantines(connection, asked)
        close_run(connection, batch, error=error or left_out.error)
        if not error:
            publications.write_project_fingerprint(connection, batch, read_project_fingerprint())
        counts = {} if error else publications.read_gold_counts(connection)
        for session in read_ended_sessions(connection, batch):
            log.warning("a reader kept the publication waiting and was ended", session=session)
    log.info("report_publication", batch=batch, error=error or left_out.error, **counts)
    if left_out.warning:
        log.warning("quarantined symbols that nobody asks for", symbols=left_out.warning)
    if left_out.error:
        raise SymbolsQuarantined(left_out.error)
    return counts
