"""The dashboard as a person meets it: a Streamlit server of its own and headless Chromium."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from include.bronze.s3_errors import Lake
from include.bronze.store import BronzeStore, s3_client
from include.local_stack.postgres import EmbeddedPostgres
from include.settings import LOOPBACK, PROJECT_ROOT, SAMPLE_SYMBOLS, Settings
from include.silver.weeks import WEEKLY_ADJUSTED
from tests.browser.pages import CHARTS, MILLISECONDS, OpenPage, settle
from tests.conftest import free_port
from tests.dashboards.gold_warehouse import (
    FETCHED_AT,
    KNOWN_EARLIER,
    Warehouse,
    body_of,
    copied,
    database,
    gold_template,
    shared_gold,
)

__all__ = ["copied", "gold_template", "shared_gold"]

START_SECONDS = 60
NOT_FOUND = "404"  # Streamlit asks for files of a host that it does not have
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
# As root Chromium cannot build its sandbox; the pages it opens are our own.
CHROMIUM_OPTIONS = ["--no-sandbox", "--disable-background-networking"]


@pytest.fixture(scope="session")
def pictures() -> Path:
    """Where the screenshots go."""
    folder = PROJECT_ROOT / "test-output"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def lake(s3_url: str, secrets: dict[str, str]) -> dict[str, str]:
    """The settings of a lake that holds the answers of two days for each stock."""
    keys = {
        "aws_access_key_id": secrets["EMBEDDED_S3_ACCESS_KEY"],
        "aws_secret_access_key": secrets["EMBEDDED_S3_SECRET_KEY"],
    }
    settings = Settings(aws_endpoint_url=s3_url, bronze_bucket="browser-lake", **keys)
    store = BronzeStore(s3_client(settings), Lake.of(settings))
    store.ensure_bucket()
    for symbol in SAMPLE_SYMBOLS:
        for fetched_at in (KNOWN_EARLIER, FETCHED_AT):
            body = body_of(WEEKLY_ADJUSTED.name, symbol, fetched_at)
            store.write_payload(WEEKLY_ADJUSTED.name, symbol, body, fetched_at=fetched_at)
    return {
        "AWS_ENDPOINT_URL": s3_url,
        "BRONZE_BUCKET": settings.bronze.bucket,
        **{name.upper(): value for name, value in keys.items()},
    }


@pytest.fixture(scope="session")
def dashboard_url(
    postgres: EmbeddedPostgres, shared_gold: str, lake: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a running dashboard over the sample market."""
    with serve(database(postgres, shared_gold), lake, tmp_path_factory.mktemp("dashboard") / "log") as url:
        yield url


@contextmanager
def serve(warehouse: Warehouse, lake: dict[str, str], log: Path) -> Iterator[str]:
    """Run a dashboard over a warehouse and a lake; its address."""
    url = f"http://{LOOPBACK}:{free_port()}"
    command = [sys.executable, "-m", "streamlit", "run", PROJECT_ROOT / "dashboards/app.py"]
    environment = os.environ | warehouse.environment | lake
    with log.open("wb") as output:
        server = subprocess.Popen(
            [*command, "--server.port", url.rpartition(":")[2]], env=environment, stdout=output, stderr=output, cwd="/"
        )
    try:
        _wait_for(url, server, log)
        yield url
    finally:
        server.terminate()
        server.wait(timeout=15)


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    give_up = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up and server.poll() is None:
        try:
            httpx.get(f"{url}/_stcore/health", timeout=1).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError(f"the dashboard does not start: {log.read_text()}")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The machine's own Chromium: Playwright downloads none."""
    path = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if path is None:
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_OPTIONS)
        yield browser
        browser.close()


@contextmanager
def opener(
    chromium: Browser, url: str, *, widest: int, height: int, watch: Callable[[Page], None] = lambda _: None
) -> Iterator[OpenPage]:
    """Open pages, each in a browser of its own, until the block ends; `watch` is called before a page is asked for."""
    contexts = []

    def open_at(address: str = "", *, width: int = widest, theme: str = "light") -> Page:
        # A viewer west of Greenwich: a date that is read as a moment would show as the day before.
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if theme == "dark" else "light",
            timezone_id="America/New_York",
            accept_downloads=True,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(MILLISECONDS)
        watch(page)
        page.goto(f"{url}/{address}")
        expect(page.locator(CHARTS).first).to_be_visible(timeout=MILLISECONDS)
        return page

    yield open_at
    for context in contexts:
        context.close()


@pytest.fixture
def open_page(chromium: Browser, dashboard_url: str) -> Iterator[OpenPage]:
    """Open a page: `open_page("compare?tickers=IBM", width=400, theme="dark")`."""
    with opener(chromium, dashboard_url, widest=1280, height=900) as open_at:
        yield open_at


@pytest.fixture
def open_watched(chromium: Browser, dashboard_url: str) -> Iterator[OpenPage]:
    """Open a page and wait until it rests; the test fails where Vega has complained on the console."""
    complaints: list[str] = []

    def watch(page: Page) -> None:
        page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))

    with opener(chromium, dashboard_url, widest=1440, height=1400, watch=watch) as open_at:

        def open_settled(address: str = "", **options: Any) -> Page:
            page = open_at(address, **options)
            settle(page)
            return page

        yield open_settled
    assert not [words for words in complaints if NOT_FOUND not in words]
