"""Print what runs, where, and how often it had to be started."""

from contextlib import suppress

import psycopg
from rich.console import Console
from rich.table import Table

from include.airflow_client.api import components_not_healthy
from include.commands.output.addresses import print_urls
from include.commands.output.empty_tables import print_empty
from include.commands.output.quarantined import print_quarantined
from include.local_stack.child import ServiceRecord, read_records
from include.local_stack.disk import full_disks
from include.local_stack.postgres import EmbeddedPostgres
from include.local_stack.processes import name_processes
from include.local_stack.service import Service
from include.local_stack.services import embedded_postgres, log_file, services_of
from include.local_stack.stack_session import AT_WORK, StackSession, check_record, is_changing
from include.settings import Settings, get_settings
from include.terminal import as_text, open_console
from include.warehouse.connection import connect

ANSWERS, SILENT = "[green]answers[/]", "[red]silent[/]"
NO_SUPERVISOR = "No supervisor: nothing that ends is started again. `make up` puts everything in order"
ENDED, ENDED_FOR_NOW, KEEPS_ENDING = "[red]ended[/]", "[yellow]ended, starts again[/]", "[red]keeps ending[/]"


def status() -> int:
    """Print a row per service, and a sentence for each thing that is wrong.

    Raises: StackError when what runs lost its home.
    """
    settings, console = get_settings(), open_console()
    home = settings.stack.home
    is_at_work = is_changing(home)
    if is_at_work:
        console.print(AT_WORK)
    else:
        check_record(home)
    session, postgres = StackSession.read(home), embedded_postgres(settings)
    is_supervised = session is not None and session.is_supervised()
    if is_at_work and not is_supervised:
        return 0
    living = {process.pid for process in session.processes()} if session else set()
    if not living and not postgres.processes():
        console.print("Nothing runs. `make up` starts everything.")
        return 0
    silence = postgres.silence()
    console.print(_table(settings, living, is_silent=bool(silence), is_supervised=is_supervised))
    of_services = _of_services(settings) if is_supervised else [NO_SUPERVISOR]
    for sentence in (*full_disks(home), *_of_postgres(postgres, silence), *of_services):
        console.print(f"[yellow]![/] {as_text(sentence)}")
    if not (silence and settings.warehouse.is_embedded):
        _print_of_warehouse(console, settings)
    print_urls(console, settings)
    return 0


def _table(settings: Settings, living: set[int], *, is_silent: bool, is_supervised: bool) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("Service", "State", "Process", "Starts"):
        table.add_column(column, justify="right" if column in {"Process", "Starts"} else "left")
    table.add_row("Postgres", SILENT if is_silent else ANSWERS, "", "")
    records = read_records(settings.stack.home)
    for service in services_of(settings):
        record = records.get(service.name, ServiceRecord())
        lives = record.pid in living
        state = _state(service, record, lives=lives, is_supervised=is_supervised)
        table.add_row(service.title, state, str(record.pid) if lives else "", str(record.starts or ""))
    return table


def _state(service: Service, record: ServiceRecord, *, lives: bool, is_supervised: bool) -> str:
    if lives:
        return ANSWERS if service.is_ready() else SILENT
    if not is_supervised:
        return ENDED
    return KEEPS_ENDING if record.keeps_dying else ENDED_FOR_NOW


def _of_postgres(postgres: EmbeddedPostgres, silence: str) -> list[str]:
    sentences = [f"Postgres does not answer: {silence}"] if silence else []
    if not postgres.is_running() and (left := postgres.processes()):
        sentences.append(f"A killed Postgres left {name_processes(left)} behind, which its next start ends")
    return sentences


def _of_services(settings: Settings) -> list[str]:
    home = settings.stack.home
    dying = [name for name, record in read_records(home).items() if record.keeps_dying]
    sentences = [f"{name} keeps ending: see {log_file(home, name)}" for name in dying]
    if silent := components_not_healthy(settings):
        sentences.append(f"Airflow has no sign of life from: {', '.join(silent)}")
    return sentences


def _print_of_warehouse(console: Console, settings: Settings) -> None:
    with suppress(psycopg.Error), connect(settings.warehouse.reader_url) as connection:
        print_quarantined(console, connection)  # a warehouse of another machine may be silent
        print_empty(console, connection, settings)
