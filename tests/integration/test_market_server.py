"""The local market over real HTTP: its responses, its clock, its faults, and what it keeps to itself."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from include.errors import StackError
from include.settings import PROJECT_ROOT
from tests.market_server import MarketServer

WEEKLY = "TIME_SERIES_WEEKLY_ADJUSTED"
SERIES = "Weekly Adjusted Time Series"
JSON = {"Content-Type": "application/json"}
ORDERS = [("POST", "/clock"), ("POST", "/faults"), ("DELETE", "/faults"), ("DELETE", "/calls")]
# As a browser sends what a page asks for: a form, a script, a script of a name that points to this machine by now.
BY_A_PAGE = [
    {"Content-Type": "text/plain", "Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    JSON | {"Origin": "https://evil.example"},
    JSON | {"Origin": "null"},
    JSON | {"Sec-Fetch-Site": "same-site"},
    JSON | {"Host": "evil.example:8900"},
    JSON | {"Host": "127.0.0.1.evil.example"},
    JSON | {"Host": "127.0.0.1:8900@evil.example"},
]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MarketServer]:
    with MarketServer(tmp_path_factory.mktemp("market")) as server:
        yield server


@pytest.fixture
def market(running: MarketServer) -> Iterator[MarketServer]:
    """The running market, well-behaved and with nothing counted."""
    running.clear_faults()
    running.forget_calls()
    yield running
    running.clear_faults()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., MarketServer]]:
    """Start a market of this test's own."""
    servers: list[MarketServer] = []

    def start(*options: str, home: Path = tmp_path) -> MarketServer:
        servers.append(MarketServer(home, None, *options).start())
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


def weeks_of(response: httpx.Response) -> dict[str, dict[str, str]]:
    return response.json()[SERIES]


def test_a_weekly_answer_is_json_over_http_200(market: MarketServer):
    response = market.query(WEEKLY, "IBM")

    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert len(weeks_of(response)) == 679
    assert next(iter(weeks_of(response))) == "2013-03-01"


def test_the_five_tickers_have_2525_weeks(market: MarketServer):
    assert sum(len(weeks_of(market.query(WEEKLY, symbol))) for symbol in ("AAPL", "FB", "GOOG", "IBM", "MSFT")) == 2525


def test_the_same_question_gets_the_same_bytes(market: MarketServer):
    assert market.query(WEEKLY, "IBM").content == market.query(WEEKLY, "IBM", key="another").content


def test_it_says_what_it_is(market: MarketServer):
    about = market.http.get("/").json()

    assert about["market"] == "sample market, 2000 to 2013"
    assert "public domain" in about["attribution"]


def test_its_clock_gives_every_caller_another_instant(market: MarketServer):
    seen = [market.clock() for _ in range(20)]

    assert seen == sorted(set(seen))


def test_an_ex_date_passing_restates_the_history(start: Callable[..., MarketServer]):
    market = start("--clock", "2005-02-26T12:00:00Z")
    before = weeks_of(market.query(WEEKLY, "AAPL"))["2005-02-25"]
    market.move_clock("2005-02-28T22:00:00Z")
    after = weeks_of(market.query(WEEKLY, "AAPL"))

    assert before["5. adjusted close"] == before["4. close"] == "88.9900"
    assert after["2005-02-25"]["4. close"] == "88.9900"
    assert after["2005-02-25"]["5. adjusted close"] == "44.4950"
    assert after["2005-02-28"]["4. close"] == "44.8600"  # the open week, dated by its only day


def test_a_clock_moves_forward_only_and_says_so(start: Callable[..., MarketServer]):
    market = start()

    with pytest.raises(StackError, match="moves only forward"):
        market.move_clock("2013-03-02T12:00:30Z")
    with pytest.raises(StackError, match="is no moment"):
        market.move_clock("later")
    assert market.http.post("/clock", content=b"{", headers=JSON).status_code == 400
    assert market.http.post("/clock", json={"now": 5}).status_code == 400


