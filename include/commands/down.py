"""End every process of the stack; the data stays."""

from include.local_stack.progress import Steps
from include.local_stack.session import exclusive
from include.local_stack.stack_end import end_services, stored_postgres
from include.settings import stocklake_home
from include.terminal import as_text, open_console


def down() -> int:
    """End all services, then Postgres; needs no setting but the home folder."""
    home, console = stocklake_home(), open_console()
    if not home.exists():
        console.print(f"Nothing runs: there is no {as_text(home)}")
        return 0
    steps = Steps(console)
    with exclusive(home / "run" / "up.lock", wait=True):
        with steps.step("Services") as step:
            step.note = f"{end_services(home)} processes ended"
        with steps.step("Postgres"):
            stored_postgres(home).stop()
    return 0
