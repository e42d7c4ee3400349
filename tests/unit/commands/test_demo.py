"""The settings of the demo: nothing of the user's own stack, and ports beside its own."""

import socket
from pathlib import Path

import pytest

from include.commands.demo import PORT_OFFSET, SCENES, demo_environment
from include.settings import LOOPBACK, Settings

PORTS = ("AIRFLOW_PORT", "DASHBOARD_PORT", "POSTGRES_PORT", "S3_PORT", "MARKET_PORT")


def test_the_demo_is_the_sample_market_whatever_the_users_settings_are(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    users = {
        "ALPHA_VANTAGE_API_KEY": "theirs",
        "ALPHA_VANTAGE_REQUESTS_PER_DAY": "25",
        "DB_URL": "postgresql://stocklake@elsewhere/stocks_dwh",
        "ANALYST_DB_URL": "postgresql://analyst@elsewhere/stocks_dwh",
        "READER_DB_URL": "postgresql://reader@elsewhere/stocks_dwh",
        "AWS_ENDPOINT_URL": "https://s3.example.com",
        "BENCHMARK_SYMBOL": "SPY",
        "STOCK_SYMBOLS": "SPY",
        "STOCKLAKE_HOME": str(tmp_path),
        "PIPELINE": "weekly",
    }

    settings = Settings.model_validate(users | demo_environment(Settings.model_validate(users), tmp_path / "demo"))

    assert settings.source.is_sample
    assert settings.bronze.is_embedded
    assert settings.warehouse.is_embedded
    assert settings.source.requests_per_day > 1_000
    assert (settings.source.symbols[0], settings.source.benchmark_symbol) == ("AAPL", None)
    assert (settings.stack.home, settings.stack.pipeline) == (tmp_path / "demo", "all")


def test_its_ports_are_free_and_none_of_the_users() -> None:
    users = Settings.model_validate({"S3_PORT": "8950", "MARKET_PORT": "8900"})  # 50 beyond the market's is taken
    with socket.create_server((LOOPBACK, 8550 + PORT_OFFSET)):
        environment = demo_environment(
            users.model_copy(update={"stack": users.stack.model_copy(update={"dashboard_port": 8550})}), Path("demo")
        )

    ports = [int(environment[name]) for name in PORTS]
    assert len(set(ports)) == len(PORTS)
    assert {8550 + PORT_OFFSET, 8950}.isdisjoint(ports)
    assert all(int(environment[name]) >= int(users.by_variable()[name]) + PORT_OFFSET for name in PORTS)


def test_the_scenes_move_the_clock_forward() -> None:
    moments = [scene.at for scene in SCENES]

    assert moments == sorted(moments)
    assert [scene.is_red for scene in SCENES] == [bool(scene.faults) for scene in SCENES]