def test_a_restart_goes_on_with_the_clock(start: Callable[..., MarketServer]):
    market = start()
    market.move_clock("2013-03-09T12:00:00Z")
    last = market.clock()
    market.stop()
    market.start()

    assert last < market.clock() < last + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("reply", "status", "start_of_body"),
    [
        ("throttle_per_second", 200, b'{\n    "Information": "Thank you for using Alpha Vantage! Please consider'),
        ("throttle_burst", 200, b'{\n    "Information": "Burst pattern detected.'),
        ("throttle_minute", 200, b'{\n    "Information": "Minute-level rate limit exceed.'),
        ("quota_spent", 200, b'{\n    "Information": "We have detected your API key as test-key and our'),
        ("quota_spent_2023", 200, b'{\n    "Information": "Thank you for using Alpha Vantage! Our standard API rate'),
        ("note_2018", 200, b'{\n    "Note": "Thank you'),
        ("premium", 200, b'{\n    "Information": "Thank you for using Alpha Vantage! This is a premium endpoint.'),
        ("premium_output_size", 200, b'{\n    "Information": "Thank you for using Alpha Vantage! The outputsize=full'),
        ("demo_key", 200, b'{\n    "Information": "The **demo** API key'),
        ("invalid_call", 200, b'{\n    "Error Message": "Invalid API call. Please retry'),
        ("invalid_call_2017", 200, b'{\n    "Error Message": "Invalid API call, please'),
        ("invalid_key", 200, b'{\n    "Error Message": "the parameter apikey is invalid or missing.'),
        ("invalid_key_as_information", 200, b'{\n    "Information": "the parameter apikey is invalid or missing.'),
        ("unknown_function", 200, b'{\n    "Error Message": "This API function (TIME_SERIES_WEEKLY_ADJUSTED) does'),
        ("unknown_wording", 200, b'{\n    "Information": "Our carrier pigeons'),
        ("empty", 200, b"{}"),
        ("forbidden", 403, b"{}"),
        ("empty_best_matches", 200, b'{\n    "bestMatches": []\n}'),
        ("meta_only", 200, b'{\n    "Meta Data": {'),
        ("csv_letters", 200, b"timestamp,open,high,low,close,adjusted close,volume,dividend amount\r\nI,n,f,o,r,m,a,t"),
        ("not_acceptable", 406, b'{"detail":"Could not satisfy the request Accept header."}'),
        ("unavailable", 503, b"<!DOCTYPE html>"),
        ("html", 200, b"<!DOCTYPE html>"),
        ("byte_order_mark", 200, b'\xef\xbb\xbf{\n    "Meta Data"'),
        (
            "wrong_symbol",
            200,
            b'{\n    "Meta Data": {\n        "1. Information": "Weekly Adjusted Prices and Volumes",',
        ),
        ("truncated", 200, b'{\n    "Meta Data"'),
        ("delay", 200, b'{\n    "Meta Data"'),
        ("unreadable_row", 200, b'{\n    "Meta Data"'),
        ("wild_value", 200, b'{\n    "Meta Data"'),
    ],
)
def test_it_misbehaves_once_as_told_then_behaves(market: MarketServer, reply: str, status: int, start_of_body: bytes):
    market.inject_fault(reply, symbol="IBM")

    bystander, misbehaved, again = (market.query(WEEKLY, symbol) for symbol in ("MSFT", "IBM", "IBM"))

    assert misbehaved.status_code == status
    assert misbehaved.content.startswith(start_of_body)
    assert len(weeks_of(bystander)) == len(weeks_of(again)) == 679


def test_the_test_above_knows_every_reply_but_the_hang_up(market: MarketServer):
    known = {mark.args[1][place][0] for mark in _parameters() for place in range(len(mark.args[1]))}

    assert set(market.http.get("/faults").json()["replies"]) - known == {"hang_up"}


def test_a_hang_up_breaks_off_in_the_body(market: MarketServer):
    market.inject_fault("hang_up")

    with pytest.raises(httpx.RemoteProtocolError):
        market.query(WEEKLY, "IBM")
    assert len(weeks_of(market.query(WEEKLY, "IBM"))) == 679


def test_a_truncated_answer_is_no_json(market: MarketServer):
    market.inject_fault("truncated")

    with pytest.raises(json.JSONDecodeError):
        market.query(WEEKLY, "IBM").json()


def test_meta_only_has_no_series(market: MarketServer):
    market.inject_fault("meta_only")

    assert list(market.query(WEEKLY, "IBM").json()) == ["Meta Data"]


