"""An S3 that does not do as it is asked, in words: to commands, in the ledgers of a run, without a secret."""

import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import botocore.endpoint
import pytest
from rich.console import Console
from typer.testing import CliRunner

from include import steps
from include.airflow_client.runs import Run
from include.bronze.store import BronzeStore, open_store
from include.commands.__main__ import app
from include.commands.output.run_results import print_counts
from include.errors import LakeError, LakeRefuses, ObjectCorrupt, ObjectMissing, TickersFailed
from include.settings import LOOPBACK, get_settings
from include.silver.weeks import WEEKLY_ADJUSTED
from include.warehouse.connection import connect
from tests.conftest import free_port
from tests.faulty_s3 import Fault, FaultyS3
from tests.market_server import MarketServer
from tests.tls import Authority

WEEKLY, BATCH = "weekly_adjusted_prices", "weekly_adjusted_prices:run-1"
KEY_ID, SECRET = "AKIAINVENTED", "SECRETOFATEST"
COMMANDS = {
    "as-of": ["as-of", "IBM", "2013-03-02"],
    "replay": ["replay"],
    "accept": ["accept", "IBM", "2013-02-15"],
}
Break = Callable[..., FaultyS3]


@pytest.fixture
def break_lake(shared_market: MarketServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Break]:
    """Let the settings name an S3 with these faults, until it is mended; nobody waits between two tries."""
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=lambda _: None))
    with ExitStack() as servers:

        def break_it(*faults: Fault) -> FaultyS3:
            s3 = servers.enter_context(FaultyS3(*faults))
            name_lake(monkeypatch, s3.url)
            return s3

        yield break_it


def name_lake(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY_ID)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    get_settings.cache_clear()
    open_store.cache_clear()


