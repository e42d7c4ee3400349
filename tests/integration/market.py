"""The market server on a thread of the test's own process, over the same HTTP: a fresh one starts in milliseconds."""

import socket
import threading
from datetime import datetime
from pathlib import Path
from typing import Self

import uvicorn

from include.local_stack.service import wait_until
from include.market_simulator.clock import FIRST_NOW, MarketClock
from include.market_simulator.server import Simulator
from include.settings import LOOPBACK
from tests.market_server import MarketServer

SECONDS = 10


class MarketOnThread(MarketServer):
    """A market for one test that moves its clock or lets it misbehave; to kill it takes a process, `MarketServer`."""

    def __init__(self, home: Path, *, clock: datetime = FIRST_NOW) -> None:
        super().__init__(home)
        self._clock = clock

    def start(self) -> Self:
        """Serve until `stop`; started again, it goes on with its clock."""
        self.home.mkdir(parents=True, exist_ok=True)
        application = Simulator(clock=MarketClock(self.home, self._clock)).application()
        self._server = uvicorn.Server(uvicorn.Config(application, log_config=None, access_log=False))
        listener = socket.create_server((LOOPBACK, self.port))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listener]}, daemon=True)
        self._thread.start()
        assert wait_until(lambda: self._server.started, seconds=SECONDS), "the market does not start"
        return self

    def stop(self) -> None:
        """End the server and close its port."""
        self._server.should_exit = True
        self._thread.join(SECONDS)
        assert not self._thread.is_alive(), "the market does not stop"
