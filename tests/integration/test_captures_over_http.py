"""Real responses of the source, served over real HTTP, come out of the client as what they are."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from include.alpha_vantage.client import AlphaVantageClient
from include.alpha_vantage.functions import AlphaVantageFunction
from include.alpha_vantage.payloads import check_payload
from include.errors import SourceError
from include.settings import LOOPBACK, Settings
from include.silver.datasets import all_datasets
from include.silver.weeks import WEEKLY_ADJUSTED
from tests.captures.folders import captures_of, needs_real_captures, read_capture
from tests.unit.alpha_vantage.test_payloads import OUTCOME_OF_CAPTURE, OUTCOME_OF_INVENTED


class Captures(BaseHTTPRequestHandler):
    """Responds with the file that the symbol names."""

    def do_GET(self) -> None:
        """Serve a capture byte for byte, as the source does: always HTTP 200."""
        name = parse_qs(urlsplit(self.path).query)["symbol"][0]
        body = read_capture(*name.split("/"))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def client() -> Iterator[AlphaVantageClient]:
    """A client of a server that holds the captures."""
    server = ThreadingHTTPServer((LOOPBACK, 0), Captures)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://{LOOPBACK}:{server.server_port}/query"
    with AlphaVantageClient(Settings(alpha_vantage_api_key="K3Y", alpha_vantage_base_url=url)) as connected:
        yield connected
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("function", [dataset.function for dataset in all_datasets()], ids=str)
def test_every_captured_answer_arrives_byte_for_byte_and_is_data(
    client: AlphaVantageClient, function: AlphaVantageFunction
) -> None:
    found = captures_of(function.name)
    assert found

    for path in found:
        body = client.get(function, f"{function}/{path.name}")
        assert body == path.read_bytes()
        check_payload(body, function=function, symbol=path.stem.rpartition("_")[0])


REPLIES = OUTCOME_OF_INVENTED | OUTCOME_OF_CAPTURE


@pytest.mark.parametrize(
    "name", [*OUTCOME_OF_INVENTED, *(pytest.param(name, marks=needs_real_captures) for name in OUTCOME_OF_CAPTURE)]
)
def test_every_captured_reply_arrives_as_its_own_error(client: AlphaVantageClient, name: str) -> None:
    body = client.get(WEEKLY_ADJUSTED, name)

    with pytest.raises(SourceError) as caught:
        check_payload(body, function=WEEKLY_ADJUSTED, symbol="IBM")

    assert type(caught.value) is REPLIES[name]
