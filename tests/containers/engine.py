"""A real container engine and the stack on it, in a project of its own: what a user types, what is then there."""

import gzip
import io
import json
import os
import shlex
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from include.local_stack.credentials import GENERATORS, read_assignments
from include.settings import PROJECT_ROOT, VARIABLES
from tests.conftest import free_port

PROJECT = "stocklake-test"
IMAGE = f"{PROJECT}:latest"
COMPOSE = os.environ.get("COMPOSE", "docker compose")
ENGINE = shlex.split(COMPOSE)[0]
PORTS = ("AIRFLOW_PORT", "DASHBOARD_PORT", "POSTGRES_PORT", "S3_PORT")
CHOSEN_PORTS = {name: os.environ[name] for name in PORTS if os.environ.get(name)}  # before tests forget the settings
BYTES = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
CHUNK = 2**24
GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


@dataclass(frozen=True)
class Containers:
    """The stack in containers, made from a copy of the project that a test may change."""

    folder: Path

    @classmethod
    def of_a_copy(cls, folder: Path) -> "Containers":
        """Copy the project's files; `.env` there names an image of its own, and the environment's ports or free."""
        listed = _run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=PROJECT_ROOT).stdout
        for name in filter(None, listed.split("\0")):
            if (PROJECT_ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(PROJECT_ROOT / name, folder / name)
        chosen = {name: CHOSEN_PORTS.get(name) or str(free_port()) for name in PORTS} | {"STOCKLAKE_IMAGE": IMAGE}
        (folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in chosen.items()))
        return cls(folder)

    @property
    def dot_env(self) -> dict[str, str]:
        """What `.env` says."""
        return read_assignments(self.folder / ".env")

    @property
    def secrets(self) -> dict[str, str]:
        """The generated secrets."""
        return {name: value for name, value in self.dot_env.items() if name in GENERATORS}

    def make(self, target: str, **variables: str) -> str:
        """Run a target of the Makefile as a user does; what it printed."""
        return self.call("make", target, *(f"{name}={value}" for name, value in variables.items())).stdout

    def compose(self, *arguments: str) -> str:
        """Run a command of compose; what it printed."""
        return self.call(*shlex.split(COMPOSE), *arguments).stdout

    def call(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a program in the copy, without the settings of whoever started the tests."""
        return _run(*command, cwd=self.folder, env=self.environment)

    @property
    def environment(self) -> dict[str, str]:
        """What programs are told: the engine's own variables and the name of the project."""
        strange = VARIABLES | {"COMPOSE_PROFILES", "COMPOSE_FILE"}
        kept = {name: value for name, value in os.environ.items() if name not in strange}
        return kept | {"COMPOSE_PROJECT_NAME": PROJECT, "COMPOSE": COMPOSE}

    def ask(self, query: str) -> list[list[str]]:
        """What the warehouse answers the analyst, over TCP with the generated password."""
        client = ("psql", "--host=127.0.0.1", "--username=analyst", "--csv", "--tuples-only", f"--command={query}")
        password = f"PGPASSWORD={self.secrets['ANALYST_DB_PASSWORD']}"
        answer = self.compose("exec", "-T", "-e", password, "stocks_dwh_postgres", *client, "stocks_dwh")
        return [line.split(",") for line in answer.splitlines()]

    def url(self, name: str, path: str) -> str:
        """An address on this machine, by the name of its port in `.env`."""
        return f"http://127.0.0.1:{self.dot_env[name]}{path}"

    def inspect(self) -> dict[str, dict[str, Any]]:
        """What the engine knows of each container, by its service."""
        ids = self.compose("ps", "--all", "--quiet").split()
        found = json.loads(self.call(ENGINE, "inspect", *ids).stdout)
        return {container["Config"]["Labels"]["com.docker.compose.service"]: container for container in found}

    def memory(self) -> dict[str, float]:
        """MiB that each running service uses now."""
        lines = self.call(ENGINE, "stats", "--no-stream", "--format", "{{.Name}} {{.MemUsage}}").stdout.splitlines()
        usage = (line.split()[:2] for line in lines if line.startswith(PROJECT))
        return {name[len(PROJECT) + 1 : -2]: _bytes(used) / 2**20 for name, used in usage}  # <project>-<service>-1

    def remove(self) -> None:
        """Remove containers, volumes, networks and images; nothing of the project may be left.

        Raises: AssertionError that names what is left.
        """
        self.compose("--profile", "tunnel", "down", "--volumes", "--remove-orphans", "--timeout", "20")
        subprocess.run([ENGINE, "image", "rm", "--force", IMAGE], check=False, capture_output=True)
        label = f"label=com.docker.compose.project={PROJECT}"
        self.call(ENGINE, "image", "prune", "--force", "--filter", label)  # each build takes the name from the last one
        kinds = (("container", "ls", "--all"), ("image", "ls"), ("volume", "ls"), ("network", "ls"))
        left = [self.call(ENGINE, *kind, "--quiet", "--filter", label).stdout for kind in kinds]
        assert left == [""] * len(kinds)


def found_in_image(image: str, values: dict[str, str]) -> set[str]:
    """The names of the values that stand anywhere in the layers or the history of an image."""
    with subprocess.Popen([ENGINE, "save", image], stdout=subprocess.PIPE) as saving:
        assert saving.stdout
        found = found_in_archive(saving.stdout, values)
    assert saving.returncode == 0
    return found


def found_in_archive(archive: IO[bytes], values: dict[str, str]) -> set[str]:
    """The names of the values that stand in a saved image, whose layers some engines keep compressed.

    Raises: AssertionError for a layer that this cannot read.
    """
    with tarfile.open(fileobj=archive, mode="r|") as members:
        opened = (members.extractfile(member) for member in members)
        found: set[str] = set().union(*(_found_in(file, values) for file in opened if file))
    while archive.read(CHUNK):  # what pads the end, or the engine could not write it
        pass
    return found


def _found_in(member: IO[bytes], values: dict[str, str]) -> set[str]:
    reader = io.BufferedReader(member)  # type: ignore[type-var]  # it only reads
    magic = reader.peek(4)[:4]
    assert magic != ZSTD, "a layer is compressed with Zstandard, which this Python cannot read"
    contents = gzip.GzipFile(fileobj=reader) if magic[:2] == GZIP else reader
    longest = max(len(value.encode()) for value in values.values())
    found, tail = set(), b""
    while chunk := contents.read(CHUNK):
        window = tail + chunk
        found |= {name for name, value in values.items() if value.encode() in window}
        tail = window[-longest:]
    return found


def _bytes(text: str) -> float:
    number = text.rstrip("BGKMi")
    return float(number) * BYTES[text[len(number) :]]


def _run(*command: str, **options: Any) -> subprocess.CompletedProcess[str]:
    ended = subprocess.run(command, check=False, capture_output=True, text=True, **options)
    assert ended.returncode == 0, f"{shlex.join(command)}\n{ended.stdout[-6000:]}\n{ended.stderr[-6000:]}"
    return ended
