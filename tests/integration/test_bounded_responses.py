"""Whatever a server sends, and however slowly: the client ends it with an error by name, on real sockets."""

import asyncio
import gzip
import itertools
import socket
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from include import steps
from include.alpha_vantage import download
from include.alpha_vantage.client import AlphaVantageClient
from include.errors import (
    MalformedResponse,
    NetworkFault,
    ResponseTooLarge,
    ResponseTooSlow,
    SourceError,
    StocklakeError,
)
from include.local_stack.postgres import EmbeddedPostgres
from include.settings import LOOPBACK, PROJECT_ROOT, Settings, get_settings
from include.silver.weeks import WEEKLY_ADJUSTED
from tests.integration.lakehouse import new_lakehouse
from tests.payloads import bar, moment, payload_of

API_KEY = "K3Y0FMINE7Q2ZX"
PAYLOAD = payload_of({"2024-04-12": bar()})
OK = b"HTTP/1.1 200 OK\r\n"
GIGABYTE = 2**30
MOST_GROWTH = 80 * 2**20  # 41 MB were measured
PAUSE = 0.02  # between two bytes

Talk = Callable[[socket.socket], None]


@contextmanager
def server(talk: Talk, scheme: str = "http") -> Iterator[str]:
    """A server that talks to each that connects, whatever is asked; its address."""
    with socket.create_server((LOOPBACK, 0)) as listener:
        threading.Thread(target=_accept, args=(listener, talk), daemon=True).start()
        yield f"{scheme}://{LOOPBACK}:{listener.getsockname()[1]}/query"


def _accept(listener: socket.socket, talk: Talk) -> None:
    with suppress(OSError):  # the listener was closed
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=_talk, args=(connection, talk), daemon=True).start()


def _talk(connection: socket.socket, talk: Talk) -> None:
    with connection, suppress(OSError):  # the client went away
        connection.recv(65_536)
        talk(connection)


def fetch(url: str) -> bytes:
    """One call as the step makes it."""
    with AlphaVantageClient(Settings(alpha_vantage_api_key=API_KEY, alpha_vantage_base_url=url)) as client:
        return client.fetch(WEEKLY_ADJUSTED, "IBM")


def send(*parts: bytes) -> Talk:
    """A server that says this and hangs up."""
    return lambda connection: connection.sendall(b"".join(parts))


def drip(said: bytes, slowly: bytes) -> Talk:
    """A server that says something at once, and then repeats the rest byte by byte, without end."""

    def talk(connection: socket.socket) -> None:
        connection.sendall(said)
        for byte in itertools.cycle(slowly):
            connection.sendall(bytes([byte]))
            time.sleep(PAUSE)

    return talk


def gzipped(gigabytes: int) -> Talk:
    """A body of zeros that unpacks to gigabytes, from a few megabytes."""
    packing = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS + 16)
    piece = bytes(64 * 2**20)
    head, block = (packing.compress(piece) + packing.flush(zlib.Z_FULL_FLUSH) for _ in range(2))  # one more is alike
    return send(OK, b"Content-Encoding: gzip\r\n\r\n", head, block * (16 * gigabytes - 1))


def plain(gigabytes: int) -> Talk:
    def talk(connection: socket.socket) -> None:
        connection.sendall(OK + b"\r\n")
        for _ in range(1024 * gigabytes):
            connection.sendall(bytes(2**20))

    return talk


MEASURED = """
import resource, sys
from tests.integration.test_bounded_responses import API_KEY, fetch, ResponseTooLarge
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
before = peak()
try:
    fetch(sys.argv[1])
except ResponseTooLarge as error:
    print(peak() - before, error)
"""


@pytest.mark.parametrize("talk", [gzipped(6), plain(3)], ids=["a gzip bomb of 6 GB", "a body of 3 GB"])
def test_a_response_beyond_all_measure_takes_little_memory(talk: Talk) -> None:
    with server(talk) as url:
        command = [sys.executable, "-c", MEASURED, url]
        ended = subprocess.run(command, check=True, capture_output=True, text=True, cwd=PROJECT_ROOT)

    growth, _, said = ended.stdout.partition(" ")
    assert int(growth) < MOST_GROWTH
    assert said.strip() == "IBM: the response has more than 33,554,432 bytes"


SLOW = {
    "the body": drip(OK + b"\r\n", b" "),
    "a body of a length": drip(OK + b"Content-Length: 9999\r\n\r\n", b" "),
    "a packed body": drip(
        OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(PAYLOAD)[:10], b"\0\0\0\xff\xff"
    ),  # nothing, once more
    "the header": drip(OK, b"X-Header: x\r\n"),
    "the first line": drip(b"", b"H"),
    "nothing": lambda _: time.sleep(30),
}


@pytest.mark.parametrize("slow", SLOW)
def test_a_slow_response_ends_in_time_whatever_of_it_is_slow(slow: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "MOST_SECONDS", 0.5)
    began = time.monotonic()

    with server(SLOW[slow]) as url, pytest.raises(ResponseTooSlow, match="IBM: no whole response within"):
        fetch(url)

    assert time.monotonic() - began < 5


