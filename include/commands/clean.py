"""End the stack and remove its data, logs and secrets. What dbt and the checks built goes too; `.venv` stays."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from include.bronze.market import MARK
from include.commands.down import down
from include.errors import StackError
from include.local_stack.home import COSMOS_CACHE, TEMPORARY
from include.local_stack.postgres import EmbeddedPostgres
from include.settings import PROJECT_ROOT, get_settings, stocklake_home
from include.terminal import as_text, open_console

# By name: STOCKLAKE_HOME may be a folder that holds other things too.
KEPT_IN_HOME = ("s3", "market", "airflow", "dbt", "logs", "run", TEMPORARY, COSMOS_CACHE)
BUILT_IN_PROJECT = (
    *("dbt_project/target", "dbt_project/logs", "dbt_project/dbt_packages", "dbt_project/.user.yml"),
    *(".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", "test-output", "logs"),
)


def clean(
    *,
    is_forced: Annotated[bool, typer.Option("--force", help="also remove payloads that cost credits")] = False,
    keeps_built: Annotated[bool, typer.Option("--keep-built", help="leave what another stack uses")] = False,
) -> int:
    """End the stack, then remove what it left.

    Raises: StackError when bronze may hold payloads that cost credits, unless forced.
    """
    home, console = stocklake_home(), open_console()
    if not (home / "secrets.env").exists():  # every start makes it first: without it this home is somebody else's
        console.print(f"Nothing to remove: {as_text(home)} holds no stack")
        return 0
    if not is_forced and _may_hold_credits(home / "s3"):
        raise StackError(f"{home / 's3'} may hold payloads that cost credits: `make clean FORCE=1` removes them too")
    down()
    EmbeddedPostgres(home).remove()
    built = () if keeps_built else BUILT_IN_PROJECT
    for path in [*(home / name for name in KEPT_IN_HOME), *(PROJECT_ROOT / name for name in built)]:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    (home / "secrets.env").unlink(missing_ok=True)
    if home.exists() and not any(home.iterdir()):
        home.rmdir()
    console.print(f"Removed {as_text(home)} and what was built from it; `make up` begins anew")
    return 0


def _may_hold_credits(folder: Path) -> bool:
    # What the buckets say of themselves; the settings may have changed since they were filled.
    is_live = any(folder.glob(f"*/{MARK}live"))
    is_unknown = folder.exists() and not any(folder.glob(f"*/{MARK}*"))
    return is_live or (is_unknown and not get_settings().source.is_sample)
