"""What compose makes of the files, for plain Docker and merged over the services of the Astro CLI; no engine needed."""

import json
import os
import shutil
import subprocess
from functools import cache
from typing import Any

import pytest

from include.errors import SettingsError
from include.local_stack.airflow_services import airflow_environment
from include.local_stack.credentials import GENERATORS
from include.settings import PROJECT_ROOT, Settings

PLAIN, OVERRIDE = "docker-compose.yml", "docker-compose.override.yml"
ASTRO = "tests/containers/astro_cli.yml"
COMBINATIONS = {"plain": (PLAIN, OVERRIDE), "astro": (ASTRO, OVERRIDE)}
ONE_SHOTS = {"db-migration", "migrate"}
AIRFLOW = {"api-server", "scheduler", "dag-processor", "triggerer"}
LARGEST_STACK_MB = 4_480
SECRETS = {name: f"secret-{name.lower()}" for name in GENERATORS}
# Their values are of the place, not of the stack: where the parts are, and which secrets they share.
DIFFERENT_BY_PLACE = {
    *("AIRFLOW_HOME", "PYTHONPATH"),  # the image sets these two
    *(
        "AIRFLOW__CORE__DAGS_FOLDER",
        "AIRFLOW__CORE__PLUGINS_FOLDER",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE",
    ),
    *("AIRFLOW__CORE__EXECUTION_API_SERVER_URL", "AIRFLOW__API__HOST", "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"),
    *("AIRFLOW__CORE__FERNET_KEY", "AIRFLOW__API_AUTH__JWT_SECRET", "AIRFLOW__API__SECRET_KEY"),
    "AIRFLOW__COSMOS__DBT_DOCS_PROJECTS",  # without a login, so not behind a published port
}

Services = dict[str, dict[str, Any]]


def compose_program() -> list[str]:
    """`docker compose`, or its plugin alone, which reads files without docker."""
    for program in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(program[0]):
            asked = subprocess.run([*program, "version", "--short"], check=False, capture_output=True, text=True)
            if asked.returncode == 0 and not asked.stdout.startswith("1."):
                return program
    return []


COMPOSE = compose_program()
pytestmark = pytest.mark.skipif(not COMPOSE, reason="neither `docker compose` nor its plugin is installed")


def config(files: tuple[str, ...], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """What compose says of the files where these variables are set, and nothing else."""
    chosen = [part for file in files for part in ("--file", str(PROJECT_ROOT / file))]
    folder = ("--project-directory", str(PROJECT_ROOT), "--env-file", os.devnull)
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "DOCKER_CONFIG"}}
    command = [*COMPOSE, *folder, *chosen, "--profile", "tunnel", "config", "--format", "json"]
    return subprocess.run(command, check=False, capture_output=True, text=True, env=kept | environment)


@cache
def merge(combination: str, **given: str) -> Services:
    """The services of a combination, with every secret and what is given."""
    ended = config(COMBINATIONS[combination], SECRETS | given)
    assert ended.returncode == 0, ended.stderr
    services: Services = json.loads(ended.stdout)["services"]
    return services


def told(service: dict[str, Any]) -> Settings:
    """What the settings of a service's environment come to."""
    given = {name.lower(): value for name, value in service["environment"].items() if value is not None}
    return Settings(**given)


@pytest.fixture(params=COMBINATIONS)
def services(request: pytest.FixtureRequest) -> Services:
    return merge(request.param)


def test_airflow_and_the_lakehouse_are_there(services: Services) -> None:
    lakehouse = {"stocks_dwh_postgres", "rustfs", "market", "dashboard", "tunnel"}
    assert set(services) == AIRFLOW | ONE_SHOTS | lakehouse | {"postgres"}


def test_every_service_is_watched_limited_confined_and_meets_the_others(services: Services) -> None:
    lasting = {name: service for name, service in services.items() if name not in ONE_SHOTS}
    assert [name for name, service in lasting.items() if "test" not in service.get("healthcheck", {})] == []
    assert {service["restart"] for service in lasting.values()} == {"unless-stopped"}
    for name, service in services.items():
        assert set(service["networks"]) == {"airflow"}, name
        assert service["logging"]["options"] == {"max-size": "10m", "max-file": "3"}, name
        assert service["environment"]["TZ"] == "UTC", name
        assert service["cap_drop"] == ["ALL"], name
        assert service.get("user") or name == "rustfs", name  # S3_USER, or whom that image names


def test_the_user_of_the_s3_server_can_be_chosen() -> None:
    assert merge("plain", S3_USER="1000:1000")["rustfs"]["user"] == "1000:1000"


def test_the_tunnel_trusts_no_server_without_its_fingerprint() -> None:
    assert "--fingerprint=CHISEL_FINGERPRINT-is-missing-in-dot-env" in merge("plain")["tunnel"]["command"]
    assert "--fingerprint=known" in merge("plain", CHISEL_FINGERPRINT="known")["tunnel"]["command"]


def test_the_whole_stack_fits_a_laptop(services: Services) -> None:
    limits = {name: int(service["mem_limit"]) / 2**20 for name, service in services.items()}
    lasting = sum(limit for name, limit in limits.items() if name not in ONE_SHOTS)
    assert lasting <= LARGEST_STACK_MB


