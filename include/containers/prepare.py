"""`python -m include.containers.prepare`: the one-shot service `migrate`, at every start and after every upgrade."""

from include.airflow_client.api import ensure_api_pool, ensure_connections
from include.bronze.market import claim_market
from include.local_stack.progress import show_step
from include.settings import get_settings
from include.terminal import open_console, report_errors
from include.warehouse.connection import connect
from include.warehouse.migrate import migrate
from include.warehouse.readers import READERS
from include.warehouse.roles import OWNER, ensure_roles


def prepare() -> int:
    """Roles, database, tables, bucket, then Airflow's pool and connections; each step safe to run again.

    On a Postgres that is not the stack's own, roles and database are left to its administrator.

    Raises: SettingsError, MarketMismatch, StackError.
    """
    settings, console = get_settings(), open_console()
    if settings.warehouse.is_embedded:
        with show_step(console, "Roles and database"):
            known = settings.by_variable()
            passwords = {role: known[f"{role.upper()}_DB_PASSWORD"].get_secret_value() for role in (OWNER, *READERS)}
            ensure_roles(settings.warehouse.admin_url, passwords)
    with show_step(console, "Warehouse tables"):
        migrate(settings.warehouse.url)
    with show_step(console, "Bucket, and its market"), connect(settings.warehouse.url) as connection:
        claim_market(connection)
    with show_step(console, "Airflow's pool, connections"):
        ensure_api_pool(settings)
        ensure_connections(settings)
    return 0


if __name__ == "__main__":
    report_errors(prepare)()
