"""A page reads the tickers and limits of `.env` when it is opened: the dashboard needs no new start."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from include import settings
from tests.dashboards.conftest import cards, said
from tests.dashboards.gold_warehouse import Warehouse

OpenPage = Callable[..., AppTest]


def test_the_next_look_at_a_page_sees_what_the_file_says(
    open_page: OpenPage, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    app = open_page(warehouse, page="pipeline")
    assert cards(app)["Fresh tickers"] == "5 of 5"
    monkeypatch.setattr(settings, "PROJECT_ROOT", tmp_path)
    monkeypatch.delenv("STOCK_SYMBOLS")

    (tmp_path / ".env").write_text(
        "STOCK_SYMBOLS=IBM,ZZZZ\nALPHA_VANTAGE_REQUESTS_PER_DAY=12\nALPHA_VANTAGE_REQUESTS_PER_MINUTE=7\n"
    )
    app.run()

    assert cards(app)["Fresh tickers"] == "1 of 2"
    words = said(app)
    assert "- **ZZZZ**: due: never fetched" in words
    assert "**11** of 12 credits spent in the last 24 hours, **1** left, at most 7 calls a minute" in words
    (plan,) = (table.value for table in app.dataframe if "deferred" in table.value)
    assert plan.iloc[0][["weekly_adjusted_prices", "deferred"]].to_list() == [1, 7]

    (tmp_path / ".env").write_text("STOCK_SYMBOLS=,")
    app.run()

    assert "**A setting is wrong.**" in said(app)
    assert "STOCK_SYMBOLS: names no symbol" in said(app).replace("\\", "")
