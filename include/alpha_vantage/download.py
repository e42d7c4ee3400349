"""One HTTP response, bounded in size and time: no server fills the memory of a task, or holds its slot for hours."""

import socket
import threading
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self

import httpx

from include.errors import MalformedResponse, NetworkFault, ResponseTooLarge, ResponseTooSlow

MOST_BYTES = 32 * 2**20  # unpacked; the daily history of 26 years takes a twentieth of it
MOST_SECONDS = 120.0  # for all of it; a full daily history takes the source up to half a minute
TIMEOUT = httpx.Timeout(60.0, connect=10.0)  # for each read
ASKED = {"Accept-Encoding": "gzip"}  # of what we unpack ourselves, a bomb is unpacked up to the limit alone
# A connection that waits for the next call may be closed by then, and the credit is lost.
NO_REUSE = httpx.Limits(max_keepalive_connections=0)
CONNECTED = ".connect_tcp.complete"  # to the server or to a proxy
GZIP = 16 + zlib.MAX_WBITS


@dataclass(frozen=True)
class Download:
    """A response, unpacked."""

    status: int
    body: bytes


def open_http(*, trust_env: bool) -> httpx.Client:
    """A client for `download`; proxies of the environment are used where it is trusted."""
    return httpx.Client(timeout=TIMEOUT, trust_env=trust_env, limits=NO_REUSE, headers=ASKED)


def download(http: httpx.Client, url: str, parameters: Mapping[str, str], *, of: str) -> Download:
    """Ask once, and read the response up to MOST_BYTES and for at most MOST_SECONDS; `of` begins each message.

    Raises: ResponseTooLarge, ResponseTooSlow; NetworkFault or MalformedResponse where it cannot be unpacked;
            httpx.HTTPError, which holds the URL.
    """
    with _Deadline(MOST_SECONDS) as deadline:
        try:
            with http.stream("GET", url, params=parameters, extensions={"trace": deadline.watch}) as response:
                downloaded = Download(response.status_code, _read(response, of))
        except (httpx.HTTPError, NetworkFault):
            if not deadline.has_passed:
                raise
    if deadline.has_passed:  # a body that ends with its connection looks whole
        raise ResponseTooSlow(f"{of}: no whole response within {MOST_SECONDS:.0f} seconds")
    return downloaded


class _Deadline:
    """Ends a connection when its time is up, whatever is being read then: a TLS handshake, a header, the body.

    A time-out alone does not: each read may take that long, and one byte is a read.
    """

    def __init__(self, seconds: float) -> None:
        self.has_passed = False
        self._connections: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def watch(self, event: str, details: Mapping[str, Any]) -> None:
        """Remember a new connection; httpx calls this at each step of a request."""
        if event.endswith(CONNECTED):
            # A duplicate, for TLS takes the descriptor away from the socket.
            self._connections.append(details["return_value"].get_extra_info("socket").dup())
            if self.has_passed:
                self._end()

    def _end(self) -> None:
        self.has_passed = True
        for connection in self._connections:
            with suppress(OSError):  # it has ended meanwhile
                connection.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._timer.cancel()
        self._timer.join()
        for connection in self._connections:
            connection.close()


def _read(response: httpx.Response, of: str) -> bytes:
    encoding = response.headers.get("Content-Encoding", "identity")
    match encoding.lower():
        case "identity" | "":
            return _collect(response, lambda packed, _: packed, of)
        case "gzip" | "x-gzip":
            return _unpack(response, of)
        case _:
            raise MalformedResponse(f"{of}: the response is packed as {encoding}, which nobody asked for")


def _unpack(response: httpx.Response, of: str) -> bytes:
    unpacking = zlib.decompressobj(GZIP)
    try:
        body = _collect(response, unpacking.decompress, of)
    except zlib.error as error:
        raise NetworkFault(f"{of}: the response does not unpack ({error})") from None
    if not unpacking.eof:
        raise NetworkFault(f"{of}: the response ends before its end")
    return body


def _collect(response: httpx.Response, unpack: Callable[[bytes, int], bytes], of: str) -> bytes:
    body = bytearray()
    for packed in response.iter_raw():
        body += unpack(packed, MOST_BYTES + 1 - len(body))
        if len(body) > MOST_BYTES:
            raise ResponseTooLarge(f"{of}: the response has more than {MOST_BYTES:,} bytes")
    return bytes(body)
