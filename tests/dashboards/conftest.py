"""Pages opened on a warehouse of the test's own."""

from collections.abc import Callable, Iterator

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from include.settings import PROJECT_ROOT, get_settings
from tests.dashboards.gold_warehouse import Warehouse, empty_warehouse, gold_template, warehouse

__all__ = ["empty_warehouse", "gold_template", "open_page", "read_from", "warehouse"]

APP = PROJECT_ROOT / "dashboards/app.py"
PAGE_SECONDS = 60


@pytest.fixture
def read_from(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Warehouse], None]]:
    """Point the settings of this process at a warehouse; nothing is remembered from the one before."""

    def point_at(warehouse: Warehouse) -> None:
        for name, value in warehouse.environment.items():
            monkeypatch.setenv(name, value)
        get_settings.cache_clear()
        st.cache_data.clear()

    yield point_at
    get_settings.cache_clear()
    st.cache_data.clear()


@pytest.fixture
def open_page(read_from: Callable[[Warehouse], None]) -> Callable[..., AppTest]:
    """Open the dashboard at an address: `open_page(warehouse, tickers=["IBM"], period="1Y")`."""

    def open_at(warehouse: Warehouse, **query: str | list[str]) -> AppTest:
        read_from(warehouse)
        app = AppTest.from_file(str(APP), default_timeout=PAGE_SECONDS)
        for name, value in query.items():
            app.query_params[name] = value
        return app.run()

    return open_at
