"""Airflow's REST API over real HTTP as a test wants it: what it answers, and when it or its database is away."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from include.settings import LOOPBACK, Settings

HANG_UP = 0  # in place of a status: the connection ends without a response, after the request was carried out
DATABASE_AWAY = {"detail": {"reason": "Internal server error", "statement": "hidden", "orig_error": "hidden"}}


@dataclass(frozen=True)
class Asked:
    """A request of an admin who is logged in."""

    method: str
    path: str
    query: dict[str, str]
    body: dict[str, Any]


class AirflowApi:
    """`answer` gives status and JSON of a request; the next requests meet `faults` in its place, the login too."""

    def __init__(self, answer: Callable[[Asked], tuple[int, Any]]) -> None:
        self.answer = answer
        self.faults: list[int] = []
        self.asked: list[Asked] = []
        self.logins = 0
        self.token = ""
        self._server = ThreadingHTTPServer((LOOPBACK, 0), _handler_of(self))
        self.port = self._server.server_port

    @property
    def settings(self) -> Settings:
        """Settings that name this Airflow."""
        return Settings.model_validate({"airflow_url": self.url})

    @property
    def url(self) -> str:
        """What AIRFLOW_URL must hold."""
        return f"http://{LOOPBACK}:{self.port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Refuse connections."""
        self._server.shutdown()
        self._server.server_close()

    def start_again(self) -> None:
        """Listen on the same port as before; tokens of before are no longer known."""
        self._server = ThreadingHTTPServer((LOOPBACK, self.port), _handler_of(self))
        self.token = ""
        self.__enter__()


def _handler_of(api: AirflowApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _respond(self) -> None:
            status, content = self._answer()
            if status == HANG_UP:
                self.close_connection = True
                return
            written = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(written)))
            self.end_headers()
            self.wfile.write(written)

        do_GET = do_POST = do_PATCH = _respond  # noqa: N815 - their names are http.server's

        def _answer(self) -> tuple[int, Any]:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
            address = urlsplit(self.path)
            fault = api.faults.pop(0) if api.faults else None
            if fault:
                return fault, DATABASE_AWAY
            if address.path == "/auth/token":
                api.logins += 1
                api.token = f"token-{api.logins}"
                return 201, {"access_token": api.token}
            if self.headers.get("Authorization") != f"Bearer {api.token}":
                return 401, {"detail": "Invalid JWT token"}
            query = {name: values[-1] for name, values in parse_qs(address.query).items()}
            api.asked.append(Asked(self.command, address.path, query, body))
            status, content = api.answer(api.asked[-1])
            return (HANG_UP if fault == HANG_UP else status), content

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
