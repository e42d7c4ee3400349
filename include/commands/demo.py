"""Show on a stack of its own what takes months to see: restated histories, a quarantine, a failure, new weeks."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.console import Console

from include.errors import StackError
from include.local_stack.credentials import GENERATORS
from include.local_stack.ports import TITLES, is_free
from include.market_simulator.clock import MarketClock, as_text
from include.settings import LOOPBACK, PROJECT_ROOT, SAMPLE_SYMBOLS, VARIABLES, Settings, get_settings, stocklake_home
from include.terminal import open_console

PORT_OFFSET = 50
FOREIGN = ("_URL", "_KEY", "_ID", "_DIR", "_SYMBOL", "_NAME", "_DAY", "_MINUTE")  # what would lead out of the demo
WEEKLY = "TIME_SERIES_WEEKLY_ADJUSTED"


@dataclass(frozen=True)
class Scene:
    """A moment of the market, what the source then gets wrong, and whether the run is red because of it."""

    words: str
    at: datetime
    faults: Mapping[str, str]
    is_red: bool = False


FIRST = datetime(2012, 8, 4, 12, tzinfo=UTC)
SCENES = (
    Scene(
        "Two weeks later: Apple has paid its first dividend since 1995, and every adjusted close before it is another",
        at=datetime(2012, 8, 18, 12, tzinfo=UTC),
        faults={},
    ),
    Scene(
        "Half a year later: IBM comes with a wild price and is quarantined, a row of MSFT cannot be read; red is right",
        at=datetime(2013, 2, 23, 12, tzinfo=UTC),
        faults={"IBM": "wild_value", "MSFT": "unreadable_row"},
        is_red=True,
    ),
    Scene(
        "A week later: IBM is healed by its next payload, the source refuses GOOG, a new week is there; red is right",
        at=datetime(2013, 3, 2, 12, tzinfo=UTC),
        faults={"GOOG": "invalid_call"},
        is_red=True,
    ),
)
PLACES = {
    "what was known of AAPL": "stock?ticker=AAPL&as_of=2012-08-04",
    "restated, healed, rejected": "pipeline?tab=Doubtful+data",
    "failed": "pipeline",
    "new since the week before": "",
}


def demo(*, is_ended: Annotated[bool, typer.Option("--end", help="end it and remove its data")] = False) -> int:
    """Begin anew: the sample market of 2012, and what happens until March 2013. Your own stack is left alone.

    Raises: StackError when a run does not end as its scene says.
    """
    home, console = stocklake_home() / "demo", open_console()
    _call(console, {"STOCKLAKE_HOME": str(home)}, "clean", "--force", "--keep-built")
    if is_ended:
        return 0
    environment = demo_environment(get_settings(), home)
    MarketClock(_made(home / "market"), FIRST)  # the market server goes on from there
    console.rule(f"{FIRST:%-d %B %Y}: the first start")
    _expect(_call(console, environment, "up"), is_red=False)
    for scene in SCENES:
        console.rule(f"{scene.at:%-d %B %Y}")
        console.print(scene.words)
        _move_market(environment, scene)
        _expect(_call(console, environment, "run"), is_red=scene.is_red)
    _print_places(console, environment)
    return 0


def demo_environment(settings: Settings, home: Path) -> dict[str, str]:
    """The settings of the demo: the sample market, a home and free ports beside those of the user's own stack."""
    by_hand = VARIABLES - set(GENERATORS)
    return {
        **{name: "" for name in by_hand if name.endswith(FOREIGN)},
        **_free_ports({name: int(settings.by_variable()[name]) for name in TITLES}),
        "STOCKLAKE_HOME": str(home),
        "STOCK_SYMBOLS": ",".join(SAMPLE_SYMBOLS),
        "PIPELINE": "all",
    }


def _free_ports(theirs: Mapping[str, int]) -> dict[str, str]:
    ours: dict[str, str] = {}
    for name, port in theirs.items():
        taken = {*theirs.values(), *map(int, ours.values())}
        free = (other for other in range(port + PORT_OFFSET, port + 2 * PORT_OFFSET) if other not in taken)
        found = next(filter(is_free, free), None)
        if found is None:
            raise StackError(f"No port is free for the demo between {port + PORT_OFFSET} and {port + 2 * PORT_OFFSET}")
        ours[name] = str(found)
    return ours


def _made(folder: Path) -> Path:
    os.umask(0o077)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _call(console: Console, environment: Mapping[str, str], *arguments: str) -> int:
    """Run a command of this folder with other settings; what it prints is printed."""
    console.file.flush()
    command = [sys.executable, "-m", "include.commands", *arguments]
    return subprocess.run(command, cwd=PROJECT_ROOT, env=os.environ | environment, check=False).returncode  # noqa: S603


def _expect(exit_status: int, *, is_red: bool) -> None:
    if bool(exit_status) != is_red:
        raise StackError(f"The demo did not go as written: its run is {'red' if exit_status else 'green'}, see above")


def _move_market(environment: Mapping[str, str], scene: Scene) -> None:
    url = f"http://{LOOPBACK}:{environment['MARKET_PORT']}"
    orders = [("/clock", {"now": as_text(scene.at)})]
    orders += [
        ("/faults", {"reply": reply, "symbol": symbol, "function": WEEKLY}) for symbol, reply in scene.faults.items()
    ]
    for path, order in orders:
        httpx.post(f"{url}{path}", json=order, trust_env=False).raise_for_status()


def _print_places(console: Console, environment: Mapping[str, str]) -> None:
    console.rule("What to look at")
    for words, address in PLACES.items():
        console.print(f"{words:<36} http://{LOOPBACK}:{environment['DASHBOARD_PORT']}/{address}", soft_wrap=True)
    console.print(
        "`make demo` begins anew, `make demo END=1` ends it and removes its data; your own stack is left alone."
    )
