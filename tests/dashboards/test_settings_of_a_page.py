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


def test_the_next_look_at_figures_counts_what_is_above_the_risk_free_rate(
    open_page: OpenPage, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    app = open_page(warehouse, page="compare", tickers=["IBM"], period="All", benchmark="MSFT")
    plain = _figures(app)
    assert "risk-free rate 0" in said(app)
    monkeypatch.setattr(settings, "PROJECT_ROOT", tmp_path)

    (tmp_path / ".env").write_text("RISK_FREE_RATE_PCT=2.5")
    app.run()

    assert "risk-free rate 2.5 % a year" in said(app)
    assert _figures(app)["sharpe"] < plain["sharpe"]
    assert _figures(app)["alpha_pct"] != plain["alpha_pct"]
    assert _figures(app)["total_return_pct"] == plain["total_return_pct"]


def _figures(app: AppTest) -> dict[str, float]:
    frames = [frame.value for frame in app.dataframe if {"sharpe", "alpha_pct"} & {*frame.value.columns}]
    return {name: float(frame[name][0]) for frame in frames for name in frame.select_dtypes("number").columns}
