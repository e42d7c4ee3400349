"""`make docker-secrets`: `.env` holds every secret that the compose files ask for.

Run by make with whatever Python the machine has, before anything is installed: standard library only.
"""

import os
import sys
from pathlib import Path

from include.local_stack.credentials import GENERATORS, SECRETS_FILE, read_assignments, write_private

PROJECT_ROOT = Path(__file__).resolve().parents[2]
HEADER = "# Generated for the containers. They open the data in the volumes: keep them as long as these.\n"


def complete(file: Path) -> list[str]:
    """Add the secrets that `file` lacks, make it readable by its owner only, and name what was added.

    What it says stays. What an embedded stack generated is taken over: `.env` wins over that stack's own
    file, so other passwords would lock it out of its data.
    """
    known = read_assignments(file)
    missing = [name for name in GENERATORS if name not in known]
    if missing:
        home = os.environ.get("STOCKLAKE_HOME") or known.get("STOCKLAKE_HOME") or ".stocklake"
        embedded = read_assignments(PROJECT_ROOT / Path(home).expanduser() / SECRETS_FILE)
        secrets = {name: embedded.get(name) or GENERATORS[name]() for name in missing}
        before = file.read_text(encoding="utf-8").rstrip("\n") + "\n\n" if file.exists() else ""
        write_private(file, before + HEADER + "".join(f"{name}={value}\n" for name, value in secrets.items()))
    return missing


if __name__ == "__main__":
    if added := complete(PROJECT_ROOT / ".env"):
        sys.stdout.write(f"{len(added)} secrets generated into .env, which only you can read\n")
