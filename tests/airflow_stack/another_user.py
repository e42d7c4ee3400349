"""Another user of this machine, in a path with spaces, with as little of an environment as a user can have.

It takes root and the right to mount: the user's Python may lie in a folder of root's, which no other user may enter.
Elsewhere the caller is that user.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from include.settings import PROJECT_ROOT

NAME = f"stocklake-{os.getpid()}"
USERADD = ("useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent", NAME)
ENVIRONMENT = {"PATH": os.environ["PATH"], "LANG": "C", "TZ": "Asia/Tokyo"}  # and no HOME
FOLDERS, FILES = ("include", "dags", "dashboards", "dbt_project"), ("Makefile", "requirements.lock")
BUILT = shutil.ignore_patterns("__pycache__", "target", "logs", "dbt_packages", ".user.yml")
VENV = PROJECT_ROOT / ".venv"

# A mount namespace of its own. Of the folder that others may not enter it holds Python and its packages alone, and
# the user's own folder lies where everybody may go.
AS_ANOTHER_USER = """
set -e
umask 022
user=$1 folder=$2 closed=$3 python=$4 venv=$5
shift 5
mount -t tmpfs -o mode=755 none /mnt
mkdir "/mnt/two users" /mnt/python /mnt/venv
mount --bind "$folder" "/mnt/two users"
if [ -n "$closed" ]; then
    mount --bind "$python" /mnt/python
    mount --bind "$venv" /mnt/venv
    mount -t tmpfs -o mode=755 none "$closed"
    mkdir -p "$python" "$venv"
    mount --bind /mnt/python "$python"
    mount --bind /mnt/venv "$venv"
fi
cd "/mnt/two users/stock lake"
umask 077
exec setpriv --reuid "$user" --regid "$user" --clear-groups "$@"
"""
AS_THIS_USER = 'cd "$1" && umask 077 && shift && exec "$@"'


def copy_project(folder: Path) -> Path:
    """A copy in this folder of what `make` needs, in a path with a space; it has the packages of this environment."""
    project = folder / "stock lake"
    for name in FOLDERS:
        shutil.copytree(PROJECT_ROOT / name, project / name, ignore=BUILT)
    for name in FILES:
        shutil.copy2(PROJECT_ROOT / name, project)
    (project / ".venv").symlink_to(VENV)
    return project


@contextmanager
def another_user(folder: Path) -> Iterator[tuple[str, ...]]:
    """Give the folder to a new user; what to put before a command, for that user to run it in the project there."""
    if not _may_make_users():
        yield ("sh", "-c", AS_THIS_USER, "sh", str(folder / "stock lake"))
        return
    subprocess.run(USERADD, check=True, capture_output=True)
    try:
        # The folder holds copies: nothing of the caller's is given away.
        subprocess.run(["chown", "-R", "--no-dereference", f"{NAME}:{NAME}", folder], check=True)
        held = (str(folder), _closed_folder(), sys.base_prefix, str(VENV))
        yield ("unshare", "--mount", "sh", "-c", AS_ANOTHER_USER, "sh", NAME, *held)
    finally:
        subprocess.run(["userdel", "--force", NAME], check=False, capture_output=True)


def _may_make_users() -> bool:
    programs = ("unshare", "setpriv", "useradd", "userdel")
    if os.geteuid() != 0 or not all(map(shutil.which, programs)):
        return False
    return subprocess.run(["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"], check=False).returncode == 0


def _closed_folder() -> str:
    """The first folder on the way to Python that others may not enter."""
    on_the_way = [*reversed(Path(sys.base_prefix).parents), *reversed(VENV.parents)]
    closed = (path for path in on_the_way if not path.stat().st_mode & 0o001)
    return str(next(closed, ""))
