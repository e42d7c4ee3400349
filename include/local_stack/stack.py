"""The stack as a whole: every part started in its order, and found again where it runs."""

import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from include.airflow_client.api import components_not_healthy, ensure_api_pool, ensure_connections
from include.errors import StackError
from include.gold.manifest import ensure_manifest
from include.gold.packages import ensure_packages
from include.local_stack.airflow_database import ensure_airflow_database
from include.local_stack.child import ServiceRecord, read_records
from include.local_stack.credentials import SECRETS_FILE, ensure_credentials
from include.local_stack.disk import check_room
from include.local_stack.home import ensure_home
from include.local_stack.ports import check_ports_free, ports_of
from include.local_stack.progress import Step, show_step
from include.local_stack.service import Service, wait_until
from include.local_stack.services import embedded_postgres, fingerprint, log_file, services_of
from include.local_stack.stack_session import AT_WORK, StackSession, check_record, is_changing
from include.local_stack.supervisor import start_supervisor
from include.settings import READ_AT_EVERY_RUN, Settings, get_settings, read_anew
from include.warehouse.connection import connect
from include.warehouse.market import claim_warehouse
from include.warehouse.migrate import migrate

SERVICE_SECONDS = 180
LEADER_SECONDS = 30


def settings_with_credentials(ports: Callable[[Settings], dict[str, int]]) -> Settings:
    """The settings, after the home folder and its generated secrets were made.

    `ports` are those that are needed: where there was no home, one that is taken leaves none behind.
    Raises: PortBusy; StackError when the folder cannot be the user's alone, or has no room.
    """
    settings = get_settings()
    home = settings.stack.home
    if not (home / SECRETS_FILE).exists():
        check_record(home)
        check_room(home)
        check_ports_free(ports(settings))
    os.umask(0o077)  # what this command makes is its user's alone
    ensure_home(home)
    ensure_credentials(home)
    get_settings.cache_clear()
    return get_settings()


def start_stack(settings: Settings, console: Console) -> None:
    """Bring every part up, each step doing nothing where it was done before.

    Raises: PortBusy, StackError.
    """
    postgres = embedded_postgres(settings)
    with show_step(console, "Settings and ports") as step:
        check_room(settings.stack.home)
        session = _running_session(settings, step)
        ports = ports_of(settings)
        check_ports_free(ports, ours=ports if session else (["POSTGRES_PORT"] if postgres.is_running() else []))
    with show_step(console, "Postgres") as step:
        step.note = postgres.start()
    with show_step(console, "Warehouse tables"):
        migrate(settings.warehouse.url)
        with connect(settings.warehouse.url) as connection:
            claim_warehouse(connection, is_sample=settings.source.is_sample)
    with show_step(console, "Airflow's database"):
        ensure_airflow_database(settings)
    with show_step(console, "dbt packages") as step:
        step.note = ensure_packages(settings)
    with show_step(console, "dbt manifest") as step:
        step.note = ensure_manifest(settings)
    _start_services(settings, console, session)


def _running_session(settings: Settings, step: Step) -> StackSession | None:
    check_record(settings.stack.home)
    session = StackSession.read(settings.stack.home)
    if session is None:
        return None
    if not session.is_supervised():
        if processes := session.processes():  # they hold the ports, and nobody starts again what dies of them
            step.note = f"ended {len(processes)} processes whose supervisor was gone"
        session.end()
        return None
    check_settings_unchanged(settings, session)
    return session


def check_settings_unchanged(settings: Settings, session: StackSession | None) -> None:
    """Services keep the settings they were started with: a command with others would not do what it says.

    Raises: StackError when nothing runs, or runs with other settings.
    """
    if session is None or not session.is_supervised():
        if is_changing(settings.stack.home):
            raise StackError(AT_WORK)
        if session is not None and session.processes():
            raise StackError("No supervisor watches the services: `make up` puts everything in order")
        raise StackError("Nothing runs. `make up` starts everything")
    if session.fingerprint != fingerprint(settings):
        raise StackError("Settings changed since the services started: `make down`, then `make up` takes them over")
    ours, theirs = settings.by_variable(), read_anew(session.told).by_variable()
    if ignored := [name for name in sorted(READ_AT_EVERY_RUN) if ours[name] != theirs[name]]:
        raise StackError(
            f"{' and '.join(ignored)}: the services read another value, from `.env` or from the shell of their "
            "`make up`, and would ignore this one. Write it into `.env`, or `make down`, then `make up`. For some "
            "tickers: `make run SYMBOLS=…`"
        )


def _start_services(settings: Settings, console: Console, session: StackSession | None) -> None:
    if session is None:
        with show_step(console, "Supervisor"):
            session = _start_supervisor(settings.stack.home)
    for service in services_of(settings):
        with show_step(console, service.title):
            _wait_for(service, settings.stack.home, session)
    with show_step(console, "Airflow's heartbeats"):
        if not wait_until(lambda: not components_not_healthy(settings), seconds=SERVICE_SECONDS):
            silent = ", ".join(components_not_healthy(settings))
            raise StackError(
                f"Airflow runs, but without a sign of life from: {silent}; see {settings.stack.home / 'logs'}"
            )
        ensure_api_pool(settings)
        ensure_connections(settings)


def _start_supervisor(home: Path) -> StackSession:
    process = start_supervisor(home, mark=secrets.token_hex(8))
    deadline = time.monotonic() + LEADER_SECONDS
    while time.monotonic() < deadline:
        session = StackSession.read(home)
        if session is not None and session.is_supervised():
            return session
        if process.poll() not in {None, 0}:  # 0: another supervisor was quicker, and will show itself
            break
        time.sleep(0.1)
    raise StackError(f"The supervisor does not start: see {log_file(home, 'supervisor')}")


def _wait_for(service: Service, home: Path, session: StackSession) -> None:
    def is_decided() -> bool:
        record = read_records(home).get(service.name, ServiceRecord())
        return service.is_ready() or record.keeps_dying or not session.is_supervised()

    wait_until(is_decided, seconds=SERVICE_SECONDS)
    if not service.is_ready():
        raise StackError(f"{service.title} does not come up: see {log_file(home, service.name)}")
