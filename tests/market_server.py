"""The local market server as a child process, and a client of it."""

import socket
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from include.errors import StackError
from include.market_simulator.clock import as_text
from include.settings import LOOPBACK, PROJECT_ROOT

SECONDS_TO_START = 30
SECONDS_TO_STOP = 10


class MarketServer:
    """A market of one's own: `with MarketServer(tmp_path) as market: httpx.get(market.query_url, …)`."""

    def __init__(self, home: Path, port: int | None = None, *options: str) -> None:
        self.home = home
        self.port = port or _free_port()
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        # Never through a proxy of the environment: the server is on this machine.
        self.http = httpx.Client(base_url=self.url, timeout=30, trust_env=False)

    @property
    def url(self) -> str:
        """The server's address, without a path."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def query_url(self) -> str:
        """What ALPHA_VANTAGE_BASE_URL must hold to use this market."""
        return f"{self.url}/query"

    @property
    def log(self) -> str:
        """Everything the server has written."""
        return self._log_path.read_text() if self._log_path.exists() else ""

    def start(self) -> Self:
        """Start the server and wait until it answers.

        Raises: StackError with the server's own words when it ends or stays silent.
        """
        self.home.mkdir(parents=True, exist_ok=True)
        command = [
            sys.executable,
            "-m",
            "include.market_simulator",
            "--port",
            str(self.port),
            "--home",
            str(self.home),
        ]
        with self._log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, *self._options], cwd=PROJECT_ROOT, stdout=log, stderr=subprocess.STDOUT
            )
        deadline = time.monotonic() + SECONDS_TO_START
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise StackError(f"The market server did not start on port {self.port}:\n{self.log[-2000:]}")
            time.sleep(0.05)
        return self

    def stop(self) -> None:
        """End the server; it may be started again and goes on with its clock."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def query(self, function: str, symbol: str, *, key: str = "test-key", **parameters: str) -> httpx.Response:
        """Ask as a client of Alpha Vantage would."""
        return self.http.get("/query", params={"function": function, "symbol": symbol, "apikey": key, **parameters})

    def clock(self) -> datetime:
        """The market's time; no two calls get the same."""
        return datetime.fromisoformat(self._json("GET", "/clock")["now"])

    def move_clock(self, now: datetime | str) -> None:
        """Set the clock forward, by a minute or more."""
        self._json("POST", "/clock", {"now": as_text(now) if isinstance(now, datetime) else now})

    def inject_fault(self, reply: str, **rule: Any) -> None:
        """Order a reply for calls to come: symbol="IBM", function=…, times=2 (None: until `behave`), seconds=0.5."""
        self._json("POST", "/faults", {"reply": reply, **rule})

    def clear_faults(self) -> None:
        """Clear all faults."""
        self._json("DELETE", "/faults")

    def calls(self, symbol: str | None = None, function: str | None = None) -> int:
        """How many calls came in, of a symbol or function if given."""
        counted = self._json("GET", "/calls")["calls"]
        return sum(
            row["calls"] for row in counted if symbol in {None, row["symbol"]} and function in {None, row["function"]}
        )

    def forget_calls(self) -> None:
        """Count calls from zero again."""
        self._json("DELETE", "/calls")

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self.http.close()

    @property
    def _log_path(self) -> Path:
        return self.home / "market.log"

    def _answers(self) -> bool:
        try:
            # The process id tells our server from another market that already listens on the port.
            about = self.http.get("/", timeout=1).json()
            return self._process is not None and about.get("process_id") == self._process.pid
        except (httpx.TransportError, ValueError, AttributeError):
            return False

    def _json(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        response = self.http.request(method, path, json=body)
        if response.is_error:
            raise StackError(f"{method} {path}: {response.json()['error']}")
        return response.json()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
