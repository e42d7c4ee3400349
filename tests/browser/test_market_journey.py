"""A viewer walks through the weeks of the market: by buttons, by the address, by the browser's own back and forward."""

import re
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.browser.pages import OpenPage, picture, settle


def shows(page: Page, day: str) -> None:
    """Wait until the page has told the week that ended on a day."""
    expect(page.get_by_test_id("stMarkdown").filter(has_text=f"ended on {day}")).to_be_visible()
    settle(page)


def test_a_viewer_goes_back_by_weeks_and_sends_one(open_page: OpenPage, pictures: Path) -> None:
    page = open_page()
    shows(page, "1 March 2013")
    page.get_by_role("button", name="Back", exact=True).click()
    shows(page, "22 February 2013")
    page.get_by_role("button", name="Back", exact=True).click()
    shows(page, "15 February 2013")
    expect(page).to_have_url(re.compile(r"\?week=2013-02-15$"))
    best = page.get_by_test_id("stMetric").filter(has_text="Best").inner_text()
    picture(page, pictures / "market-earlier-week.png")

    page.go_back()
    shows(page, "22 February 2013")
    expect(page).to_have_url(re.compile(r"\?week=2013-02-22$"))
    page.go_back()
    shows(page, "1 March 2013")
    assert not urlsplit(page.url).query
    page.go_forward()
    shows(page, "22 February 2013")
    page.get_by_role("button", name="Newest", exact=True).click()
    shows(page, "1 March 2013")
    assert not urlsplit(page.url).query

    sent = open_page("?week=2013-02-15")
    shows(sent, "15 February 2013")
    assert sent.get_by_test_id("stMetric").filter(has_text="Best").inner_text() == best
