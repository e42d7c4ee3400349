"""Real responses of the source, served over real HTTP, come out of the client as what they are."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from include.alpha_vantage.client import AlphaVantageClient
from include.alpha_vantage.functions import AlphaVantageFunction
from include.errors import SourceError
from include.settings import LOOPBACK, Settings
from include.silver.datasets import all_datasets
from include.silver.weeks import WEEKLY_ADJUSTED
from tests.captures.folders import captures_of, needs_real_captures, read_capture
from tests.unit.alpha_vantage.test_payloads import OUTCOME_OF_CAPTURE, OUTCOME_OF_INVENTED


@dataclass
class Server:
    """A server that responds as the source does, always with HTTP 200, and what it says."""

    says: bytes = b""


def _handler_of(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(server.says)))
            self.end_headers()
            self.wfile.write(server.says)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


@pytest.fixture(scope="module")
def source() -> Server:
    return Server()


@pytest.fixture(scope="module")
def client(source: Server) -> Iterator[AlphaVantageClient]:
    """A client of the server."""
    server = ThreadingHTTPServer((LOOPBACK, 0), _handler_of(source))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://{LOOPBACK}:{server.server_port}/query"
    with AlphaVantageClient(Settings(alpha_vantage_api_key="K3Y", alpha_vantage_base_url=url)) as connected:
        yield connected
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("function", [dataset.function for dataset in all_datasets()], ids=str)
def test_every_captured_answer_arrives_byte_for_byte_and_is_data(
    source: Server, client: AlphaVantageClient, function: AlphaVantageFunction
) -> None:
    found = captures_of(function.name)
    assert found

    for path in found:
        source.says = path.read_bytes()
        assert client.fetch(function, path.stem.rpartition("_")[0]) == source.says


REPLIES = OUTCOME_OF_INVENTED | OUTCOME_OF_CAPTURE


@pytest.mark.parametrize(
    "name", [*OUTCOME_OF_INVENTED, *(pytest.param(name, marks=needs_real_captures) for name in OUTCOME_OF_CAPTURE)]
)
def test_every_captured_reply_arrives_as_its_own_error(source: Server, client: AlphaVantageClient, name: str) -> None:
    source.says = read_capture(*name.split("/"))

    with pytest.raises(SourceError) as caught:
        client.fetch(WEEKLY_ADJUSTED, "IBM")

    assert type(caught.value) is REPLIES[name]