def test_a_wrong_symbol_is_another_tickers_answer(market: MarketServer):
    market.inject_fault("wrong_symbol")

    assert market.query(WEEKLY, "IBM").json()["Meta Data"]["2. Symbol"] == "AAPL"


def test_a_delay_holds_up_its_own_caller_alone(market: MarketServer):
    market.inject_fault("delay", symbol="IBM", seconds=0.3)

    began = time.monotonic()
    market.query(WEEKLY, "MSFT")
    undelayed = time.monotonic() - began
    assert market.query(WEEKLY, "IBM").status_code == 200
    assert time.monotonic() - began - undelayed >= 0.3


def test_told_so_it_refuses_the_whole_history_as_to_a_free_key_and_no_other_call(market: MarketServer):
    def days(size: str) -> dict[str, str]:
        return market.query("TIME_SERIES_DAILY", "IBM", outputsize=size).json()

    market.inject_fault("premium_output_size", output_size="full", times=None)

    assert "outputsize=full parameter value is a premium feature" in days("full")["Information"]
    assert len(days("compact")["Time Series (Daily)"]) == 100
    assert len(weeks_of(market.query(WEEKLY, "IBM"))) == 679
    market.clear_faults()
    assert len(days("full")["Time Series (Daily)"]) == 3270


def test_an_order_lasts_as_often_as_told_or_until_cleared(market: MarketServer):
    market.inject_fault("empty", times=2)
    assert [market.query(WEEKLY, "IBM").content == b"{}" for _ in range(3)] == [True, True, False]

    market.inject_fault("empty", times=None, function="OVERVIEW")
    assert [market.query("OVERVIEW", "IBM").content for _ in range(5)] == [b"{}"] * 5
    assert len(weeks_of(market.query(WEEKLY, "IBM"))) == 679
    market.clear_faults()
    assert market.query("OVERVIEW", "IBM").json()["Symbol"] == "IBM"


@pytest.mark.parametrize("rule", [{"reply": "nonsense"}, {"reply": "empty", "times": 0}, {"reply": "empty", "x": 1}])
def test_an_order_it_does_not_understand_is_refused_with_a_sentence(market: MarketServer, rule: dict):
    response = market.http.post("/faults", json=rule)

    assert response.status_code == 400
    assert len(response.json()["error"]) > 20


@pytest.mark.parametrize("headers", BY_A_PAGE, ids=lambda headers: " ".join(headers.values()))
@pytest.mark.parametrize(("method", "path"), ORDERS)
def test_an_order_of_a_web_page_is_refused(market: MarketServer, method: str, path: str, headers: dict[str, str]):
    market.inject_fault("empty", times=None)
    market.query(WEEKLY, "IBM")
    before = market.clock()

    refused = market.http.request(method, path, headers=headers, content=b'{"now": "2099-01-01T00:00:00Z"}')

    assert refused.status_code == 403
    assert "access-control-allow-origin" not in refused.headers
    assert len(refused.json()["error"]) > 20
    assert market.clock() - before < timedelta(minutes=1)
    assert len(market.http.get("/faults").json()["rules"]) == market.calls() == 1


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_an_order_that_a_form_could_send_is_refused(market: MarketServer, kind: str):
    refused = market.http.post("/faults", content=b'{"reply": "empty"}', headers={"Content-Type": kind} if kind else {})

    assert refused.status_code == 403
    assert "curl --json" in refused.json()["error"]
    assert market.http.get("/faults").json()["rules"] == []


def test_a_browser_that_asks_first_is_not_let_in(market: MarketServer):
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "DELETE"}
    response = market.http.options("/faults", headers=asked)

    assert response.status_code == 405
    assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "market"])
def test_curl_gives_an_order_by_every_name_of_the_server(market: MarketServer, name: str):
    address = f"http://{name}:{market.port}/faults"
    order = ["--json", '{"reply": "empty", "symbol": "IBM"}', "--resolve", f"{name}:{market.port}:127.0.0.1", address]
    subprocess.run(["curl", "--silent", "--fail", "--noproxy", "*", *order], check=True, timeout=30)

    assert market.query(WEEKLY, "IBM").content == b"{}"


def test_a_csv_accept_header_is_not_acceptable(market: MarketServer):
    response = market.http.get("/query", headers={"Accept": "text/csv"}, params={"function": WEEKLY, "symbol": "IBM"})

    assert response.status_code == 406


