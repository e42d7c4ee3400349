"""Who runs the embedded Postgres, and where its files live.

Postgres refuses to run as root. As root it runs as a system user, who cannot enter `$STOCKLAKE_HOME`, for that
is its owner's alone. No folder is opened for it: the files live in a fresh folder under /var/lib/stocklake, and
`$STOCKLAKE_HOME/postgres` is a link that names it.
"""

import os
import pwd
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from include.errors import StackError

SYSTEM_USER = "stocklake"
SYSTEM_FOLDER = Path("/var/lib/stocklake")
HOME = "home"  # a file in a folder there
ENTER_ONLY = 0o711  # others may pass through, not look around: the links of many homes lead here


@dataclass(frozen=True)
class Account:
    """The user a server process runs as; None where that is whoever started it."""

    user: pwd.struct_passwd | None = None

    @property
    def process_options(self) -> dict[str, Any]:
        """What `subprocess.run` needs to start a program as this user, in a folder everybody may enter."""
        if self.user is None:
            return {"cwd": "/"}
        return {"cwd": "/", "user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}

    def can_enter(self, path: Path) -> bool:
        """Whether this user may enter a folder, or run a program."""
        return subprocess.run(["/usr/bin/env", "test", "-x", path], check=False, **self.process_options).returncode == 0  # noqa: S603 - fixed program

    def give(self, path: Path) -> None:
        """Make this user the owner of `path`, not of what is in it."""
        if self.user is not None:
            os.chown(path, self.user.pw_uid, self.user.pw_gid)


def server_account(folder: Path) -> Account:
    """Who runs the server whose files are in `folder`: as root the owner of these, or the system user.

    Raises: StackError when the system user can be neither found nor made.
    """
    if os.geteuid() != 0:
        return Account()
    owner = folder.stat().st_uid if folder.exists() else 0
    return Account(pwd.getpwuid(owner) if owner else _system_user())


def prepare_folder(folder: Path) -> tuple[Path, Account]:
    """Make the folder of the server's files, or find it: the real path, and who owns it."""
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    account = server_account(folder)
    if account.user is None:
        folder.mkdir(mode=0o700, exist_ok=True)
    elif folder.is_dir() and not folder.is_symlink():
        _let_through(folder.parent, account.user)
    else:
        folder = _system_folder(folder)
    account.give(folder)
    if not account.can_enter(folder):
        raise StackError(
            f"The user {SYSTEM_USER} cannot enter {folder}: set STOCKLAKE_HOME to another folder, or run `make clean`"
        )
    return folder.resolve(), account


def remove_folder(folder: Path) -> None:
    """Remove the server's files wherever they are, and the link that names them."""
    if folder.is_symlink():
        target = folder.resolve()
        if target.parent == SYSTEM_FOLDER:  # a link to anywhere else is not of our making
            shutil.rmtree(target, ignore_errors=True)
        folder.unlink()
    elif folder.exists():
        shutil.rmtree(folder)


def read_home(folder: Path) -> Path | None:
    """The `$STOCKLAKE_HOME` that a folder of the system's belongs to; None where it does not say."""
    try:
        return Path((folder / HOME).read_text())
    except OSError:
        return None


def _system_folder(link: Path) -> Path:
    # The link comes first: killed in between, the next start finds the name and goes on.
    if not link.is_symlink():
        link.symlink_to(SYSTEM_FOLDER / secrets.token_hex(8))
    target = link.readlink()
    is_new = not target.exists()
    for folder, mode in ((SYSTEM_FOLDER, ENTER_ONLY), (target, 0o700)):
        folder.mkdir(exist_ok=True)
        folder.chmod(mode)
    if is_new:  # not later: the folder is another user's then, who could have put a link there
        (target / HOME).write_text(str(link.absolute().parent))  # the way back, for who finds it without its link
    return target


def _let_through(home: Path, user: pwd.struct_passwd) -> None:
    # Homes were open to all once, so that root's Postgres could live in them: the data stays where it is, and its
    # server alone may pass.
    os.chown(home, -1, user.pw_gid)
    home.chmod(0o710)


def _system_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        _add_system_user()
    return pwd.getpwnam(SYSTEM_USER)


def _add_system_user() -> None:
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is None:
        raise StackError(
            f"Postgres does not run as root, and there is no useradd: make a system user {SYSTEM_USER} first"
        )
    options = [
        "--system",
        "--user-group",
        "--no-create-home",
        "--home-dir",
        "/nonexistent",
        "--shell",
        "/usr/sbin/nologin",
    ]
    made = subprocess.run([useradd, *options, SYSTEM_USER], check=False, capture_output=True, text=True)  # noqa: S603 - fixed program
    already_there = 9  # another start made it in this moment
    if made.returncode not in {0, already_there}:
        raise StackError(f"The system user {SYSTEM_USER} cannot be made: {made.stderr.strip()}")
