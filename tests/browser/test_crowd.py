"""More tickers than colours in *Compare*: the line that is pointed at is told, and a drag still chooses a period."""

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, expect

from dashboards.components.colours import MARKED
from include.local_stack.postgres import EmbeddedPostgres
from tests.browser.conftest import opener, serve
from tests.browser.pages import CHARTS, OpenPage, drag, settle, tooltip_at
from tests.dashboards.gold_warehouse import copied
from tests.dashboards.more_stocks import add_stocks

DRAWN = "[data-testid=stVegaLiteChart] canvas"
# How much of the first chart is drawn in the colour of what is marked.
PIXELS = """(canvas, colour) => {
    const [red, green, blue] = colour.match(/[0-9A-F]{2}/gi).map(part => parseInt(part, 16))
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data
    let found = 0
    for (let at = 0; at < pixels.length; at += 4) {
        found += pixels[at] === red && pixels[at + 1] === green && pixels[at + 2] === blue
    }
    return found
}"""


@pytest.fixture
def open_crowd(
    chromium: Browser,
    postgres: EmbeddedPostgres,
    gold_template: str,
    lake: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[OpenPage]:
    """Open pages over a warehouse of 20 stocks."""
    for warehouse in copied(postgres, gold_template):
        add_stocks(warehouse, 15)
        with (
            serve(warehouse, lake, tmp_path_factory.mktemp("crowd") / "log") as url,
            opener(chromium, url, widest=1440, height=1400) as open_at,
        ):
            yield open_at


@pytest.mark.slow("wants a dashboard of its own over 20 stocks")
def test_the_nearest_line_is_coloured_and_told(open_crowd: OpenPage) -> None:
    chosen = ["AAPL", "FB", "GOOG", "IBM", "MSFT", *(f"S{place:02}" for place in range(15, 0, -1))]
    page = open_crowd(f"compare?{urlencode({'tickers': chosen, 'period': '3Y', 'log': 'true'}, doseq=True)}")
    settle(page)
    chart = page.locator(CHARTS).first
    tooltip = tooltip_at(chart, 0.5, 0.85)  # below all lines: the lowest is the nearest

    expect(tooltip).to_contain_text("S01")
    expect(tooltip).not_to_contain_text("AAPL")
    canvas = page.locator(DRAWN).first
    assert canvas.evaluate(PIXELS, MARKED) > 300
    page.mouse.move(0, 0)
    page.wait_for_timeout(300)
    assert canvas.evaluate(PIXELS, MARKED) == 0

    drag(chart, 0.3, 0.6)
