"""The journeys of a viewer through the dashboard, in a real browser."""

import csv
import io
import re
import zipfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import polars as pl
import pytest
from playwright.sync_api import Browser, Page, expect

from include.settings import LOOPBACK
from tests.browser.pages import CHARTS, MILLISECONDS, OpenPage, picture, settle, tooltip_at


def chosen(page: Page) -> list[str]:
    """The tickers of the address."""
    return parse_qs(urlsplit(page.url).query).get("tickers", [])


@pytest.mark.slow("is the first to want a browser, and a dashboard on a gold of its own")
def test_a_viewer_chooses_tickers_and_sends_the_address(open_page: OpenPage, pictures: Path) -> None:
    page = open_page("compare")
    field = page.get_by_test_id("stMultiSelect")
    field.get_by_role("button", name=re.compile("FB")).click()
    expect(page).to_have_url(re.compile("tickers="))
    page.get_by_role("radio", name="1Y").click()
    expect(page).to_have_url(re.compile("period=1Y"))
    assert chosen(page) == ["AAPL", "GOOG", "IBM", "MSFT"]
    picture(page, pictures / "compare-chosen.png")

    sent = open_page("compare?" + urlsplit(page.url).query)
    expect(sent.get_by_test_id("stMultiSelect")).to_contain_text("GOOG")
    expect(sent.get_by_test_id("stMultiSelect")).not_to_contain_text("FB")
    expect(sent.get_by_text("100 = 2 March 2012").first).to_be_visible()


def test_the_keyboard_alone_adds_a_ticker(open_page: OpenPage) -> None:
    page = open_page("compare?tickers=IBM")
    page.get_by_test_id("stMultiSelect").locator("input").focus()
    page.keyboard.type("MSFT")
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile("tickers=IBM&tickers=MSFT"))


def test_a_ticker_that_does_not_exist_is_named(open_page: OpenPage) -> None:
    page = open_page("compare?tickers=IBM&tickers=ZZZZ")

    expect(page.get_by_test_id("stAlert")).to_contain_text("ZZZZ: not in this warehouse")


def test_rows_go_home_as_csv_excel_and_parquet(open_page: OpenPage) -> None:
    page = open_page("compare?tickers=IBM&period=All")
    settle(page)
    with page.expect_download() as csv_download:
        page.get_by_role("button", name="CSV", exact=True).first.click()
    with page.expect_download() as excel_download:
        page.get_by_role("button", name="Excel", exact=True).first.click()
    with page.expect_download() as parquet_download:
        page.get_by_role("button", name="Parquet", exact=True).first.click()

    lines = list(csv.DictReader(io.StringIO(csv_download.value.path().read_text())))
    assert csv_download.value.suggested_filename == "weekly_prices.csv"
    assert len(lines) == 679
    assert {line["symbol"] for line in lines} == {"IBM"}
    assert pl.read_parquet(parquet_download.value.path()).height == 679
    assert excel_download.value.suggested_filename == "weekly_prices.xlsx"
    with zipfile.ZipFile(excel_download.value.path()) as workbook:
        assert workbook.read("xl/worksheets/sheet1.xml").count(b"<row ") == 1 + 679


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (400, "dark")])
@pytest.mark.parametrize(
    "address",
    ["", "screener", "compare", "portfolio", "stock?ticker=AAPL", "technical", "sectors", "volatility", "pipeline"],
)
def test_a_page_fits_its_window(open_page: OpenPage, pictures: Path, address: str, width: int, theme: str) -> None:
    page = open_page(address, width=width, theme=theme)
    name = address.partition("?")[0] or "market"
    picture(page, pictures / f"{name}-{width}-{theme}.png")

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert not page.get_by_test_id("stException").count()
    assert page.locator(CHARTS).count() == page.get_by_test_id("stVegaLiteChart").count() > 0  # one that fails is blank
    for chart in page.locator(CHARTS).all():
        box = chart.bounding_box()
        assert box
        assert box["x"] + box["width"] <= width


def go_to(page: Page, name: str) -> None:
    """Click the page's name in the menu."""
    page.get_by_test_id("stTopNavLink").filter(has_text=name).click()
    expect(page.locator("[data-testid=stApp]")).to_have_attribute("data-test-script-state", "notRunning")


def card(page: Page, label: str) -> str:
    """What the card of this label says."""
    return page.get_by_test_id("stMetric").filter(has_text=label).first.inner_text()


def test_a_newcomer_answers_by_clicking_alone(open_page: OpenPage, pictures: Path) -> None:
    page = open_page()

    go_to(page, "Volatility")
    expect(page.get_by_test_id("stMetric").first).to_contain_text("Most volatile")
    assert "AAPL" in card(page, "Most volatile")

    go_to(page, "Sectors")
    expect(page.get_by_test_id("stMetric").first).to_contain_text("Led the year")
    assert "Communication Services" in card(page, "Led the year")

    go_to(page, "Stock")
    page.get_by_role("radio", name="All").click()
    page.get_by_role("radio", name="Raw").click()
    expect(page.get_by_role("heading", name="Dividends and splits")).to_be_visible()
    expect(page).to_have_url(re.compile(r"period=All.*price=Raw|price=Raw.*period=All"))
    picture(page, pictures / "stock-split-raw.png")

    go_to(page, "Pipeline")
    expect(page.get_by_test_id("stMetric").first).to_contain_text("Fresh tickers")
    assert "5 of 5" in card(page, "Fresh tickers")
    page.get_by_role("button", name="Origin").first.click()
    expect(page.get_by_text("were written by weekly_adjusted_prices:test")).to_be_visible()


