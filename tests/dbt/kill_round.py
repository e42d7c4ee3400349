"""`make test-kill`: every kill of `tests.dbt.kills` in random order, until all are done or the time is up."""

import argparse
import os
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psycopg
from rich.console import Console
from rich.markup import escape

from include.errors import StackError
from tests.dbt.kills import EVERY_KILL, Kill, killing


def main() -> int:
    """Kill, print a line for each, and name at the end what failed; returns how many did, at most 1."""
    asked = _parser().parse_args()
    console = Console(soft_wrap=True, highlight=False)
    order = random.Random(asked.seed).sample(EVERY_KILL, len(EVERY_KILL))
    console.print(f"seed {asked.seed}: {len(order)} kills in random order, in {asked.minutes:g} minutes at most")
    began = time.monotonic()
    done, failed = _kill_all(console, order, until=began + 60 * asked.minutes)
    console.print(
        f"{done} of {len(order)} kills in {(time.monotonic() - began) / 60:.1f} minutes, {len(failed)} failed"
    )
    for kill in failed:
        console.print(f"[red]✗[/] {kill}")
    return min(len(failed), 1)


def _kill_all(console: Console, order: Sequence[Kill], *, until: float) -> tuple[int, list[Kill]]:
    failed: list[Kill] = []
    with tempfile.TemporaryDirectory(prefix="stocklake-kill-") as folder, killing(Path(folder)) as killed:
        for number, kill in enumerate(order):
            if time.monotonic() > until:
                return number, failed
            began = time.monotonic()
            try:
                killed.check(kill)
            except (AssertionError, StackError, psycopg.Error) as error:
                failed.append(kill)
                console.print(f"[red]{escape(str(error))}[/]")
            console.print(f"{number + 1:>4} {kill}: {time.monotonic() - began:.1f} s")
    return len(order), failed


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.dbt.kill_round", description=__doc__)
    seed, minutes = os.environ.get("SEED") or random.randrange(10_000), os.environ.get("MINUTES") or 60
    parser.add_argument("--seed", type=int, default=int(seed), help="the order of the kills")
    parser.add_argument("--minutes", type=float, default=float(minutes), help="when to begin no further kill")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
