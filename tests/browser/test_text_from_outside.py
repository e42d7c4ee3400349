"""Names, errors and addresses that would be links, pictures or formulas if a page interpreted them."""

from collections.abc import Iterator
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect
from psycopg import sql

from dashboards.components.plain_text import WORD_JOINER
from include.local_stack.postgres import EmbeddedPostgres
from include.settings import LOOPBACK
from tests.browser.conftest import serve
from tests.browser.pages import CHARTS, MILLISECONDS, settle, tooltip_at
from tests.dashboards.gold_warehouse import copied

PARTS = (
    "[Log in](http://evil.example/a)",
    "![picture](http://evil.example/b.png)",
    '<img src="http://evil.example/c.png" onerror="alert(1)">',
    "<script>alert(1)</script><b>loud</b>",
    "**loud** _loud_ ~~loud~~ `loud`",
    "$loud^2$ $$loud$$",
    ":material/home: :streamlit: :smile: :+1:",
    ":red[loud] :rainbow-background[loud] :red-badge[loud]",
    "http://evil.example/d www.evil.example loud@evil.example",
    "a -> b <- c -- d >= e",
    "&lt;loud&gt; [^1] | loud | 1. loud # loud",
)
TEXT = " ".join(PARTS)
# What opens over the page: the run behind a visual, and the words behind a sign.
OPENED = {"stPopoverBody": "The newest of these rows", "stTooltipContent": "By the run"}
# Whatever of the above a page would have interpreted; code is where a page itself writes batch ids.
INTERPRETED = ", ".join(
    f":is({', '.join(f'[data-testid={place}]' for place in ('stMain', *OPENED))}) {found}"
    for found in (
        "[href*=evil]:not([href*='pipeline?tab=Lineage&batch='])",  # the one address that holds a batch id
        "[src*=evil]",
        "img",
        "script",
        ".katex",
        "[data-testid=stMarkdownContainer] :is(b, em, del, table, sup, ol)",
        "[data-testid=stMarkdownContainer] h1:has-text('loud')",
        "[data-testid=stMarkdownContainer] strong:text-is('loud')",
        "[data-testid=stMarkdownContainer] code:text-is('loud')",
        "[data-testid=stMarkdownContainer] p span:text-is('loud')",
        "[data-testid=stMarkdownContainer] p :text-is('home')",
    )
)
HOSTILE_COLUMNS = {
    "gold.dim_stock": ("company_name", "sector", "industry", "currency", "exchange", "description"),
    "gold.mart_latest_week": ("company_name", "sector", "industry", "currency"),
    "gold.mart_sector_performance": ("sector",),
    "gold.mart_volatility": ("sector",),
    "ops.api_calls": ("message",),
    "ops.check_results": ("message", "rule", "checked_table"),
    "silver.rejected_rows": ("reason", "raw_values"),
}


@pytest.fixture(scope="module")
def hostile_url(
    postgres: EmbeddedPostgres, gold_template: str, lake: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a dashboard whose warehouse says nothing but what should not be interpreted."""
    for warehouse in copied(postgres, gold_template):
        text, batch = (sql.Literal(words).as_string() for words in (TEXT, f"gold_star_schema:{TEXT}"))
        for table, names in HOSTILE_COLUMNS.items():
            found = {name for (name,) in warehouse.execute(_columns_of(table))}
            changes = [f"{name} = {text} || coalesce(' ' || {name}, '')" for name in names if name in found]
            assert changes, table
            warehouse.execute(f"update {table} set {', '.join(changes)}")
        for table in ("publications", "fact_adjusted_prices", "mart_latest_week"):
            warehouse.execute(f"update gold.{table} set execution_batch_id = {batch}")
        warehouse.execute(f"update ops.pipeline_runs set error = {text} where status = 'failed'")
        warehouse.execute("update ops.check_results set status = 'fail' where check_name = 'prices_are_positive'")
        with serve(warehouse, lake, tmp_path_factory.mktemp("hostile") / "log") as url:
            yield url


def _columns_of(table: str) -> str:
    schema, name = table.split(".")
    return (
        f"select column_name from information_schema.columns where table_schema = '{schema}' and table_name = '{name}'"
    )


@pytest.fixture
def asked() -> list[str]:
    """The addresses that the page asked for."""
    return []


@pytest.fixture
def page(chromium: Browser, asked: list[str]) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(MILLISECONDS)
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: asked.append(f"dialog:{dialog.message}"))
    yield page
    context.close()


def words_of(page: Page) -> str:
    """What the page says, without the characters that nobody sees."""
    settle(page)
    return _without_joiners(page.get_by_test_id("stMain").inner_text())


def _without_joiners(text: str) -> str:
    return " ".join(text.replace(WORD_JOINER, "").split())


HOSTILE = urlencode({"tickers": TEXT, "sector": TEXT, "watchlist": TEXT, "batch": TEXT, "period": TEXT, "as_of": TEXT})
# How often a page says it in words; tables and charts draw theirs.
TIMES = {
    "": 1,
    "screener": 3,
    "compare": 3,
    "stock": 3,
    "sectors": 2,
    "volatility": 2,
    "pipeline": 2,
    "pipeline?tab=Lineage": 0,
    "pipeline?tab=Doubtful+data": 1,
    "pipeline?tab=Checks": 1,
}


@pytest.mark.slow("may be the first of its process to want a browser, and wants a dashboard on a gold of its own")
@pytest.mark.parametrize("address", TIMES)
def test_no_text_from_outside_is_interpreted(page: Page, hostile_url: str, asked: list[str], address: str) -> None:
    page.goto(f"{hostile_url}/{address}{'&' if '?' in address else '?'}{HOSTILE}")
    expect(page.get_by_test_id("stCaptionContainer").first).to_be_visible()
    words = words_of(page)
    page.get_by_role("button", name="Origin").first.click()
    page.get_by_role("button", name="Help").first.hover()
    for place, beginning in OPENED.items():
        expect(page.get_by_test_id(place)).to_contain_text(beginning)
        words += f" {_without_joiners(page.get_by_test_id(place).inner_text())}"

    assert not page.get_by_test_id("stException").count()
    assert words.count(TEXT) >= TIMES[address], words
    assert page.locator(INTERPRETED).evaluate_all("found => found.map(element => element.outerHTML)") == []
    assert {urlsplit(url).hostname for url in asked if urlsplit(url).scheme not in {"blob", "data"}} == {LOOPBACK}


@pytest.mark.parametrize(("address", "name"), [("compare", "tickers"), ("stock", "ticker")])
def test_an_unknown_ticker_is_named_as_it_was_written(page: Page, hostile_url: str, address: str, name: str) -> None:
    page.goto(f"{hostile_url}/{address}?{urlencode({name: TEXT})}")

    expect(page.get_by_test_id("stAlert").first).to_contain_text("not in this warehouse")
    assert f"{TEXT}: not in this warehouse" in words_of(page)


def test_a_tooltip_is_text_too(page: Page, hostile_url: str, asked: list[str]) -> None:
    page.goto(f"{hostile_url}/sectors")
    bars = page.locator(f"{CHARTS} .mark-rect path")
    expect(bars.first).to_be_visible()
    settle(page)

    tooltip = tooltip_at(bars.first, 0.5, 0.5)
    assert TEXT in " ".join(tooltip.inner_text().split())
    assert tooltip.locator("img, script, b, a").count() == 0
    assert {urlsplit(url).hostname for url in asked if urlsplit(url).scheme not in {"blob", "data"}} == {LOOPBACK}
