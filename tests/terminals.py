"""A command on a terminal, as a person sees it."""

import os
import pty
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from include.settings import PROJECT_ROOT


def on_a_terminal(command: Sequence[str | Path], **environment: str) -> str:
    """What a command prints where its output is a terminal of 80 columns.

    Raises: CalledProcessError when it fails.
    """
    ours, theirs = pty.openpty()
    own = os.environ | {"COLUMNS": "80", "TERM": "xterm"} | environment
    with subprocess.Popen(command, stdout=theirs, stderr=theirs, cwd=PROJECT_ROOT, env=own) as process:
        os.close(theirs)
        printed = b""
        with suppress(OSError):  # how Linux says that nobody can write to a terminal any more
            while part := os.read(ours, 4096):
                printed += part
    os.close(ours)
    words = printed.decode().replace("\r\n", "\n")
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, words)
    return words
