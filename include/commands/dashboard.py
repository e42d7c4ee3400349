"""Open the dashboard, started here if the stack does not run."""

import subprocess
import webbrowser

from include.local_stack.ports import check_ports_free
from include.local_stack.services import dashboard_of, embedded_postgres
from include.local_stack.stack import settings_with_credentials
from include.settings import LOOPBACK, PROJECT_ROOT, Settings, has_display
from include.terminal import open_console


def dashboard() -> int:
    """Open the running dashboard, or serve it here until Ctrl-C."""
    settings, console = settings_with_credentials(_ports), open_console()
    url = f"http://{LOOPBACK}:{settings.stack.dashboard_port}"
    service = dashboard_of(settings)
    if service.is_ready():
        console.print(f"The dashboard is at {url}")
        if has_display():
            webbrowser.open(url)
        return 0
    check_ports_free({"DASHBOARD_PORT": settings.stack.dashboard_port})
    postgres = embedded_postgres(settings)
    starts_postgres = settings.warehouse.is_embedded and not postgres.is_running()
    if starts_postgres:
        postgres.start()
    console.print(f"The dashboard is at {url}, without the rest of the stack; Ctrl-C ends it")
    try:
        return subprocess.run(service.command, check=False, cwd=PROJECT_ROOT, env=dict(service.environment)).returncode  # noqa: S603 - a fixed program
    except KeyboardInterrupt:
        return 0
    finally:
        if starts_postgres:
            postgres.stop()


def _ports(settings: Settings) -> dict[str, int]:
    return {"DASHBOARD_PORT": settings.stack.dashboard_port, "POSTGRES_PORT": settings.warehouse.port}
