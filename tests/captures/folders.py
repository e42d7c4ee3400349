"""Where captured payloads lie: the project's own, which are invented, and real ones in the folder of `--captures`."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

INVENTED = Path(__file__).parent
WEEKLY = "TIME_SERIES_WEEKLY_ADJUSTED"
needs_real_captures = pytest.mark.skipif(
    "not config.getoption('captures')",
    reason="about a real payload, and these are no part of the project: --captures DIR",
)
_folders = [INVENTED]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a caller name the folder of real payloads."""
    parser.addoption("--captures", type=Path, metavar="DIR", help="a folder of real payloads, beside the invented ones")


def pytest_configure(config: pytest.Config) -> None:
    """Look into the named folder, too."""
    if folder := config.getoption("captures"):
        found = config.invocation_params.dir / folder
        if not found.is_dir():
            raise pytest.UsageError(f"--captures: there is no folder {found}")
        _folders.append(found)


def captures_of(folder: str) -> list[Path]:
    """Every capture of a function of the source, or of its replies, by name."""
    return sorted((path for root in _folders for path in root.glob(f"{folder}/*.*")), key=lambda path: path.name)


def read_capture(folder: str, name: str) -> bytes:
    """A capture byte for byte."""
    [path] = [root / folder / name for root in _folders if (root / folder / name).exists()]
    return path.read_bytes()


def weekly_capture(name: str) -> tuple[bytes, str, datetime]:
    """A captured weekly payload: body, symbol, and noon of the day it was taken."""
    symbol, _, day = Path(name).stem.rpartition("_")
    return read_capture(WEEKLY, name), symbol, datetime.strptime(day, "%Y%m%d").replace(hour=12, tzinfo=UTC)


def each_capture(names: Iterable[str], folder: str = WEEKLY) -> list[ParameterSet]:
    """Parameters of a test that runs for each of these captures: for the invented ones always."""
    return [
        pytest.param(name, marks=() if (INVENTED / folder / name).exists() else needs_real_captures) for name in names
    ]