def mend_lake(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    open_store.cache_clear()


def ask(query: str) -> list[tuple[object, ...]]:
    with connect() as connection:
        return connection.execute(query.encode()).fetchall()


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ((503, "SlowDown"), "at the moment (SlowDown); a later try may"),
        ((503, "ServiceUnavailable"), "at the moment (ServiceUnavailable); a later try may"),
        ((500, "InternalError"), "at the moment (InternalError); a later try may"),
        (
            (403, "AccessDenied"),
            "(AccessDenied): the key of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY needs",
        ),
        ((403, "SignatureDoesNotMatch"), "does not accept the credentials (SignatureDoesNotMatch): check AWS_ACCESS"),
        ((403, "InvalidAccessKeyId"), "does not accept the credentials (InvalidAccessKeyId): check AWS_ACCESS"),
        ((400, "AuthorizationHeaderMalformed"), "(AuthorizationHeaderMalformed): set AWS_DEFAULT_REGION"),
        ((400, "InvalidRegionName"), "is in another region than requests say (InvalidRegionName): set AWS_DEFAULT"),
        ((403, "RequestTimeTooSkewed"), "finds that this machine's clock is wrong"),
        ((404, "NoSuchBucket"), "has no bucket test-"),
        ((409, "OperationAborted"), "at the moment (OperationAborted)"),
        ((418, "Teapot"), "(Teapot)"),
    ],
)
def test_a_command_says_it_in_one_sentence(break_lake: Break, command: str, fault: Fault, words: str) -> None:
    s3 = break_lake(fault)

    ended = CliRunner().invoke(app, COMMANDS[command])

    assert ended.exit_code == 1
    assert ended.stderr.startswith("Error: ")
    assert len(ended.stderr.splitlines()) == 1
    assert s3.url in ended.stderr
    assert words in ended.stderr
    assert not [secret for secret in (KEY_ID, SECRET, "Signature=") if secret in ended.output]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_lake_that_is_not_there_is_said(break_lake: Break, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    url = f"http://{LOOPBACK}:{free_port()}"
    name_lake(monkeypatch, url)

    ended = CliRunner().invoke(app, COMMANDS[command])

    said = f"Error: S3 does not answer at {url} (EndpointConnectionError): AWS_ENDPOINT_URL names it\n"
    assert (ended.exit_code, ended.stderr) == (1, said)


@contextmanager
def tls_endpoint(greet: Callable[[socket.socket], object]) -> Iterator[str]:
    """The address of a server that speaks TLS, or does not, as `greet` does."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):  # the client did not like the certificate
                greet(self.request)

    with socketserver.ThreadingTCPServer((LOOPBACK, 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"https://localhost:{server.server_address[1]}"
        server.shutdown()


def shake_hands(authority: Authority) -> Callable[[socket.socket], object]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*authority.issue("localhost"))
    return lambda client: context.wrap_socket(client, server_side=True)


UNTRUSTED = "the certificate of S3 at {url} is not trusted: set AWS_CA_BUNDLE"
AWAY = "S3 does not answer at {url} (SSLError): AWS_ENDPOINT_URL names it"


@pytest.mark.parametrize(
    ("greeting", "kind", "words"),
    [
        ("with a certificate", LakeRefuses, UNTRUSTED),
        ("then hang up, as a proxy that restarts", LakeError, AWAY),
        ("without TLS", LakeError, AWAY),
    ],
)
def test_only_a_certificate_that_is_not_trusted_is_said_to_be_that(
    break_lake: Break, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, greeting: str, kind: type[LakeError], words: str
) -> None:
    del break_lake  # but for nobody's waiting
    greetings: dict[str, Callable[[socket.socket], object]] = {
        "with a certificate": shake_hands(Authority(tmp_path / "unknown")),
        "then hang up, as a proxy that restarts": lambda client: client.recv(65_536),
        "without TLS": lambda client: client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    }
    with tls_endpoint(greetings[greeting]) as url, pytest.raises(LakeError) as raised:
        name_lake(monkeypatch, url)
        open_store().newest_key(WEEKLY_ADJUSTED.name, "IBM")

    assert type(raised.value) is kind
    assert str(raised.value) == words.format(url=url)


def test_a_lake_that_is_busy_is_asked_again(break_lake: Break) -> None:
    s3 = break_lake((503, "SlowDown"), (503, "SlowDown"), (200, ""))

    ended = CliRunner().invoke(app, COMMANDS["as-of"])

    assert "IBM: nothing was known by 2013-03-02" in ended.stderr
    assert s3.asked > 3


@pytest.mark.parametrize(
    ("airflow_url", "advice"), [("", "is the stack up? `make status`"), ("http://api-server:8080", "is the stack up?")]
)
def test_the_stacks_own_lake_has_settings_of_its_own_in_containers_too(
    break_lake: Break, monkeypatch: pytest.MonkeyPatch, airflow_url: str, advice: str
) -> None:
    s3, silent = break_lake((403, "SignatureDoesNotMatch")), free_port()
    monkeypatch.setenv("AIRFLOW_URL", airflow_url)
    said = []
    for port in (s3.url.rpartition(":")[2], silent):
        monkeypatch.setenv("S3_PORT", str(port))
        name_lake(monkeypatch, "")
        with pytest.raises(LakeError) as raised:
            open_store().newest_key(WEEKLY_ADJUSTED.name, "IBM")
        said.append(str(raised.value).removeprefix("S3 "))

    check = "check EMBEDDED_S3_ACCESS_KEY and EMBEDDED_S3_SECRET_KEY"
    assert said == [
        f"at {s3.url} does not accept the credentials (SignatureDoesNotMatch): {check}",
        f"does not answer at http://{LOOPBACK}:{silent} (EndpointConnectionError): {advice}",
    ]


def test_a_run_without_its_lake_says_why_in_the_ledger(break_lake: Break) -> None:
    break_lake((403, "SignatureDoesNotMatch"))

    with pytest.raises(LakeRefuses, match="does not accept the credentials"):
        steps.plan(WEEKLY, BATCH, symbols=["IBM"])
    with pytest.raises(TickersFailed, match="does not accept the credentials"):
        steps.report(WEEKLY, BATCH, failed_tasks=["plan"])

    [(status, error)] = ask("select status, error from ops.pipeline_runs")
    assert status == "failed"
    assert "does not accept the credentials (SignatureDoesNotMatch)" in str(error)
    shown = Console(record=True, width=300, file=StringIO())
    print_counts(shown, Run(WEEKLY, "run-1"), went_well=False)
    assert "nothing can have changed" not in shown.export_text()


@pytest.mark.parametrize(
    ("task", "begins"), [("fetch", "S3 at http://"), ("normalize", "fetched, but not loaded: S3 at http://")]
)
def test_a_ticker_says_what_the_lake_said(
    break_lake: Break, monkeypatch: pytest.MonkeyPatch, s3_environment: dict[str, str], task: str, begins: str
) -> None:
    steps.plan(WEEKLY, BATCH, symbols=["IBM"])
    if task == "normalize":
        steps.fetch(WEEKLY, ["IBM"], BATCH)
    break_lake((503, "SlowDown"))

    with pytest.raises(LakeError, match="SlowDown"):
        getattr(steps, task)(WEEKLY, ["IBM"], BATCH)
    with pytest.raises(TickersFailed, match=rf"IBM: {begins}.* \(SlowDown\); a later try may"):
        steps.report(WEEKLY, BATCH, failed_tasks=[task])

    mend_lake(monkeypatch, s3_environment)
    for step in (steps.fetch, steps.normalize):
        [group] = steps.plan(WEEKLY, f"{WEEKLY}:run-2", symbols=["IBM"], force=step is steps.fetch) or [[]]
        step(WEEKLY, group, f"{WEEKLY}:run-2")
    assert ask("select count(*) > 600 from silver.weekly_adjusted_prices") == [(True,)]


def test_an_outage_while_silver_is_loaded_is_no_verdict_on_an_object(
    break_lake: Break, monkeypatch: pytest.MonkeyPatch, s3_environment: dict[str, str]
) -> None:
    steps.plan(WEEKLY, BATCH, symbols=["IBM"])
    steps.fetch(WEEKLY, ["IBM"], BATCH)

    def read(*_: object) -> bytes:
        raise LakeError("S3 is away")

    with monkeypatch.context() as disturbed:
        disturbed.setattr(BronzeStore, "read_payload", read)
        with pytest.raises(LakeError):
            steps.normalize(WEEKLY, ["IBM"], BATCH)

    assert ask("select count(*) from silver.loaded_payloads") == [(0,)]
    assert steps.normalize(WEEKLY, ["IBM"], BATCH) > 600


@pytest.mark.parametrize(
    ("is_deleted", "kind", "words"),
    [(True, ObjectMissing, "no such object in bucket"), (False, ObjectCorrupt, "does not unpack")],
)
def test_an_object_that_changes_behind_the_embedded_server_is_named(
    shared_market: MarketServer, stack_home: Path, is_deleted: bool, kind: type[Exception], words: str
) -> None:
    store, now = open_store(), datetime(2013, 3, 2, tzinfo=UTC)
    keys = [
        store.write_payload(WEEKLY_ADJUSTED.name, "IBM", body * 99, fetched_at=now + timedelta(hours=hour))
        for hour, body in enumerate((b"one", b"another"))
    ]
    assert store.read_payload(keys[0]) == b"one" * 99  # and so the server knows its size
    file = stack_home / "s3" / get_settings().bronze.bucket / str(keys[0])
    if is_deleted:
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:20])
    time.sleep(1.1)

    with pytest.raises(kind, match=f"IBM/.*{words}"):
        store.read_payload(keys[0])

    assert store.read_payload(keys[1]) == b"another" * 99
