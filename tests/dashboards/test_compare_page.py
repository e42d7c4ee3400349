"""The page "How do these stocks compare?" and its states, without a browser."""

import socket
import time
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboards import queries
from include.settings import LOOPBACK
from tests.dashboards.gold_warehouse import GOLD_BATCH, SILVER_BATCH, Warehouse

OpenPage = Callable[..., AppTest]


def said(app: AppTest) -> str:
    """Everything the page says in words, warnings included."""
    assert not app.exception, app.exception
    boxes = [*app.error, *app.warning, *app.info]
    return "\n".join(str(element.value) for element in (*app.title, *app.caption, *app.markdown, *boxes))


def captions(app: AppTest) -> list[str]:
    return [caption.value for caption in app.caption]


def spec_count(app: AppTest) -> int:
    return len(app.get("vega_lite_chart"))


def test_the_page_opens_with_every_stock(open_page: OpenPage, warehouse: Warehouse) -> None:
    app = open_page(warehouse)

    assert [title.value for title in app.title] == ["How do these stocks compare?"]
    assert app.multiselect(key="tickers").value == ["AAPL", "FB", "GOOG", "IBM", "MSFT"]
    assert not app.error
    assert not app.warning
    assert spec_count(app) >= 3


def test_the_few_numbers_name_the_extremes(open_page: OpenPage, warehouse: Warehouse) -> None:
    metrics = {metric.label: metric.value for metric in open_page(warehouse).metric}
    returns: dict[str, Any] = dict(
        warehouse.execute("select symbol, return_52w_pct from gold.mart_latest_week where return_52w_pct is not null")
    )

    assert metrics["Best over 52 weeks"] == max(returns, key=lambda symbol: returns[symbol])


def test_every_visual_says_unit_day_market_and_batch(open_page: OpenPage, warehouse: Warehouse) -> None:
    notes = [caption for caption in captions(open_page(warehouse)) if "as of the week ending" in caption]

    assert len(notes) >= 3
    for note in notes:
        assert "1 March 2013" in note
        assert "sample market, 2000 to 2013" in note
        assert f"`{SILVER_BATCH}`" in note or f"`{GOLD_BATCH}`" in note


def test_the_choices_come_from_the_address(open_page: OpenPage, warehouse: Warehouse) -> None:
    app = open_page(warehouse, tickers=["IBM", "AAPL"], period="1Y", price="Currency", log="true")

    assert app.multiselect(key="tickers").value == ["IBM", "AAPL"]
    assert app.toggle(key="log").value is True
    assert "adjusted for splits and dividends, USD" in said(app)


def test_a_ticker_that_does_not_exist_is_named_and_the_others_are_shown(
    open_page: OpenPage, warehouse: Warehouse
) -> None:
    app = open_page(warehouse, tickers=["IBM", "ZZZZ"])

    assert [warning.value for warning in app.warning] == [
        "**ZZZZ**: not in this warehouse, so not shown. Choose from the list above, or add it to `STOCK_SYMBOLS` in "
        "`.env` and run `make run`."
    ]
    assert app.multiselect(key="tickers").value == ["IBM"]
    assert spec_count(app) >= 3


def test_without_a_ticker_the_page_asks_for_one(open_page: OpenPage, warehouse: Warehouse) -> None:
    app = open_page(warehouse)
    app.multiselect(key="tickers").set_value([]).run()

    assert "No ticker is chosen" in said(app)
    assert spec_count(app) == 0


def test_a_stock_too_young_for_volatility_is_named(open_page: OpenPage, warehouse: Warehouse) -> None:
    assert "not for FB: fewer than 52 weekly returns" in said(open_page(warehouse))


def test_an_empty_warehouse_says_how_to_fill_it(open_page: OpenPage, empty_warehouse: Warehouse) -> None:
    app = open_page(empty_warehouse)

    assert "The warehouse is empty" in said(app)
    assert "`make run`" in said(app)


def test_a_warehouse_that_is_down_is_said_within_seconds(open_page: OpenPage) -> None:
    with socket.create_server((LOOPBACK, 0)) as listener:
        port = listener.getsockname()[1]
    gone = Warehouse("postgresql://nobody@127.0.0.1/x", f"postgresql://analyst:x@{LOOPBACK}:{port}/stocks_dwh")
    started = time.monotonic()
    app = open_page(gone)

    assert "The warehouse does not answer" in said(app)
    assert "`make up`" in said(app)
    assert time.monotonic() - started < 10


def test_gold_without_a_table_says_what_to_do(open_page: OpenPage, warehouse: Warehouse) -> None:
    warehouse.execute("drop table gold.mart_latest_week cascade")
    app = open_page(warehouse)

    assert "The warehouse cannot answer this page" in said(app)
    assert 'relation "gold.mart_latest_week" does not exist' in said(app)


def test_a_setting_that_is_wrong_is_named(
    open_page: OpenPage, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTGRES_PORT", "many")

    assert "POSTGRES_PORT" in said(open_page(warehouse))


def test_prices_of_a_market_that_went_on_are_stale(open_page: OpenPage, warehouse: Warehouse) -> None:
    warehouse.execute("update gold.publications set market_at = '2013-03-12T12:00:00Z'")
    app = open_page(warehouse)

    assert "These prices are stale" in said(app)
    assert "1 March 2013" in said(app)
    assert spec_count(app) >= 3, "stale prices are shown all the same"


def test_prices_are_not_stale_while_the_next_week_may_still_come(open_page: OpenPage, warehouse: Warehouse) -> None:
    warehouse.execute("update gold.publications set market_at = '2013-03-10T12:00:00Z'")

    assert "stale" not in said(open_page(warehouse))


def test_live_prices_are_never_called_a_sample(open_page: OpenPage, warehouse: Warehouse) -> None:
    warehouse.execute("update gold.publications set is_sample = false")
    words = said(open_page(warehouse))

    assert "live market, Alpha Vantage" in words
    assert "sample" not in words.lower()
    assert "These prices are stale" in words, "by the wall clock, 2013 is long ago"


def test_a_new_publication_shows_at_the_next_look(open_page: OpenPage, warehouse: Warehouse) -> None:
    app = open_page(warehouse)
    assert f"by `{GOLD_BATCH}`" in said(app)

    warehouse.execute(
        "create temporary table newer as select * from gold.publications;"
        "update newer set execution_batch_id = 'gold_star_schema:newer', published_at = now();"
        "insert into gold.publications select * from newer;"
        "update gold.fact_adjusted_prices set execution_batch_id = 'weekly:newer', load_timestamp = now()"
        " where symbol = 'IBM' and week_ending = '2013-03-01'"
    )
    queries.newest_publication.clear()  # its fifteen seconds are over
    app.run()

    assert "by `gold_star_schema:newer`" in said(app)
    assert "batch `weekly:newer` and 1 earlier" in said(app)
