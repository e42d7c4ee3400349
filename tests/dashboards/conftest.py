"""Pages opened on a warehouse of the test's own."""

import sys
from collections.abc import Callable, Iterator

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from include.bronze.store import open_store
from include.settings import PROJECT_ROOT, get_settings
from tests.dashboards.gold_warehouse import Warehouse, empty_warehouse, gold_template, shared_gold, warehouse

__all__ = ["empty_warehouse", "gold_template", "open_page", "read_from", "shared_gold", "warehouse"]

APP = PROJECT_ROOT / "dashboards/app.py"
PAGES = ("market", "screener", "compare", "portfolio", "stock", "technical", "sectors", "volatility", "pipeline")
# A page by itself: what app.py does around the one that the navigation has chosen.
ONE_PAGE = """
import streamlit as st

from dashboards.components import links, states
from dashboards.views import compare, {page}

links.PAGES[links.COMPARE] = st.Page(compare.page, url_path=links.COMPARE)
with states.error_messages():
    {page}.page()
"""
PAGE_SECONDS = 60


@pytest.fixture
def read_from(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Warehouse], None]]:
    """Point the settings of this process at a warehouse; nothing is remembered from the one before."""

    def point_at(warehouse: Warehouse) -> None:
        for name, value in warehouse.environment.items():
            monkeypatch.setenv(name, value)
        _forget()

    yield point_at
    _forget()


def _forget() -> None:
    get_settings.cache_clear()
    open_store.cache_clear()
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture
def open_page(read_from: Callable[[Warehouse], None], monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Open a page at an address: `open_page(warehouse, page="compare", tickers=["IBM"], period="1Y")`."""
    # Streamlit runs a page as the module __main__, which processes that are started later would run again.
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])

    def open_at(warehouse: Warehouse, page: str = "", **query: str | list[str]) -> AppTest:
        read_from(warehouse)
        app = AppTest.from_string(ONE_PAGE.format(page=page)) if page else AppTest.from_file(str(APP))
        app.default_timeout = PAGE_SECONDS
        for name, value in query.items():
            app.query_params[name] = value
        return app.run()

    return open_at


def said(app: AppTest) -> str:
    """Everything the page says in words, warnings included."""
    assert not app.exception, app.exception
    boxes = [*app.error, *app.warning, *app.info, *app.success]
    return "\n".join(str(element.value) for element in (*app.title, *app.caption, *app.markdown, *boxes))


def notes(app: AppTest) -> list[str]:
    """The line of provenance under each visual."""
    return [caption.value for caption in app.caption if " · as of " in caption.value]


def helps(app: AppTest) -> list[str]:
    """What the signs beside captions say when they are pointed at."""
    return [caption.proto.help for caption in app.caption if caption.proto.help]


def charts_of(app: AppTest) -> int:
    """How many charts the page draws."""
    return len(app.get("vega_lite_chart"))


def cards(app: AppTest) -> dict[str, str]:
    """The few numbers at the head, by their labels."""
    return {metric.label: metric.value for metric in app.metric}


def below_cards(app: AppTest) -> dict[str, str]:
    """The words below the few numbers: whose they are, or of when."""
    return {metric.label: metric.delta for metric in app.metric}
