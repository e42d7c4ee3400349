"""What each service is told, and what it is not."""

from importlib.resources import files
from pathlib import Path

import pytest
import yaml

from include.local_stack.services import dashboard_of, fingerprint, market_of, services_of
from include.settings import Settings


def services(tmp_path: Path, **changes: object) -> dict[str, dict[str, str]]:
    settings = Settings.model_validate({"stocklake_home": tmp_path} | changes)
    return {service.name: dict(service.environment) for service in services_of(settings)}


def test_without_a_key_the_market_server_stands_in(tmp_path: Path) -> None:
    assert "market" in services(tmp_path)
    assert "market" not in services(tmp_path, alpha_vantage_api_key="KEY")


def test_another_s3_replaces_the_embedded_one(tmp_path: Path) -> None:
    assert "s3" in services(tmp_path)
    assert "s3" not in services(tmp_path, aws_endpoint_url="https://s3.example.com")


def test_the_api_key_reaches_airflow_and_nobody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALPHA_VANTAGE_API_KEY", "SECRETKEY")
    settings = Settings.model_validate({"stocklake_home": tmp_path, "alpha_vantage_api_key": "SECRETKEY"})

    told = {service.name: "SECRETKEY" in service.environment.values() for service in services_of(settings)}

    assert told.pop("scheduler")
    for airflow in ("api-server", "dag-processor", "triggerer"):
        assert told.pop(airflow)
    assert told == {"s3": False, "dashboard": False}


@pytest.mark.parametrize(("key", "is_sample"), [("SECRETKEY", False), ("", True)])
def test_the_dashboard_knows_which_market_it_shows(tmp_path: Path, key: str, is_sample: bool) -> None:
    settings = Settings.model_validate({"stocklake_home": tmp_path, "alpha_vantage_api_key": key})
    told = dashboard_of(settings).environment["ALPHA_VANTAGE_API_KEY"]

    assert told != "SECRETKEY"
    assert Settings.model_validate({"alpha_vantage_api_key": told}).source.is_sample == is_sample


def test_a_stray_variable_of_the_caller_reaches_no_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "CeleryExecutor")
    monkeypatch.setenv("GITHUB_TOKEN", "token")

    found = services(tmp_path)

    assert found
    assert all("GITHUB_TOKEN" not in environment for environment in found.values())
    assert found["scheduler"]["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"


def test_every_option_of_airflow_is_one_that_it_knows(tmp_path: Path) -> None:
    known = yaml.safe_load(files("airflow").joinpath("config_templates/config.yml").read_text())
    told = [name.split("__")[1:] for name in services(tmp_path)["scheduler"] if name.startswith("AIRFLOW__")]
    elsewhere = {"COSMOS", "USAGE_DATA_COLLECTION"}  # of Cosmos, and of other versions of Airflow
    own = [(section.lower(), option.lower()) for section, option in told if section not in elsewhere]

    assert len(own) > 20
    assert [(section, option) for section, option in own if option not in known[section]["options"]] == []


def test_what_a_killed_scheduler_left_is_taken_up_within_a_minute(tmp_path: Path) -> None:
    known = yaml.safe_load(files("airflow").joinpath("config_templates/config.yml").read_text())["scheduler"]["options"]
    told = services(tmp_path)["scheduler"]

    assert "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD" not in told
    counts_as_dead_after = float(known["scheduler_health_check_threshold"]["default"])
    assert counts_as_dead_after + float(told["AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL"]) <= 60


def test_every_temporary_file_and_cache_is_in_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", "/shared")
    monkeypatch.setenv("AIRFLOW__COSMOS__CACHE_DIR", "/shared/cosmos")

    found = services(tmp_path)

    assert {name: told["TMPDIR"] for name, told in found.items()} == dict.fromkeys(found, str(tmp_path / "tmp"))
    assert found["scheduler"]["AIRFLOW__COSMOS__CACHE_DIR"] == str(tmp_path / "cosmos")
    assert found["s3"]["RCLONE_CACHE_DIR"] == str(tmp_path / "tmp")
    assert [name for name, told in found.items() if "/shared" in "".join(told.values())] == []


def test_nothing_listens_beyond_this_machine(tmp_path: Path) -> None:
    settings = Settings.model_validate({"stocklake_home": tmp_path})
    commands = {service.name: service.command for service in services_of(settings)}

    assert "127.0.0.1:9000" in commands["s3"]
    assert "-s" in commands["scheduler"]
    assert "-s" in commands["triggerer"]
    assert services(tmp_path)["api-server"]["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert commands["dashboard"][commands["dashboard"].index("--server.address") + 1] == "127.0.0.1"


def test_nobody_is_told_what_users_do(tmp_path: Path) -> None:
    found = services(tmp_path)

    for name in ("scheduler", "dag-processor", "dashboard"):
        assert found[name]["DO_NOT_TRACK"] == "1"
    assert found["scheduler"]["AIRFLOW__COSMOS__ENABLE_TELEMETRY"] == "False"
    assert found["scheduler"]["DBT_SEND_ANONYMOUS_USAGE_STATS"] == "false"
    settings = Settings.model_validate({"stocklake_home": tmp_path})
    command = dashboard_of(settings).command
    assert command[command.index("--browser.gatherUsageStats") + 1] == "false"


def test_no_secret_stands_in_a_command_line(tmp_path: Path) -> None:
    secrets = {
        "embedded_s3_secret_key": "S3SECRET",
        "airflow_db_password": "DBSECRET",
        "airflow_jwt_secret": "JWTSECRET",
    }
    settings = Settings.model_validate({"stocklake_home": tmp_path} | secrets)

    arguments = [argument for service in services_of(settings) for argument in service.command]

    assert arguments
    assert not [argument for argument in arguments for secret in secrets.values() if secret in argument]


def test_the_market_server_keeps_its_clock_in_the_home_folder(tmp_path: Path) -> None:
    assert str(tmp_path / "market") in market_of(Settings.model_validate({"stocklake_home": tmp_path})).command


def test_a_changed_port_asks_for_a_new_start_and_a_new_ticker_does_not() -> None:
    running = fingerprint(Settings(stock_symbols=("IBM",)))

    assert fingerprint(Settings(stock_symbols=("IBM", "AAPL"))) == running
    assert fingerprint(Settings(stock_symbols=("IBM",), s3_port=9001)) != running
