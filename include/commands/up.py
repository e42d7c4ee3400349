"""Start everything, run the pipelines once, and print what was built."""

import time

from rich.console import Console

from include.commands.output.addresses import print_urls
from include.commands.output.run_results import GOLD
from include.commands.output.warehouse_summary import is_published, print_summary
from include.commands.run import chosen_pipelines, run_pipelines
from include.errors import StocklakeError
from include.gold.manifest import read_published_tables
from include.gold.project_fingerprint import read_project_fingerprint
from include.local_stack.ports import ports_of
from include.local_stack.stack import settings_with_credentials, start_stack
from include.local_stack.stack_session import exclusive, up_lock
from include.observability.publications import count_unpublished_rows, last_publication, read_published_fingerprint
from include.observability.runs import have_run
from include.settings import Settings
from include.terminal import as_text, open_console
from include.warehouse.connection import connect


def up() -> int:
    """Start what does not run, run what PIPELINE names unless gold is complete, and show what there is."""
    began = time.monotonic()
    settings, console = settings_with_credentials(ports_of), open_console()
    with exclusive(up_lock(settings.stack.home), wait=False) as is_free:
        if is_free:
            start_stack(settings, console)
    if not is_free:
        console.print("Another `make up` or `make down` is at work here; waiting for it to end …")
        with exclusive(up_lock(settings.stack.home), wait=True):
            start_stack(settings, console)
    is_complete = _is_complete(settings)
    failed = 0 if is_complete else _run(console)
    print_summary(console, settings, followed=() if is_complete else (*chosen_pipelines(), GOLD))
    console.print(f"[dim]all of it: {time.monotonic() - began:.1f} s[/]")
    print_urls(console, settings)
    return failed


def _run(console: Console) -> int:
    try:
        return run_pipelines()
    except StocklakeError as error:
        console.print(f"[red]✗[/] {as_text(error)}")
        return 1


def _is_complete(settings: Settings) -> bool:
    # After an upgrade gold is as the version before made it, until a run of the pipeline publishes it anew.
    with connect(settings.warehouse.url) as connection:
        if not is_published(connection) or read_published_fingerprint(connection) != read_project_fingerprint():
            return False
        if not have_run(connection, chosen_pipelines()):
            return False
        published_at = last_publication(connection)
        return not count_unpublished_rows(connection, read_published_tables(), published_at=published_at)
