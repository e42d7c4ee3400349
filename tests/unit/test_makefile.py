"""What a user sets on make's command line, or in its environment, arrives as the text it is and runs nothing."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pytest

MAKEFILE = Path(__file__).resolve().parents[2] / "Makefile"
# Where each variable is used, and how the text arrives there: as a part of a command line, or as words of one.
TARGETS_OF = {
    "ARGS": ("test",),
    "AT": ("as-of",),
    "COMPOSE": ("docker-build", "docker-up", "docker-down", "docker-run", "docker-logs", "docker-test"),
    "CSV": ("as-of",),
    "DRY_RUN": ("replay",),
    "END": ("demo",),
    "FORCE": ("run", "clean", "docker-run"),
    "FROM": ("replay",),
    "FULL_REFRESH": ("dbt-run",),
    "MINUTES": ("test-kill",),
    "NEW_HISTORY": ("replay",),
    "PYTHON": ("docker-secrets",),
    "QUERY": ("sql",),
    "SEED": ("test-kill",),
    "SELECT": ("dbt-run", "dbt-test"),
    "SERVICE": ("docker-logs",),
    "SYMBOL": ("as-of", "accept"),
    "SYMBOLS": ("run", "replay", "docker-run"),
    "TO": ("replay",),
    "UNDO": ("accept",),
    "WEEK": ("accept",),
}
FLAGS = {"CSV", "DRY_RUN", "END", "FORCE", "FULL_REFRESH", "NEW_HISTORY", "UNDO"}
READ_BY_THE_PROGRAM = {"MINUTES", "SEED"}  # from its environment
PROGRAMS = {"COMPOSE", "PYTHON"}  # the text is the program itself: that it runs nothing else is what matters
# Each would leave a file called `ran` if make or a shell took it for more than text.
HOSTILE = (
    "$(shell touch ran)",
    "${shell touch ran}",
    "$(touch ran)",
    "`touch ran`",
    "x; touch ran",
    "x' ; touch ran ; '",
    'x" ; touch ran ; "',
    "x\ntouch ran",
    "x & touch ran # \\",
    "a $$ b %s * ~ 'quoted' é",
    "--force",
    "$(error ran)",
)
# A shell starts in a tenth of Python's time, and these tests start hundreds.
RECORDER = """#!/bin/sh
{{ printf '%s\\0' "$#" "$@"; env -0; printf '\\0'; }} >> '{record}'
"""


@dataclass(frozen=True)
class Project:
    """A folder with the Makefile, where every program that it calls only writes down how it was called."""

    folder: Path

    def make(
        self, target: str, *variables: str, **environment: str
    ) -> tuple[subprocess.CompletedProcess[str], list[dict[str, object]]]:
        """Run a target for real; what became of it, and the calls that it made."""
        path = f"{self.folder / 'programs'}:{os.environ['PATH']}"
        ended = subprocess.run(
            ["make", target, *variables],
            check=False,
            capture_output=True,
            text=True,
            cwd=self.folder,
            env={"PATH": path} | environment,
            timeout=60,
        )
        record = self.folder / "record"
        parts = iter(record.read_bytes().decode().split("\0")[:-1] if record.exists() else [])
        calls = [_call(int(count), parts) for count in parts]
        record.unlink(missing_ok=True)
        return ended, calls

    def has_run(self) -> bool:
        """Whether the text of a variable was executed."""
        return any(path.name.startswith("ran") for path in self.folder.iterdir())


def _call(count: int, parts: Iterator[str]) -> dict[str, object]:
    # After its arguments the environment, up to an empty part.
    arguments = list(islice(parts, count))
    return {"arguments": arguments, "environment": dict(part.split("=", 1) for part in iter(parts.__next__, ""))}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    shutil.copy(MAKEFILE, tmp_path)
    text = RECORDER.format(record=tmp_path / "record")
    for program in (".venv/bin/python", "programs/docker", "programs/python3"):
        (tmp_path / program).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / program).write_text(text)
        (tmp_path / program).chmod(0o755)
    (tmp_path / "include/local_stack").mkdir(parents=True)
    for name in ("requirements.lock", "include/local_stack/install.py", ".venv/.synced"):  # the stamp is the newest
        (tmp_path / name).touch()
    return Project(tmp_path)


def test_the_table_above_knows_every_variable_and_every_target_that_uses_it() -> None:
    text = MAKEFILE.read_text()
    recipes = dict(re.findall(r"^([a-z-]+):[^\n]*\n((?:\t[^\n]*\n)+)", text, flags=re.MULTILINE))
    listed = re.search(r"^override VARIABLES := ((?:[^\n]*\\\n)*[^\n]*)", text, flags=re.MULTILINE)
    assert listed
    names = set(listed[1].replace("\\", " ").split())
    found = {
        name: {target for target, recipe in recipes.items() if re.search(rf"(\$\$\{{?|\(call flag,){name}\b", recipe)}
        for name in names
    }
    found["COMPOSE"].add("docker-test")  # read from the environment by the test itself
    found |= {"MINUTES": {"test-kill"}, "SEED": {"test-kill"}}

    assert found == {name: set(targets) for name, targets in TARGETS_OF.items()}


def test_make_expands_no_variable_of_a_user_outside_the_list() -> None:
    own = {
        "BIN",
        "STOCKLAKE",
        "STAMP",
        "TESTS",
        "OFF",
        "VARIABLES",
        "ON_COMMAND_LINE",
        "MAKEFLAGS",
        "COMPOSE",
        "PYTHON",
    }
    expanded = set(re.findall(r"(?<!\$)\$[({]([A-Z_]+)[)}]", MAKEFILE.read_text()))

    assert "STOCKLAKE" in expanded
    assert expanded <= own


@pytest.mark.parametrize("way", ["command line", "environment"])
@pytest.mark.parametrize(
    ("name", "target"), [(name, target) for name, all_of in TARGETS_OF.items() for target in all_of]
)
def test_the_text_of_a_variable_runs_nothing_and_arrives_as_it_is(
    project: Project, name: str, target: str, way: str
) -> None:
    for text in HOSTILE:
        ended, calls = (
            project.make(target, f"{name}={text}") if way == "command line" else project.make(target, **{name: text})
        )

        assert not project.has_run(), text
        assert "*** ran" not in ended.stderr  # $(error)
        if name in PROGRAMS:
            continue
        assert ended.returncode == 0, (text, ended.stderr)
        assert calls
        arguments = [argument for call in calls for argument in call["arguments"]]  # type: ignore[attr-defined]
        if name in FLAGS:
            assert any(argument.startswith("--") for argument in arguments)
            assert text not in [argument for argument in arguments if argument != "--force"]
        elif name in READ_BY_THE_PROGRAM:
            assert calls[0]["environment"][name] == text  # type: ignore[index]
        elif name == "ARGS":
            assert calls[0]["environment"]["PYTEST_ADDOPTS"] == f" -n 2 {text}"  # type: ignore[index]
        else:
            assert [argument for argument in arguments if argument.partition("=")[2] == text or argument == text]


@pytest.mark.parametrize("name", ["BIN", "STOCKLAKE", "STAMP", "OFF", "AIRFLOW_PORT", "ANYTHING", "flag"])
def test_what_else_stands_on_the_command_line_is_text_too(project: Project, name: str) -> None:
    text = "$(shell touch ran)`touch ran`"
    ended, calls = project.make("up", f"{name}={text}")

    assert not project.has_run()
    assert ended.returncode == 0, ended.stderr
    assert calls[0]["arguments"] == ["-m", "include.commands", "up"]
    if name in {"AIRFLOW_PORT", "ANYTHING"}:  # a setting may be given there as in the environment
        assert calls[0]["environment"][name] == text  # type: ignore[index]


@pytest.mark.parametrize("value", ["", "0", "no", "false"])
def test_a_flag_can_be_switched_off_by_name(project: Project, value: str) -> None:
    assert project.make("run", f"FORCE={value}")[1][0]["arguments"] == [
        "-m",
        "include.commands",
        "run",
        "--symbols=",
    ]


def test_programs_have_their_defaults_and_may_be_of_several_words(project: Project) -> None:
    (project.folder / "programs/python3").rename(project.folder / "programs/my python")
    (project.folder / "programs/docker").rename(project.folder / "programs/podman")

    by_path = project.make("docker-secrets", f"PYTHON={project.folder}/programs/my python")
    by_words = project.make("docker-build", "COMPOSE=podman compose", f"PYTHON={project.folder}/programs/my python")

    assert [call["arguments"] for call in by_path[1]] == [["-m", "include.containers.dot_env"]]
    assert [call["arguments"] for call in by_words[1]][1:] == [["compose", "build"]]
