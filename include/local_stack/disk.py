"""Whether the disks that the stack writes to have room."""

import shutil
from pathlib import Path

from include.errors import StackError

NEEDED_BYTES = 16 * 2**20  # one file of Postgres' write-ahead log, which is made whole before it is written to


def full_disks(home: Path) -> list[str]:
    """A sentence for each disk without room: the home's, and the one with the files of Postgres."""
    sentences = {}
    for folder in (home, (home / "postgres").resolve()):
        known = next(path for path in (folder, *folder.parents) if path.exists())
        if shutil.disk_usage(known).free < NEEDED_BYTES:
            sentences[known.stat().st_dev] = f"The disk of {known} is full: less than {NEEDED_BYTES >> 20} MB are free"
    return list(sentences.values())


def check_room(home: Path) -> None:
    """Find out before anything starts whether it could write.

    Raises: StackError that names the folder.
    """
    if sentences := full_disks(home):
        raise StackError(f"{'. '.join(sentences)}. Free some space, then call it again")
