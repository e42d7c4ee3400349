"""Builds `.venv` from requirements.lock: run by make with whatever Python the machine has, standard library only."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
VENV = PROJECT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = PROJECT / "requirements.lock"
STAMP = VENV / ".synced"
OLDEST = (3, 11)
NEWER_NAMES = ("python3.13", "python3.12", "python3.11")
UV_SETTINGS = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS")
# What uv calls the settings that pip on this machine has for its package indexes.
UV_NAMES = {"index-url": "UV_DEFAULT_INDEX", "extra-index-url": "UV_INDEX", "find-links": "UV_FIND_LINKS"}


def main() -> None:
    """Make `.venv` hold exactly what requirements.lock names; the stamp comes last."""
    python = find_python()
    if not works(PYTHON):
        say("Making .venv with " + python)
        make_venv(python)
    say("Installing the packages of requirements.lock (the first time takes a minute or two) …")
    # Compiled now, on all cores: a process that may not write beside its modules compiles each time what it imports.
    sync = [find_uv(), "pip", "sync", "--quiet", "--compile-bytecode", "--python", str(PYTHON), str(LOCK)]
    run(*sync, environment=uv_environment())
    STAMP.touch()


def find_python() -> str:
    """The Python that runs this, or a newer one on PATH where it is too old."""
    if sys.version_info[:2] >= OLDEST:
        return sys.executable
    found = next((path for path in map(shutil.which, NEWER_NAMES) if path), None)
    if found is None:
        version = ".".join(map(str, sys.version_info[:2]))
        sys.exit("Stocklake needs Python 3.11 or later; this is " + version + ". Name another with `make PYTHON=…`.")
    return found


def make_venv(python: str) -> None:
    """Make the environment by the first way that this machine offers."""
    ways = [[python, "-m", "venv", str(VENV)], [python, "-m", "virtualenv", "--quiet", str(VENV)]]
    if uv := shutil.which("uv"):
        ways.insert(0, [uv, "venv", "--quiet", "--seed", "--python", python, str(VENV)])
    for way in ways:
        shutil.rmtree(VENV, ignore_errors=True)
        if subprocess.run(way, check=False, capture_output=True).returncode == 0 and works(PYTHON):  # noqa: S603 - fixed
            return
    shutil.rmtree(VENV, ignore_errors=True)
    sys.exit("Python cannot make a virtual environment here. On Debian and Ubuntu: sudo apt install python3-venv")


def find_uv() -> str:
    """The uv of the environment or of the machine; installed with pip where there is none."""
    own = VENV / "bin" / "uv"
    if own.exists():
        return str(own)
    if found := shutil.which("uv"):
        return found
    run(str(PYTHON), "-m", "pip", "install", "-qq", "--disable-pip-version-check", "uv")
    return str(own)


def uv_environment() -> dict[str, str]:
    """The environment, with pip's package indexes for uv, which does not read pip's settings itself."""
    environment = dict(os.environ)
    if not os.access(os.path.expanduser("~"), os.W_OK):  # noqa: PTH111 - Path has no answer where nobody knows a home
        environment.setdefault("UV_NO_CACHE", "1")  # uv would keep its cache there, or fail
    if any(name in environment for name in UV_SETTINGS):
        return environment
    command = [str(PYTHON), "-m", "pip", "config", "list"]
    listed = subprocess.run(command, check=False, capture_output=True, text=True).stdout  # noqa: S603 - fixed
    for line in listed.splitlines():
        name, _, value = line.partition("=")
        uv_name = UV_NAMES.get(name.rpartition(".")[2])
        if uv_name:
            separator = "," if uv_name == "UV_FIND_LINKS" else " "
            environment[uv_name] = separator.join(value.strip("'\"").replace("\\n", " ").split())
            environment["UV_INDEX_STRATEGY"] = "unsafe-best-match"  # as pip does: the best version of all indexes
    return environment


def works(python: Path) -> bool:
    """Whether this Python runs and is new enough."""
    question = f"import sys; sys.exit(sys.version_info[:2] < {OLDEST!r})"
    try:
        return subprocess.run([str(python), "-c", question], check=False, capture_output=True).returncode == 0  # noqa: S603 - fixed
    except OSError:
        return False


def run(*command: str, environment: "dict[str, str] | None" = None) -> None:
    """Run a program that must succeed; its own words explain when it does not."""
    if subprocess.run(command, check=False, env=environment).returncode != 0:  # noqa: S603 - fixed
        sys.exit("Installing failed; the reason is above. `make` tries again.")


def say(line: str) -> None:
    """One line of progress."""
    print(line, flush=True)  # noqa: T201 - the command's own output, before Rich is there


if __name__ == "__main__":
    main()
