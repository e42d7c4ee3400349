"""What holds of every page: its states, its provenance, its market."""

import re
import socket
from collections.abc import Callable
from urllib.parse import quote

import pytest
from streamlit.testing.v1 import AppTest

from dashboards.views.pipeline import TABS
from include.settings import LOOPBACK
from tests.dashboards.conftest import APP, PAGES, charts_of, notes, said
from tests.dashboards.gold_warehouse import GOLD_BATCH, Warehouse

OpenPage = Callable[..., AppTest]


def test_the_dashboard_opens_with_the_market(open_page: OpenPage, warehouse: Warehouse) -> None:
    app = open_page(warehouse)

    assert not app.exception
    assert [title.value for title in app.title] == ["What happened in the market this week?"]


def test_every_page_of_the_navigation_is_tested_here() -> None:
    assert sorted(re.findall(r"st\.Page\(\s*(\w+)\.page", APP.read_text())) == sorted(PAGES)


@pytest.mark.parametrize(
    ("page", "chosen"), [*((page, {}) for page in PAGES), *(("pipeline", {"tab": tab}) for tab in TABS[1:])]
)
def test_every_visual_says_unit_day_market_and_leads_to_its_run(
    open_page: OpenPage, warehouse: Warehouse, page: str, chosen: dict[str, str]
) -> None:
    app = open_page(warehouse, page=page, **chosen)
    lines = notes(app)

    assert not app.exception, app.exception
    assert app.title[0].value.endswith("?")
    assert len(lines) >= max(charts_of(app), len(app.dataframe)) > 0
    assert all(line.endswith(" · sample market, 2000 to 2013") for line in lines)
    assert not [caption.value for caption in app.caption if "batch" in caption.value or GOLD_BATCH in caption.value]
    origins = [text.value for text in app.markdown if "were written by" in text.value]
    assert len(origins) == len(lines) - (page == "pipeline" and not chosen)  # no run wrote the plan of the coming days
    assert any(f"`{GOLD_BATCH}`" in origin for origin in origins)
    links = [text.value for text in app.markdown if "What this run read and wrote" in text.value]
    assert f"(pipeline?tab=Lineage\\&batch={quote(GOLD_BATCH, safe='')})" in "".join(links)
    downloads = [button.proto.label for button in app.get("download_button")]
    assert {downloads.count(kind) for kind in ("CSV", "Excel", "Parquet")} == {len(lines)}


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_warehouse_says_how_to_fill_it(open_page: OpenPage, empty_warehouse: Warehouse, page: str) -> None:
    words = said(open_page(empty_warehouse, page=page))

    assert "The warehouse is empty" in words
    assert "`make run`" in words


@pytest.mark.parametrize("page", PAGES)
def test_a_warehouse_that_is_down_is_said(open_page: OpenPage, page: str) -> None:
    with socket.create_server((LOOPBACK, 0)) as listener:
        port = listener.getsockname()[1]
    gone = Warehouse("postgresql://nobody@127.0.0.1/x", f"postgresql://reader:x@{LOOPBACK}:{port}/stocks_dwh")
    words = said(open_page(gone, page=page))

    assert "The warehouse does not answer" in words
    assert "`make up`" in words


@pytest.mark.parametrize("page", PAGES)
def test_live_prices_are_never_called_a_sample_and_stale_ones_are_named(
    open_page: OpenPage, warehouse: Warehouse, page: str
) -> None:
    warehouse.execute("update gold.publications set is_sample = false; update ops.market set is_sample = false")
    words = said(open_page(warehouse, page=page))

    assert "live market, Alpha Vantage" in words
    assert "sample" not in words.lower()
    assert "stale" in words or "lack the newest closed week" in words, "by the wall clock, 2013 is long ago"
