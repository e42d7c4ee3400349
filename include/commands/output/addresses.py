"""Where the pages of the stack are, and the logins."""

from rich.console import Console

from include.airflow_client.session import ADMIN
from include.settings import LOOPBACK, Settings
from include.terminal import as_text


def print_urls(console: Console, settings: Settings) -> None:
    """Print where the pages are, and the logins."""
    password = settings.airflow.admin_password.get_secret_value()
    lines = {
        "Dashboard": f"http://{LOOPBACK}:{settings.stack.dashboard_port}",
        "Airflow": f"{settings.airflow.api_url}  user {ADMIN}, password {password}",
        "SQL": "make sql  (the role analyst; reads everything, writes nothing)",
    }
    console.print()
    for name, line in lines.items():
        console.print(f"{name:<10} {as_text(line)}", highlight=False, soft_wrap=True)
