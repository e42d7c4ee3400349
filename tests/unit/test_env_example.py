"""`.env.example` is what the settings read, no more and no less."""

import re
import shlex
from itertools import pairwise
from pathlib import Path

from dotenv import dotenv_values

from include.local_stack.credentials import GENERATORS
from include.settings import VARIABLES, Settings

FILE = Path(__file__).resolve().parents[2] / ".env.example"


def test_it_lists_every_setting_that_is_set_by_hand() -> None:
    listed = [line.partition("=")[0] for line in FILE.read_text().splitlines() if line and not line.startswith("#")]

    assert len(listed) == len(set(listed))
    assert set(listed) == VARIABLES - set(GENERATORS)


def test_every_setting_has_its_comment() -> None:
    lines = FILE.read_text().splitlines()
    bare = [line for before, line in pairwise(lines) if "=" in line and line[0] != "#" and before[:1] != "#"]

    assert bare == []


def test_a_shell_reads_it_too_with_what_it_only_offers() -> None:
    offered = [line for line in FILE.read_text().splitlines() if re.match(r"(# )?[A-Z0-9_]+=", line)]

    assert len(offered) > 30
    assert [line for line in offered if len(shlex.split(line.removeprefix("# "))) != 1] == []


def test_its_values_are_the_defaults() -> None:
    assert Settings.model_validate(dotenv_values(FILE)) == Settings.model_validate({})