def test_a_slow_handshake_of_tls_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "MOST_SECONDS", 0.5)
    began = time.monotonic()

    with server(drip(b"\x16\x03\x03\x40\x00", b"\x02"), "https") as url, pytest.raises(ResponseTooSlow):
        fetch(url)

    assert time.monotonic() - began < 5


def test_a_response_within_the_time_is_whole_and_its_watch_ends_with_it() -> None:
    def slowly(connection: socket.socket) -> None:
        for part in (OK, b"\r\n", PAYLOAD[:5], PAYLOAD[5:]):
            connection.sendall(part)
            time.sleep(0.1)

    with server(slowly) as url:
        assert fetch(url) == PAYLOAD
    assert not [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]


PACKED = gzip.compress(PAYLOAD, mtime=0)  # the same in every process that collects these tests


@pytest.mark.parametrize(
    ("header", "body", "kind"),
    [
        ("gzip", PACKED, None),
        ("X-GZIP", PACKED, None),
        ("identity", PAYLOAD, None),
        ("gzip", PACKED[:-9], NetworkFault),
        ("gzip", b"", NetworkFault),
        ("gzip", PAYLOAD, NetworkFault),
        ("gzip", PACKED[:30] + b"\xff\xff\xff" + PACKED[33:], NetworkFault),
        ("gzip, gzip", gzip.compress(PACKED, mtime=0), MalformedResponse),  # each layer could hide a bomb
        ("br", PACKED, MalformedResponse),
        (API_KEY, PAYLOAD, MalformedResponse),
    ],
)
def test_a_packed_response_is_unpacked_whole_or_named(header: str, body: bytes, kind: type[SourceError] | None) -> None:
    head = f"Content-Encoding: {header}\r\nContent-Length: {len(body)}\r\n\r\n".encode()

    with server(send(OK, head, body)) as url:
        if kind is None:
            assert fetch(url) == PAYLOAD
            return
        with pytest.raises(SourceError) as caught:
            fetch(url)

    assert type(caught.value) is kind
    assert str(caught.value).startswith("IBM: the response ")
    assert API_KEY not in str(caught.value)


def test_a_body_of_the_largest_size_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with server(send(OK, b"Content-Encoding: gzip\r\n\r\n", PACKED)) as url:
        monkeypatch.setattr(download, "MOST_BYTES", len(PAYLOAD))
        assert fetch(url) == PAYLOAD
        monkeypatch.setattr(download, "MOST_BYTES", len(PAYLOAD) - 1)
        with pytest.raises(ResponseTooLarge):
            fetch(url)


def test_it_works_where_an_event_loop_runs() -> None:
    async def call(url: str) -> bytes:
        return fetch(url)

    # Not in this thread, where a test before may have left a loop running.
    with server(send(OK, b"\r\n", PAYLOAD)) as url, ThreadPoolExecutor(1) as thread:
        assert thread.submit(asyncio.run, call(url)).result() == PAYLOAD


def test_no_connection_waits_for_the_next_call() -> None:
    connections: list[socket.socket] = []

    def keep(connection: socket.socket) -> None:
        connections.append(connection)
        connection.sendall(OK + f"Content-Length: {len(PAYLOAD)}\r\n\r\n".encode() + PAYLOAD)
        assert connection.recv(65_536) == b""  # the client hangs up

    settings = {"alpha_vantage_api_key": API_KEY}
    with server(keep) as url, AlphaVantageClient(Settings(alpha_vantage_base_url=url, **settings)) as client:
        assert [client.fetch(WEEKLY_ADJUSTED, "IBM") for _ in range(3)] == [PAYLOAD] * 3

    assert len(connections) == 3


@pytest.mark.parametrize(
    ("talk", "kind", "status"),
    [(plain(1), ResponseTooLarge, "failed"), (SLOW["the header"], ResponseTooSlow, "planned")],
    ids=["too large", "too slow"],
)
def test_the_credit_is_settled_and_the_ticker_is_named(
    postgres: EmbeddedPostgres,
    s3_environment: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    talk: Talk,
    kind: type[StocklakeError],
    status: str,
) -> None:
    environment = {"STOCKLAKE_HOME": str(tmp_path), "ALPHA_VANTAGE_API_KEY": API_KEY} | s3_environment
    with new_lakehouse(postgres, environment, tmp_path, now=moment("2024-04-13")) as lakehouse, server(talk) as url:
        monkeypatch.setenv("ALPHA_VANTAGE_BASE_URL", url)
        monkeypatch.setattr(download, "MOST_SECONDS", 0.5)
        get_settings.cache_clear()
        steps.plan("weekly_adjusted_prices", "weekly_adjusted_prices:1", symbols=["IBM"])

        with pytest.raises(kind):
            steps.fetch("weekly_adjusted_prices", ["IBM"], "weekly_adjusted_prices:1")

        [(outcome, message, is_timed)] = lakehouse.ask("select outcome, message, seconds > 0 from ops.api_calls")
        assert (outcome, is_timed) == (kind.__name__, True)
        assert str(message).startswith("IBM: ")
        assert lakehouse.ask("select status from ops.ticker_runs") == [(status,)]
