"""A machine on which another user was in `/tmp` first: a mount namespace of its own, which takes root."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from include.settings import PROJECT_ROOT

# A mount namespace of its own, whose /tmp holds another user's folder and the folder of this test, nothing else.
SHARED_MACHINE = """
set -e
mount -t tmpfs -o mode=1777 shared /mnt
mkdir -m 700 /mnt/cosmos && chown nobody /mnt/cosmos
mkdir -p "/mnt/$1" && mount --bind "/tmp/$1" "/mnt/$1"
mount --rbind /mnt /tmp
shift
exec "$@"
"""


def through_a_shared_machine(folder: Path) -> tuple[str, ...]:
    """What to put before a command so that its `/tmp` holds this folder and another user's; nothing where it cannot."""
    unshare = shutil.which("unshare")
    is_possible = (
        os.geteuid() == 0
        and unshare is not None
        and tempfile.gettempdir() == "/tmp"
        and folder.is_relative_to("/tmp")
        and not PROJECT_ROOT.is_relative_to("/tmp")
        and subprocess.run([unshare, "--mount", "mount", "-t", "tmpfs", "none", "/mnt"], check=False).returncode == 0
    )
    relative = str(folder.relative_to("/tmp")) if is_possible else ""
    return (str(unshare), "--mount", "sh", "-c", SHARED_MACHINE, "sh", relative) if is_possible else ()
