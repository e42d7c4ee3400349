"""What every test in a browser does with a page: wait for it, take its picture, point at its charts."""

import re
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

MILLISECONDS = 90_000  # patience, not a measure: the first page of a cold server, on a machine that does other things
expect.set_options(timeout=MILLISECONDS)
OpenPage = Callable[..., Page]  # an address, `width` and `theme` to a page in a browser of its own
CHARTS = "[data-testid=stVegaLiteChart] .marks"

UNMOVED_MILLISECONDS = 700
LAYOUT = """() => {
    const charts = [...document.querySelectorAll("[data-testid=stVegaLiteChart]")]
    const drawn = charts.map(chart => chart.querySelector(".marks")?.getBoundingClientRect().toJSON())
    const state = document.querySelector("[data-testid=stApp]")?.dataset.testScriptState
    return {drawn, height: document.querySelector("[data-testid=stMain]")?.scrollHeight,
            still: state === "notRunning" && drawn.every(Boolean)}
}"""


def picture(page: Page, path: Path) -> None:
    """Take the whole page: Streamlit scrolls inside, so the window grows to what is in it."""
    size = page.viewport_size
    assert size
    settle(page)
    height = page.locator("[data-testid=stMain]").evaluate("main => main.scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": height})
    settle(page)
    page.screenshot(path=path)
    page.set_viewport_size(size)


def settle(page: Page) -> None:
    """Wait until nothing runs, every chart is drawn and nothing has moved for a moment.

    Vega says nothing when it is done, and draws a chart anew while the page around it grows.
    """
    give_up = time.monotonic() + MILLISECONDS / 1000
    before = None
    while (now := page.evaluate(LAYOUT)) != before or not now["still"]:
        assert time.monotonic() < give_up, f"the page does not come to rest: {now}"
        before = now
        page.wait_for_timeout(UNMOVED_MILLISECONDS)


def point_at(chart: Locator, across: float, down: float) -> tuple[float, float]:
    """A place of the chart, as shares of its width and height."""
    box = chart.bounding_box()
    assert box
    return box["x"] + across * box["width"], box["y"] + down * box["height"]


def tooltip_at(chart: Locator, across: float, down: float) -> Locator:
    """The tooltip at a place of a chart.

    A chart that is drawn anew or moves while its page grows has forgotten the pointer until the pointer
    moves again: it is taken away and brought back until the tooltip shows.
    """
    page, tooltip = chart.page, chart.page.locator("#vg-tooltip-element.visible")
    give_up = time.monotonic() + MILLISECONDS / 1000
    chart.scroll_into_view_if_needed()
    while True:
        page.mouse.move(0, 0)
        page.mouse.move(*point_at(chart, across, down))
        page.wait_for_timeout(300)
        if tooltip.count() or time.monotonic() > give_up:
            break
    expect(tooltip).to_be_visible(timeout=1)
    return tooltip


CHOSEN = re.compile(r"period=\d{4}-\d\d-\d\d\.\.\d{4}-\d\d-\d\d")  # two dates in the address
COLUMNS = f"{CHARTS} g.mark-rect[class*=columns_]"  # what answers of each pane


def answering(page: Page) -> list[int]:
    """How many bars answer in each pane of each chart along time."""
    numbers: list[int] = page.locator(COLUMNS).evaluate_all("groups => groups.map(group => group.childElementCount)")
    return numbers


def drag(chart: Locator, start: float, end: float, *, down: float = 0.2) -> None:
    """Drag over a chart from one share of its width to another, and wait for the period that it chooses."""
    page = chart.page
    chart.scroll_into_view_if_needed()
    page.mouse.move(*point_at(chart, start, down))
    page.mouse.down()
    for step in range(1, 6):
        page.mouse.move(*point_at(chart, start + (end - start) * step / 5, down))
    before = page.url
    page.mouse.up()
    expect(page).not_to_have_url(before)
    expect(page).to_have_url(CHOSEN)
    settle(page)
