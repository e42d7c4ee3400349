"""`make docker-secrets`: `.env` holds every secret that the compose files ask for.

Run by make with whatever Python the machine has, before anything is installed: standard library only.
"""

import sys
from pathlib import Path

from include.local_stack.credentials import GENERATORS, read_assignments, write_private

PROJECT_ROOT = Path(__file__).resolve().parents[2]
HEADER = "# Generated for the containers. They open the data in the volumes: keep them as long as these.\n"


def complete(file: Path) -> list[str]:
    """Add the secrets that `file` lacks, make it readable by its owner only, and name what was added.

    What it says stays. An embedded stack does not mind: its own secrets.env wins over `.env`.
    """
    known = read_assignments(file)
    missing = [name for name in GENERATORS if name not in known]
    if missing:
        before = file.read_text(encoding="utf-8").rstrip("\n") + "\n\n" if file.exists() else ""
        write_private(file, before + HEADER + "".join(f"{name}={GENERATORS[name]()}\n" for name in missing))
    return missing


if __name__ == "__main__":
    if added := complete(PROJECT_ROOT / ".env"):
        sys.stdout.write(f"{len(added)} secrets generated into .env, which only you can read\n")
