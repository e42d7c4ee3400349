"""dbt from the shell, on the warehouse of the settings: a build is a run of the ledger like any other."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import psycopg

from include.clock import market_now
from include.gold.check_results import record_checks
from include.gold.dbt_environment import DBT_PROJECT, RUN_RESULTS, dbt_command, dbt_process_environment
from include.gold.outcome import name_signal, say_that_dbt_was_killed, say_what_was_published
from include.gold.packages import ensure_packages
from include.gold.publish_lock import publishing_from_the_shell
from include.gold.variables import dbt_variables
from include.observability import publications
from include.observability.batch import BatchId
from include.observability.publication_quarantines import QuarantineReport, report_quarantines
from include.observability.runs import close_run, open_run
from include.plain_text import printable
from include.settings import Settings, get_settings
from include.warehouse.blockers import PATIENCE, Patience, readers_give_way
from include.warehouse.connection import connect
from include.warehouse.restore_readers import restore_readers

RUN_CHECKS = {"build", "test"}
PUBLICATION = "model.stocklake.publications"
LEFT_SYMBOLS_OUT = 1  # published but for these symbols: as red as in Airflow
SIGNALLED = 128  # a shell's exit status of a killed program is this and the signal


def run_dbt(
    arguments: Sequence[str], patience: Patience = PATIENCE, *, prepare: Callable[[], object] = lambda: None
) -> int:
    """Run dbt as `arguments` say; returns its exit code, of a killed one 128 and the signal.

    Before a build `prepare` is called, when no other build can be at work.

    Readers that keep it waiting longer than `patience` allows are ended.

    Raises: RunInProgress when gold is being built by another; NetworkFault when the local market server is down.
    """
    settings = get_settings()
    ensure_packages(settings)
    variables = _variables_of_the_shell(settings)
    command = [*arguments, "--vars", json.dumps(variables)]
    with readers_give_way(settings.warehouse.url, patience):
        if command[0] == "build":
            with publishing_from_the_shell(), connect() as connection:
                restore_readers(settings)
                prepare()
                code = _run_as_batch(connection, command, settings, variables)
        else:
            code = _run(command, settings)
    if code < 0:
        sys.stderr.write(f"{say_that_dbt_was_killed(name_signal(-code))}\n")
    return code if code >= 0 else SIGNALLED - code


def _run_as_batch(
    connection: psycopg.Connection, command: Sequence[str], settings: Settings, variables: Mapping[str, object]
) -> int:
    # Every batch id in gold must exist in ops.pipeline_runs, also of builds from the shell.
    batch, now = str(variables["execution_batch_id"]), datetime.fromisoformat(str(variables["market_now"]))
    open_run(connection, batch, market_at=now)
    published_before = publications.last_publication(connection)
    connection.commit()
    error: str | None = "dbt was interrupted"
    try:
        code = _run(command, settings)
        error = f"dbt ended with exit code {code}; ops.check_results says what its checks found"
        if code < 0:
            publications.end_build(connection, batch)  # what is being published is waited for
            outcome = say_what_was_published(publications.read_publication(connection, after=published_before))
            error = f"{outcome} {say_that_dbt_was_killed(name_signal(-code))}"
        elif not code:
            left_out = _report_what_was_left_out(connection, settings)
            sys.stderr.writelines(f"{printable(words)}\n" for words in (left_out.error, left_out.warning) if words)
            code, error = (LEFT_SYMBOLS_OUT if left_out.error else 0), left_out.error
    finally:
        close_run(connection, batch, error=error)
        connection.commit()
    return code


def _run(command: Sequence[str], settings: Settings) -> int:
    environment = dbt_process_environment(settings) | ({} if sys.stdout.isatty() else {"DBT_USE_COLORS": "false"})
    results = DBT_PROJECT / "target" / RUN_RESULTS
    results.unlink(missing_ok=True)  # what an earlier run found must not count as found now
    ended = subprocess.run(dbt_command(*command), check=False, env=environment)  # noqa: S603 - our own dbt
    if command[0] in RUN_CHECKS and results.exists():
        try:
            record_checks(results.parent)
        except (psycopg.Error, OSError) as error:  # the caller gets dbt's exit code all the same
            sys.stderr.write(f"What the checks found could not be kept: {printable(error)}\n")
    return ended.returncode


def _report_what_was_left_out(connection: psycopg.Connection, settings: Settings) -> QuarantineReport:
    # A build of a part publishes nothing, whatever is quarantined since earlier.
    results = DBT_PROJECT / "target" / RUN_RESULTS
    found = json.loads(results.read_text())["results"] if results.exists() else []
    is_published = any(result["unique_id"] == PUBLICATION and result["status"] == "success" for result in found)
    return report_quarantines(connection, settings.source.symbols) if is_published else QuarantineReport()


def _variables_of_the_shell(settings: Settings) -> dict[str, object]:
    return dbt_variables(settings, batch=BatchId.from_shell("dbt_run"), now=market_now())
