"""`$STOCKLAKE_HOME` on a machine of many users: its owner's alone, and with it every cache and temporary file.

A fixed name in `/tmp` would be the first user's: the second one's stack could not write there, and whoever was there
before could have prepared what the stack reads.
"""

import os
import shutil
import stat
from pathlib import Path

from include.errors import StackError

OTHERS = 0o077  # the permission bits of everybody but the owner
TEMPORARY, COSMOS_CACHE = "tmp", "cosmos"


def ensure_home(home: Path) -> None:
    """Make the folder, or close it to everybody but its owner, with what is kept in it for a while.

    Raises: StackError when it is another user's, or holds other things that others may look at.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if home.stat().st_uid != os.geteuid():
        raise StackError(f"STOCKLAKE_HOME is {home}, a folder of another user: choose one of your own")
    if is_open(home):
        if any(home.iterdir()) and not (home / "secrets.env").exists():  # not made by a stack
            raise StackError(
                f"STOCKLAKE_HOME is {home}, which holds other things and is open to other users: "
                f"choose a folder of its own, or close this one with `chmod 700 {home}`"
            )
        home.chmod(0o700)
    if is_open(home):
        raise StackError(
            f"STOCKLAKE_HOME is {home}, which cannot be closed to other users: its file system keeps no permissions. "
            "Choose a folder elsewhere"
        )
    for name in (TEMPORARY, COSMOS_CACHE):
        (home / name).mkdir(mode=0o700, exist_ok=True)


def is_open(folder: Path) -> bool:
    """Whether others than its owner may enter or look around."""
    return bool(stat.S_IMODE(folder.stat().st_mode) & OTHERS)


def private_environment(home: Path) -> dict[str, str]:
    """Where the services keep caches and temporary files; Python, Go and C programs all ask TMPDIR."""
    return {"TMPDIR": str(home / TEMPORARY), "AIRFLOW__COSMOS__CACHE_DIR": str(home / COSMOS_CACHE)}


def empty_temporary(home: Path) -> None:
    """Remove what killed tasks left behind; nothing of the stack may be running."""
    shutil.rmtree(home / TEMPORARY, ignore_errors=True)
    (home / TEMPORARY).mkdir(mode=0o700, exist_ok=True)
