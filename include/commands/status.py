"""Print what runs, where, and how often it had to be started."""

from contextlib import suppress

import psycopg
from rich.table import Table

from include.airflow_client.api import components_not_healthy
from include.commands.output.addresses import print_urls
from include.commands.output.quarantined import print_quarantined
from include.local_stack.services import embedded_postgres, services_of
from include.local_stack.stack_session import StackSession
from include.local_stack.supervisor import read_processes
from include.settings import get_settings
from include.terminal import as_text, open_console
from include.warehouse.connection import connect


def status() -> int:
    """Print a row per service."""
    settings, console = get_settings(), open_console()
    home = settings.stack.home
    session = StackSession.read(home)
    is_supervised = session is not None and session.is_supervised()
    postgres_runs = embedded_postgres(settings).is_running()
    if not is_supervised and not postgres_runs:
        console.print("Nothing runs. `make up` starts everything.")
        return 0
    table = Table(box=None, pad_edge=False)
    for column in ("Service", "State", "Process", "Starts"):
        table.add_column(column, justify="right" if column in {"Process", "Starts"} else "left")
    table.add_row("Postgres", _word(is_ready=postgres_runs), "", "")
    processes = read_processes(home) if is_supervised else {}
    for service in services_of(settings):
        process = processes.get(service.name, {})
        table.add_row(
            service.title,
            _word(is_ready=service.is_ready()),
            str(process.get("pid") or ""),
            str(process.get("starts", "")),
        )
    console.print(table)
    if is_supervised and (silent := components_not_healthy(settings)):
        console.print(f"[yellow]![/] Airflow has no sign of life from: {as_text(', '.join(silent))}")
    if not is_supervised:
        console.print("[yellow]![/] No supervisor: `make up` puts everything in order")
    with suppress(psycopg.Error), connect(settings.warehouse.reader_url) as connection:
        print_quarantined(console, connection)  # a warehouse that is silent is in the table above
    print_urls(console, settings)
    return 0


def _word(*, is_ready: bool) -> str:
    return "[green]answers[/]" if is_ready else "[red]silent[/]"
