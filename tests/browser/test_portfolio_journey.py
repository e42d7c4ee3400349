"""A portfolio is put together by clicking alone, sent as an address, and compared with a benchmark."""

import re
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.pages import OpenPage, picture, settle

LEGEND = "g.role-legend-label text"


def test_a_portfolio_is_put_together_and_sent(open_page: OpenPage, pictures: Path) -> None:
    page = open_page("portfolio?holdings=AAPL:40,MSFT:60&period=10Y")
    page.get_by_test_id("stMultiSelect").locator("input").focus()
    page.keyboard.type("IBM")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"holdings=AAPL%3A40%2CMSFT%3A60%2CIBM%3A50"))
    weight = page.get_by_label("Weight of IBM", exact=True)
    weight.fill("100")
    weight.press("Enter")
    expect(page).to_have_url(re.compile(r"IBM%3A100"))
    expect(page.get_by_text("are scaled to 100: AAPL 20.0 %, MSFT 30.0 % and IBM 50.0 %.")).to_be_visible()
    page.get_by_role("radio", name="Never").click()
    expect(page).to_have_url(re.compile("rebalanced=Never"))
    settle(page)
    total = page.get_by_test_id("stMetric").first.inner_text()
    picture(page, pictures / "portfolio-chosen.png")

    page.reload()
    settle(page)
    assert page.get_by_test_id("stMetric").first.inner_text() == total
    page.get_by_role("radio", name="Weekly").click()
    expect(page).to_have_url(re.compile("rebalanced=Weekly"))
    expect(page.get_by_test_id("stMetric").first).not_to_have_text(total)


def test_a_benchmark_is_a_line_beside_the_stocks_and_can_be_switched(open_page: OpenPage) -> None:
    page = open_page("compare?tickers=AAPL&tickers=MSFT&benchmark=IBM")
    settle(page)
    legend = page.get_by_test_id("stVegaLiteChart").first.locator(LEGEND)
    expect(legend).to_have_text(["AAPL", "MSFT", "IBM (benchmark)"])
    expect(page.get_by_role("heading", name="Against the benchmark")).to_be_visible()

    page.get_by_test_id("stSelectbox").filter(has_text="Benchmark").locator("input").click()
    page.get_by_role("option", name="None").click()
    expect(legend).to_have_text(["AAPL", "MSFT"])
    expect(page.get_by_role("heading", name="Against the benchmark")).to_have_count(0)
