"""The charts along the weeks in a real browser: one tooltip a week, and a period that all charts of a page follow."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from dashboards.components.colours import FELL, ROSE
from include.local_stack.postgres import EmbeddedPostgres
from tests.browser.pages import CHARTS, CHOSEN, COLUMNS, OpenPage, answering, drag, point_at, settle, tooltip_at
from tests.dashboards.gold_warehouse import database

OF_TWO, YEAR, FIVE_YEARS = "compare?tickers=IBM&tickers=MSFT&period=1Y", [53, 53, 53, 52], [262, 262, 262, 52]
POINTER = """([kind, places]) => places.forEach(([x, y], place) => {
    const name = place === 0 ? "pointerdown" : place === places.length - 1 ? "pointerup" : "pointermove"
    const event = {clientX: x, clientY: y, pointerType: kind, bubbles: true, button: 0, buttons: 1, view: window}
    document.elementFromPoint(x, y).dispatchEvent(new PointerEvent(name, event))
})"""
OUTLINES = "paths => paths.map(path => path.getAttribute('stroke'))"


def charts_along_time(page: Page) -> Locator:
    """The charts whose columns answer."""
    return page.locator(CHARTS).filter(has=page.locator("g.mark-rect[class*=columns_]"))


def expect_answering(page: Page, numbers: list[int]) -> None:
    """Wait until the panes have so many weeks."""
    expect(page.locator(f"{COLUMNS} > path")).to_have_count(sum(numbers))
    assert answering(page) == numbers


def test_all_charts_of_compare_follow_a_drag_over_one(open_watched: OpenPage) -> None:
    page = open_watched(OF_TWO)
    expect_answering(page, YEAR)
    first = page.url
    drag(charts_along_time(page).nth(2), 0.3, 0.6)
    zoomed = answering(page)
    assert len(set(zoomed)) == 1, "price, volatility, drawdown, unusual weeks"
    assert 15 < zoomed[0] < 19

    page.reload()
    expect_answering(page, zoomed)
    expect(page).to_have_url(CHOSEN)
    page.go_back()
    expect(page).to_have_url(first)
    expect_answering(page, YEAR)


def test_a_double_click_leads_back_and_spoils_no_later_drag(open_watched: OpenPage) -> None:
    page = open_watched(OF_TWO.replace("1Y", "2012-06-01..2012-09-28"))
    expect_answering(page, [18, 18, 18, 18])
    page.mouse.dblclick(*point_at(charts_along_time(page).first, 0.5, 0.5))
    expect(page).not_to_have_url(CHOSEN)
    expect_answering(page, FIVE_YEARS)
    settle(page)

    page.mouse.dblclick(*point_at(charts_along_time(page).first, 0.5, 0.5))  # nothing to lead back from
    settle(page)
    drag(charts_along_time(page).first, 0.7, 0.4)  # to the left, too
    assert 70 < answering(page)[0] < 90


def test_a_drag_takes_the_weeks_it_touches(open_watched: OpenPage) -> None:
    page = open_watched("stock?ticker=AAPL&period=2012-11-02..2013-01-04")
    expect_answering(page, [10] * 3)
    columns = page.locator(COLUMNS).first.locator("path")
    third, sixth = (columns.nth(place).bounding_box() for place in (2, 5))
    chart = charts_along_time(page).first.bounding_box()
    assert third and sixth and chart
    start, end = (
        (box["x"] + share * box["width"] - chart["x"]) / chart["width"] for box, share in ((third, 0.2), (sixth, 0.1))
    )
    drag(charts_along_time(page).first, start, end)

    expect(page).to_have_url(re.compile(re.escape("period=2012-11-16..2012-12-07")))
    expect_answering(page, [4] * 3)


def test_a_candle_answers_anywhere_in_its_week(open_watched: OpenPage) -> None:
    page = open_watched("stock?ticker=AAPL&period=1Y")
    chart = charts_along_time(page).first
    said = {tooltip_at(chart, 0.6, down).inner_text() for down in (0.2, 0.6, 0.9)}

    assert len(said) == 1
    words = re.sub(r"\s+", " ", said.pop())
    assert re.search(r"Week ending \d+ \w+ 2012 Open \(USD\) [\d.]+ High", words)
    assert re.search(r"Close \(USD\) [\d.]+ Volume \(shares\) [\d,]+ In this week –", words)


def test_a_week_that_rose_differs_from_one_that_fell(
    open_watched: OpenPage, postgres: EmbeddedPostgres, shared_gold: str
) -> None:
    ((rose, fell),) = database(postgres, shared_gold).execute(
        "select count(*) filter (where adj_close_price >= adj_open_price), "
        "count(*) filter (where adj_close_price < adj_open_price) from gold.fact_adjusted_prices "
        "where symbol = 'AAPL' and week_ending between '2012-03-02' and '2013-03-01'"
    )
    page = open_watched("stock?ticker=AAPL&period=1Y", width=400, theme="dark")
    bodies = page.locator(f"{CHARTS} g.mark-rect > path[stroke='{ROSE}'], {CHARTS} g.mark-rect > path[stroke='{FELL}']")
    drawn: list[str] = bodies.evaluate_all(OUTLINES)
    boxes = [box for body in bodies.all() if (box := body.bounding_box())]

    assert (drawn.count(ROSE), drawn.count(FELL)) == (rose, fell)
    assert drawn.count(FELL) == page.locator(f"{CHARTS} g.mark-rect > path[fill='{FELL}']").count(), "others are hollow"
    assert min(box["width"] for box in boxes) >= 4


def test_a_missing_value_is_a_dash_and_not_left_out(open_watched: OpenPage) -> None:
    page = open_watched("compare?tickers=FB&tickers=IBM&period=2012-01-06..2012-05-04&shown_as=Currency")
    tooltip = tooltip_at(charts_along_time(page).first, 0.5, 0.5)

    expect(tooltip).to_contain_text(re.compile(r"FB \(USD\)\s*–\s*IBM \(USD\)\s*\d"))


def test_breadth_answers_and_has_nothing_to_zoom(open_watched: OpenPage) -> None:
    page = open_watched()
    (chart,) = charts_along_time(page).all()
    said = re.sub(r"\s+", " ", tooltip_at(chart, 0.99, 0.3).inner_text())
    assert said == "Week ending 1 Mar 2013 Stocks up 4 Stocks down 1"

    before = page.url
    page.mouse.move(*point_at(chart, 0.3, 0.5))
    page.mouse.down()
    page.mouse.move(*point_at(chart, 0.6, 0.5), steps=5)
    page.mouse.up()
    settle(page)
    assert page.url == before


@pytest.mark.parametrize("address", [OF_TWO, "stock?ticker=AAPL&period=1Y"])
def test_a_finger_scrolls_and_does_not_zoom(open_watched: OpenPage, address: str) -> None:
    page = open_watched(address, width=400)
    chart = charts_along_time(page).first
    chart.scroll_into_view_if_needed()
    settle(page)
    before, places = page.url, [point_at(chart, across, 0.4) for across in (0.3, 0.3, 0.4, 0.5, 0.6, 0.6)]
    page.evaluate(POINTER, ["touch", places])
    page.wait_for_timeout(1_000)
    assert page.url == before

    page.evaluate(POINTER, ["mouse", places])
    expect(page).to_have_url(CHOSEN)
