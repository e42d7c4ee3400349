"""The page Technical in a real browser: its marks, one tooltip for all panes, and a zoom that the address keeps."""

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages import CHARTS, CHOSEN, COLUMNS, answering, drag, picture, point_at, tooltip_at

PANES = 4
MARKS = """groups => groups.flatMap(group => [...group.children].map(mark =>
    [mark.getAttribute("aria-label") ?? "", (mark.getAttribute("d") ?? "").match(/[ML]/g)?.length ?? 1]))"""
OF_EACH_BAR = (
    *("Low to High", "body to Close", "SMA 50", "EMA 12", "band_lower", "Bollinger upper", "Volume", "Mean volume"),
    *("RSI 14", "MACD minus signal", "MACD", "MACD signal"),
)


@pytest.fixture
def open_technical(open_watched: Callable[..., Page]) -> Callable[..., Page]:
    """Open the page at a query."""
    return lambda query="", **window: open_watched(f"technical{query}", **window)


def bars(page: Page) -> int:
    """How many bars answer in each pane."""
    numbers = answering(page)
    assert len(numbers) == PANES
    assert len(set(numbers)) == 1
    return numbers[0]


def expect_bars(page: Page, number: int) -> None:
    """Wait until each pane has so many bars that answer."""
    expect(page.locator(f"{COLUMNS} > path")).to_have_count(PANES * number)
    assert bars(page) == number


def drawn(page: Page) -> dict[str, int]:
    """What is drawn of bars, by the fields it is drawn from: how many marks, or points of a line or an area."""
    numbers = Counter[str]()
    for kind in ("rect", "rule", "line", "area"):
        for label, points in page.locator(f"{CHARTS} g.mark-{kind}").evaluate_all(MARKS):
            fields = dict(part.split(": ", 1) for part in label.split("; ") if part)
            if fields.pop("Day", None) and fields:  # no guide, no column that answers, nor the rule where it does
                numbers[fields.get("name") or " to ".join(fields)] += points if kind in {"line", "area"} else 1
    return numbers


def test_a_drag_zooms_all_panes_and_the_address_keeps_it(open_technical: Callable[..., Page], pictures: Path) -> None:
    page = open_technical("?ticker=AAPL")
    expect_bars(page, 250)
    drag(page.locator(CHARTS), 0.3, 0.6)
    zoomed, first = bars(page), page.url
    assert 60 < zoomed < 90
    picture(page, pictures / "technical-zoomed.png")

    drag(page.locator(CHARTS), 0.3, 0.6)
    assert bars(page) < zoomed
    page.go_back()
    expect(page).to_have_url(first)
    expect_bars(page, zoomed)
    page.reload()
    expect_bars(page, zoomed)
    expect(page).to_have_url(first)
    page.go_back()
    expect_bars(page, 250)


def test_a_double_click_and_a_button_lead_back(open_technical: Callable[..., Page]) -> None:
    overlays = "".join(f"&overlays={name}" for name in ("SMA+50", "EMA+12", "Bollinger+bands"))
    page = open_technical(f"?ticker=AAPL&period=2012-06-01..2012-07-31{overlays}")
    expect_bars(page, 42)
    assert drawn(page) == dict.fromkeys(OF_EACH_BAR, 42) | {"band_lower to Bollinger upper": 2 * 42}  # an area
    page.mouse.dblclick(*point_at(page.locator(CHARTS), 0.5, 0.2))
    expect(page).not_to_have_url(CHOSEN)
    expect_bars(page, 250)

    page.go_back()
    expect_bars(page, 42)
    page.get_by_role("button", name="Reset zoom").click()
    expect(page).not_to_have_url(CHOSEN)


def test_a_bar_answers_anywhere_in_its_column_in_every_pane(open_technical: Callable[..., Page]) -> None:
    page = open_technical("?ticker=AAPL")
    rules = page.locator(f"{CHARTS} g.mark-rule > line")
    undisturbed, said = rules.count(), []
    for down in (0.1, 0.55, 0.7, 0.9):
        said.append(tooltip_at(page.locator(CHARTS), 0.6, down).inner_text())
        expect(rules).to_have_count(undisturbed + PANES)

    assert len(set(said)) == 1
    assert all(
        words in said[0] for words in ("Session", "Close (USD)", "Volume (shares)", "SMA 50 (USD)", "RSI 14 (0 to 100)")
    )


def test_warm_up_is_a_dash_and_no_line(open_technical: Callable[..., Page]) -> None:
    page = open_technical("?ticker=FB&period=2012-05-18..2012-06-08")
    tooltip = tooltip_at(page.locator(CHARTS), 0.5, 0.2)

    expect(tooltip).to_contain_text(re.compile(r"SMA 50 \(USD\)\s*–"))
    expect(tooltip).to_contain_text(re.compile(r"Close \(USD\)\s*\d"))
    assert drawn(page) == {"Low to High": 15, "body to Close": 15, "Volume": 15, "RSI 14": 1}


def test_weeks_have_a_page_of_their_own_period(open_technical: Callable[..., Page]) -> None:
    page = open_technical("?ticker=MSFT&bars=Weeks&period=1Y", width=400, theme="dark")

    expect_bars(page, 53)
    expect(page.get_by_text("53 weeks, hollow")).to_be_visible()
