"""A source of the test's own over real HTTP: it answers with the payloads and at the time that the test sets."""

import threading
from collections import Counter
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qs, urlsplit

import msgspec

from include.settings import LOOPBACK


class Source:
    """What the market says now: `payloads` by function and symbol, `now` by its clock, and the calls it counted."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.payloads: dict[tuple[str, str], bytes] = {}
        self.calls = Counter[tuple[str, str]]()
        self.paths: list[str] = []  # what was asked, the key with it
        self._server = ThreadingHTTPServer((LOOPBACK, 0), _handler_of(self))

    @property
    def query_url(self) -> str:
        """What ALPHA_VANTAGE_BASE_URL must hold to ask this source."""
        return f"http://{LOOPBACK}:{self._server.server_port}/query"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler_of(source: Source) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(_respond(source, self.path))

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


def _respond(source: Source, path: str) -> bytes:
    source.paths.append(path)
    asked = urlsplit(path)
    if asked.path == "/clock":
        return msgspec.json.encode({"now": source.now.astimezone(UTC).isoformat()})
    given = parse_qs(asked.query)
    call = (given["function"][0], given["symbol"][0])
    source.calls[call] += 1
    return source.payloads.get(call, b'{"Error Message": "Invalid API call."}')