def test_calls_are_counted_by_function_and_symbol(market: MarketServer):
    market.query(WEEKLY, "IBM")
    market.query(WEEKLY, "IBM")
    market.query(WEEKLY, "NOPE")
    market.query("OVERVIEW", "IBM")

    assert market.calls() == 4
    assert market.calls("IBM") == 3
    assert market.calls("IBM", WEEKLY) == 2
    counted = market.http.get("/calls").json()
    assert counted["answered"] == 3
    assert {"function": WEEKLY, "symbol": "NOPE", "calls": 1, "answered": 0} in counted["calls"]


def test_a_free_keys_day_is_24_hours_of_the_markets_clock(start: Callable[..., MarketServer]):
    market = start("--requests-per-day", "2")
    responses = [market.query(WEEKLY, "IBM", key="my-own-key").text for _ in range(3)]

    assert [SERIES in text for text in responses] == [True, True, False]
    assert "API key as my-own-key and" in responses[2]
    market.move_clock("2013-03-03T12:00:00Z")
    assert SERIES in market.query(WEEKLY, "IBM").text


def test_a_free_keys_second_is_real(start: Callable[..., MarketServer]):
    market = start("--min-interval", "0.4")

    assert SERIES in market.query(WEEKLY, "IBM").text
    assert "1 request per second" in market.query(WEEKLY, "IBM").text
    time.sleep(0.4)
    assert SERIES in market.query(WEEKLY, "IBM").text


def test_the_key_is_in_no_log_no_file_and_no_count(start: Callable[..., MarketServer]):
    market = start()
    secret = "SECRET0KEY0SECRET"
    market.inject_fault("hang_up", symbol="MSFT")
    market.query(WEEKLY, "IBM", key=secret)
    market.query("NOPE", "NOPE", key=secret)
    with pytest.raises(httpx.RemoteProtocolError):
        market.query(WEEKLY, "MSFT", key=secret)

    assert market.calls() == 3
    assert secret not in market.http.get("/calls").text
    kept = [path for path in market.home.rglob("*") if path.is_file()]
    assert {"clock.json", "market.log"} <= {path.name for path in kept}
    assert not [path for path in kept if secret.encode() in path.read_bytes()]


def test_it_listens_on_the_loopback_address_alone(market: MarketServer):
    other_address = "127.0.0.2"  # also this machine, but not the address it was told

    with pytest.raises(OSError, match="refused"):
        socket.create_connection((other_address, market.port), timeout=2)


def test_a_busy_port_is_named(market: MarketServer, tmp_path: Path):
    with pytest.raises(StackError, match=f"port {market.port} on 127.0.0.1 is not free"):
        MarketServer(tmp_path, market.port).start()


def test_a_malformed_first_clock_is_refused_before_anything_starts(tmp_path: Path):
    command = [sys.executable, "-m", "include.market_simulator", "--home", str(tmp_path), "--clock", "soon"]
    ended = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=30, check=False)

    assert ended.returncode == 2
    assert "'soon' is no moment" in ended.stderr


def test_a_thousand_weeks_of_invented_tickers_come_quickly(market: MarketServer):
    began = time.monotonic()
    sizes = [len(market.query(WEEKLY, f"INVENTED-{number:05}").content) for number in range(100)]
    seconds = time.monotonic() - began

    assert min(sizes) > 300_000
    # Measured at some 290 responses a second on two cores; a tenth of that is a machine busy with other things.
    assert seconds < 100 / 29


def test_invented_tickers_grow_with_the_clock(start: Callable[..., MarketServer]):
    market = start()
    before = weeks_of(market.query(WEEKLY, "INVENTED-1"))
    market.move_clock(datetime.fromisoformat("2013-03-09T12:00:00Z"))
    after = weeks_of(market.query(WEEKLY, "INVENTED-1"))

    assert set(after) - set(before) == {"2013-03-08"}
    assert weeks_of(market.query(WEEKLY, "IBM")).keys() >= {"2013-03-01"}
    assert "2013-03-08" not in weeks_of(market.query(WEEKLY, "IBM"))


def _parameters() -> list[pytest.Mark]:
    return [mark for mark in test_it_misbehaves_once_as_told_then_behaves.pytestmark if mark.name == "parametrize"]