def test_the_dashboard_answers_for_its_own_names_and_the_one_of_a_proxy() -> None:
    for given in ({}, {"HOST_NAME": "stocks.example.com"}):
        told = merge("plain", **given)["dashboard"]["environment"]["STREAMLIT_SERVER_ALLOWED_HOSTS"]
        assert set(told.split()) == {*Settings.model_validate(given).host_names, "dashboard"}


def test_ports_are_for_this_machine_alone(services: Services) -> None:
    published = [port for service in services.values() for port in service.get("ports", ())]
    assert len(published) >= 4
    assert {port["host_ip"] for port in published} == {"127.0.0.1"}


def test_what_starts_later_waits_for_health(services: Services) -> None:
    conditions = {
        condition["condition"] for service in services.values() for condition in service.get("depends_on", {}).values()
    }
    assert conditions <= {"service_healthy", "service_completed_successfully", "service_started"}
    for name in AIRFLOW - {"api-server"}:
        assert services[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
        assert services[name]["depends_on"]["api-server"]["condition"] == "service_healthy"
    assert services["api-server"]["depends_on"]["db-migration"]["condition"] == "service_completed_successfully"


@pytest.mark.parametrize("missing", GENERATORS)
def test_a_missing_secret_stops_compose_by_its_name(missing: str) -> None:
    others = {name: value for name, value in SECRETS.items() if name != missing}

    ended = config((PLAIN, OVERRIDE), others)

    assert ended.returncode != 0
    assert missing in ended.stderr


def test_nothing_that_everybody_knows_is_left_of_the_astro_cli() -> None:
    astro = merge("astro")

    known = ("known-to-everybody", "postgres:postgres", '"project"')
    assert [word for word in known if word in json.dumps(astro)] == []
    assert astro["postgres"]["environment"]["POSTGRES_PASSWORD"] == SECRETS["AIRFLOW_DB_PASSWORD"]
    assert astro["api-server"]["environment"]["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS"] == "False"


@pytest.mark.parametrize("name", sorted(AIRFLOW))
def test_airflow_is_told_what_the_embedded_one_is_told(name: str) -> None:
    embedded = airflow_environment(Settings())

    told = merge("plain")[name]["environment"]

    assert [name for name in embedded if name not in told and name not in DIFFERENT_BY_PLACE] == []
    alike = {name for name in embedded if name not in DIFFERENT_BY_PLACE}
    assert {name: told[name] for name in alike} == {name: embedded[name] for name in alike}


def test_no_container_shows_the_documentation_of_dbt_without_a_login(services: Services) -> None:
    assert "DBT_DOCS" in str(airflow_environment(Settings()))
    assert [name for name in AIRFLOW if "DBT_DOCS" in str(services[name]["environment"])] == []


def test_settings_are_handed_on_by_their_names() -> None:
    given = {
        "ALPHA_VANTAGE_API_KEY": "K3Y",
        "STOCK_SYMBOLS": "IBM",
        "AWS_ENDPOINT_URL": "https://s3.eu-central-1.amazonaws.com",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "BRONZE_BUCKET": "my-bronze",
        "DB_URL": "postgresql://stocklake:pw@db.example.com/stocks_dwh",
        "ANALYST_DB_URL": "postgresql://analyst:pw@db.example.com/stocks_dwh",
        "READER_DB_URL": "postgresql://reader:pw@db.example.com/stocks_dwh",
    }

    merged = merge("plain", **given)

    settings = told(merged["scheduler"])
    assert not settings.source.is_sample
    assert settings.source.symbols == ("IBM",)
    assert settings.bronze.url == given["AWS_ENDPOINT_URL"]
    assert settings.bronze.credentials == (None, None)  # the instance's own role
    assert settings.warehouse.url == given["DB_URL"]
    assert {"K3Y", given["DB_URL"]}.isdisjoint(merged["dashboard"]["environment"].values())


def test_the_dashboard_asks_for_its_own_address_of_a_warehouse_elsewhere() -> None:
    merged = merge("plain", DB_URL="postgresql://stocklake:pw@db.example.com/stocks_dwh")

    with pytest.raises(SettingsError, match="READER_DB_URL is missing"):
        _ = told(merged["dashboard"]).warehouse.reader_url


def test_the_dashboard_knows_the_password_of_its_own_role_alone() -> None:
    told = set(merge("plain")["dashboard"]["environment"].values())

    roles = ("READER", "ANALYST", "STOCKLAKE", "AIRFLOW")
    assert [role for role in roles if SECRETS[f"{role}_DB_PASSWORD"] in told] == ["READER"]


def test_left_empty_everything_is_the_stacks_own() -> None:
    settings = told(merge("plain")["migrate"])

    assert settings.source.is_sample
    assert settings.source.url == "http://market:8900/query"
    assert settings.bronze.url == "http://rustfs:9000"
    assert settings.warehouse.url.endswith("@stocks_dwh_postgres:5432/stocks_dwh")
    assert not settings.airflow.is_embedded