def test_a_ticker_in_a_table_opens_its_page_and_leaves_this_one_as_it_is(open_page: OpenPage) -> None:
    page = open_page("compare?tickers=IBM&tickers=MSFT&period=1Y")
    settle(page)
    table = page.get_by_test_id("stDataFrame").first
    table.scroll_into_view_if_needed()
    settle(page)
    box = table.bounding_box()
    assert box
    first_ticker = box["x"] + 16, box["y"] + 52  # below the head
    page.mouse.move(*first_ticker)  # a grid learns on the way what lies below the pointer
    page.wait_for_timeout(300)
    with page.context.expect_page() as opened:
        page.mouse.click(*first_ticker)

    expect(opened.value).to_have_url(re.compile(r"/stock\?ticker=IBM&period=1Y$"))
    expect(opened.value.get_by_role("combobox", name="Ticker")).to_have_value(re.compile("^IBM"))
    assert chosen(page) == ["IBM", "MSFT"]


def test_the_keyboard_alone_opens_a_stock_of_a_table(open_page: OpenPage) -> None:
    page = open_page("compare?tickers=GOOG&tickers=IBM")
    settle(page)
    page.locator(".st-key-returns_stock").get_by_role("button").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem")).to_have_text(["GOOG", "IBM"])
    page.wait_for_timeout(500)  # the menu takes the keys once it has unfolded
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem", name="IBM")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(r"/stock\?ticker=IBM"))
    expect(page.get_by_role("combobox", name="Ticker")).to_have_value(re.compile("^IBM"))


def test_the_series_of_an_earlier_day_can_be_sent(open_page: OpenPage, pictures: Path) -> None:
    page = open_page("stock?ticker=AAPL")
    field = page.get_by_test_id("stDateInput").filter(has_text="As known on")
    field.scroll_into_view_if_needed()
    expect(page.get_by_text("Known by 2 March 2013")).to_be_visible()
    # Day, month and year are three fields: typed, as a person without a mouse does it.
    parts = field.get_by_role("spinbutton")
    for part, value in zip(parts.all(), ("2012", "10", "20"), strict=True):
        part.click()
        page.keyboard.type(value)
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")  # the calendar
    expect(page.get_by_text("Known by 20 October 2012")).to_be_visible()
    expect(page).to_have_url(re.compile("as_of=2012-10-20"))
    picture(page, pictures / "stock-as-of.png")

    sent = open_page("stock?" + urlsplit(page.url).query)
    expect(sent.get_by_text("Known by 20 October 2012")).to_be_visible()


def test_the_tooltip_names_the_week_and_every_ticker(open_page: OpenPage) -> None:
    page = open_page("compare?tickers=IBM&tickers=MSFT&period=1Y")
    settle(page)

    tooltip = tooltip_at(page.locator(CHARTS).first, 0.99, 0.5)
    expect(tooltip).to_contain_text("1 Mar 2013")
    expect(tooltip).to_contain_text("IBM")
    expect(tooltip).to_contain_text("MSFT")


def test_stocks_are_screened_compared_and_screened_on(open_page: OpenPage, pictures: Path) -> None:
    page = open_page("screener")
    expect(page.get_by_role("heading", name="5 of 5 stocks")).to_be_visible()
    page.get_by_label("Return of 52 weeks from").fill("0")
    page.keyboard.press("Tab")  # into the other bound, which is typed while the page runs
    page.keyboard.type("25")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/screener\?return_52w_pct=0\.\.25$"))
    heading = page.get_by_role("heading", name="1 of 5 stocks")
    expect(heading).to_be_visible()
    picture(page, pictures / "screener-found.png")

    page.get_by_role("link", name="Compare 1 stock").click()
    expect(page).to_have_url(re.compile(r"/compare\?tickers=IBM$"))
    expect(page.get_by_test_id("stMultiSelect").filter(has_text="Tickers")).to_contain_text("IBM")
    page.go_back()
    expect(heading).to_be_visible()
    page.reload()
    expect(heading).to_be_visible()
    expect(page.get_by_label("Return of 52 weeks to")).to_have_value("25")
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV", exact=True).first.click()
    assert [line["symbol"] for line in csv.DictReader(io.StringIO(download.value.path().read_text()))] == ["IBM"]


def test_a_ticker_is_found_by_the_name_of_its_company(open_page: OpenPage) -> None:
    page = open_page("stock?ticker=IBM")
    field = page.get_by_role("combobox", name="Ticker")
    field.click()
    page.keyboard.type("apple")
    expect(page.get_by_role("option")).to_have_text(["AAPL · Apple Inc"])
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/stock\?ticker=AAPL$"))

    page.go_back()
    expect(field).to_have_value(re.compile("^IBM"))

    page = open_page("compare?tickers=IBM")
    page.get_by_role("combobox", name="Tickers").click()
    page.keyboard.type("microsoft")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/compare\?tickers=IBM&tickers=MSFT$"))


def test_nothing_is_loaded_from_elsewhere(chromium: Browser, dashboard_url: str) -> None:
    asked: list[str] = []
    page = chromium.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(dashboard_url)
    expect(page.locator(CHARTS).first).to_be_visible(timeout=MILLISECONDS)
    page.close()

    assert asked
    hosts = {urlsplit(url).hostname for url in asked if urlsplit(url).scheme in {"http", "https", "ws", "wss"}}
    assert hosts == {LOOPBACK}
