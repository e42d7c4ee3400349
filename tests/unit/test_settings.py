"""The environment is read once, checked, and never repeated in an error."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from include import settings as module
from include.containers.dot_env import complete
from include.errors import SettingsError
from include.local_stack.credentials import ensure_credentials
from include.settings import ALPHA_VANTAGE_URL, VARIABLES, Settings, get_settings
from include.tickers import parse_symbols

Read = Callable[..., Settings]


@pytest.fixture(autouse=True)
def _no_other_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "PROJECT_ROOT", tmp_path)  # no `.env` of a developer
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("STOCKLAKE_HOME", str(tmp_path / "home"))
    get_settings.cache_clear()


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Iterator[Read]:
    def read_with(**environment: str) -> Settings:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        get_settings.cache_clear()
        return get_settings()

    yield read_with
    get_settings.cache_clear()


def test_without_any_setting_everything_is_embedded(read: Read) -> None:
    settings = read()

    assert settings.source.is_sample
    assert settings.warehouse.is_embedded
    assert settings.bronze.is_embedded
    assert settings.source.url == "http://127.0.0.1:8900/query"
    assert settings.source.symbols == ("AAPL", "FB", "GOOG", "IBM", "MSFT")


def test_a_key_alone_means_the_live_market_at_the_pace_of_a_free_key(read: Read) -> None:
    settings = read(ALPHA_VANTAGE_API_KEY="K3Y")

    assert not settings.source.is_sample
    assert settings.source.url == ALPHA_VANTAGE_URL
    assert (settings.source.requests_per_day, settings.source.requests_per_minute) == (25, 50)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "market"])
def test_a_key_means_the_live_market_also_behind_a_proxy_nearby(read: Read, host: str) -> None:
    url = f"http://{host}:1234/query"

    settings = read(ALPHA_VANTAGE_API_KEY="K3Y", ALPHA_VANTAGE_BASE_URL=url, MARKET_HOST="market")

    assert not settings.source.is_sample
    assert settings.source.is_nearby
    assert settings.source.url == url
    assert (settings.source.requests_per_day, settings.source.requests_per_minute) == (25, 50)


def test_without_a_key_a_local_address_is_the_sample_market(read: Read) -> None:
    settings = read(ALPHA_VANTAGE_BASE_URL="http://localhost:1234/query")

    assert settings.source.is_sample
    assert settings.source.requests_per_day == 1_000_000


def test_a_container_that_is_the_market_server_is_the_sample_market(read: Read) -> None:
    assert read(MARKET_HOST="market").source.url == "http://market:8900/query"
    assert read(MARKET_HOST="market", ALPHA_VANTAGE_BASE_URL="http://Market:8900/query").source.is_sample
    assert not read(MARKET_HOST="market", ALPHA_VANTAGE_BASE_URL="", ALPHA_VANTAGE_API_KEY="K3Y").source.is_sample


@pytest.mark.parametrize("host", ["www.alphavantage.co", "10.0.0.7", "", "market:8900", "market/"])
def test_no_host_of_the_internet_can_be_called_the_market_server(read: Read, host: str) -> None:
    with pytest.raises(SettingsError, match="MARKET_HOST"):
        read(MARKET_HOST=host)


def test_another_container_needs_a_key_as_any_host_does(read: Read) -> None:
    with pytest.raises(SettingsError, match="ALPHA_VANTAGE_API_KEY"):
        read(MARKET_HOST="market", ALPHA_VANTAGE_BASE_URL="http://proxy:8900/query")


def test_the_stacks_own_services_may_be_containers(read: Read) -> None:
    settings = read(
        POSTGRES_HOST="stocks_dwh_postgres",
        S3_HOST="rustfs",
        STOCKLAKE_DB_PASSWORD="p@ss",
        EMBEDDED_S3_ACCESS_KEY="KEY",
    )

    assert settings.warehouse.url == "postgresql://stocklake:p%40ss@stocks_dwh_postgres:5433/stocks_dwh"
    assert (settings.bronze.url, settings.bronze.credentials[0]) == ("http://rustfs:9000", "KEY")


def test_airflows_pages_are_on_this_machine_wherever_its_api_is(read: Read) -> None:
    settings = read(AIRFLOW_URL="http://api-server:8080", AIRFLOW_PORT="1234")

    assert not settings.airflow.is_embedded
    assert settings.airflow.page_url == "http://127.0.0.1:1234"


def test_an_empty_variable_is_not_set(read: Read) -> None:
    names = ("ALPHA_VANTAGE_API_KEY", "ALPHA_VANTAGE_BASE_URL", "ALPHA_VANTAGE_REQUESTS_PER_DAY", "DB_URL")

    assert read(**dict.fromkeys(names, "")) == read()


def test_symbols_are_split_cleaned_and_named_once(read: Read) -> None:
    assert read(STOCK_SYMBOLS=" IBM, BRK-B,,IBM ,TSCO.LON").source.symbols == ("IBM", "BRK-B", "TSCO.LON")


def test_the_environment_wins_over_the_files_and_the_secrets_of_the_home_over_dot_env(
    read: Read, tmp_path: Path
) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "secrets.env").write_text("STOCKLAKE_DB_PASSWORD=home\nANALYST_DB_PASSWORD=home\n")
    containers = ("STOCKLAKE_DB_PASSWORD", "ANALYST_DB_PASSWORD", "AIRFLOW_DB_PASSWORD")
    (tmp_path / ".env").write_text("S3_PORT=2\n" + "".join(f"{name}=dot-env\n" for name in containers))

    settings = read(ANALYST_DB_PASSWORD="environment")

    held = settings.warehouse
    secrets = (held.owner_password, held.analyst_password, held.airflow_password)
    assert [secret.get_secret_value() for secret in secrets] == ["home", "environment", "dot-env"]
    assert settings.bronze.port == 2


def test_every_home_keeps_its_secrets_when_the_containers_get_theirs(read: Read, tmp_path: Path) -> None:
    complete(tmp_path / ".env")

    for home in (tmp_path / "sample", tmp_path / "live"):
        home.mkdir()
        secrets = ensure_credentials(home)
        settings = read(STOCKLAKE_HOME=str(home))
        assert {name: settings.by_variable()[name].get_secret_value() for name in secrets} == secrets


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("AIRFLOW_PORT", "eighty", "AIRFLOW_PORT"),
        ("S3_PORT", "70000", "S3_PORT"),
        ("TICKERS_PER_TASK", "0", "TICKERS_PER_TASK"),
        ("ALPHA_VANTAGE_REQUESTS_PER_DAY", "-1", "ALPHA_VANTAGE_REQUESTS_PER_DAY"),
        ("STOCK_SYMBOLS", " , ", "names no symbol"),
        ("BRONZE_BUCKET", "No Bucket", "BRONZE_BUCKET"),
        ("AWS_ENDPOINT_URL", "minio:9000", "no http"),
        ("HOST_NAME", "*", "HOST_NAME"),
        ("HOST_NAME", "http://stocks.example.com", "HOST_NAME"),
        ("DB_URL", "mysql://root:s3cret@host/db", "postgresql://"),
        ("DB_URL", "postgresql://root:s3%zz@host/db", "is written %25"),
        ("READER_DB_URL", "postgresql://r@host/db?options=-c a=b", "READER_DB_URL: is no address"),
        ("DB_URL", "postgresql://r@host/db?keepalives=1&sslmode=require", "keepalives would not reach every program"),
        ("ANALYST_DB_URL", "postgresql://r@host/db?hostaddr=10.0.0.1", "ANALYST_DB_URL: hostaddr would not"),
        ("DB_URL", "postgresql://r@one,two/db", "several servers"),
        ("DB_URL", "postgresql://r@host/db?sslrootcert=ca.crt", "sslrootcert is no whole path"),
        ("ALPHA_VANTAGE_BASE_URL", "https://elsewhere.example/query", "ALPHA_VANTAGE_API_KEY is missing"),
    ],
)
def test_a_wrong_setting_is_named(read: Read, name: str, value: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        read(**{name: value})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('S3_PORT=2\n# the key\nALPHA_VANTAGE_API_KEY="K3Y-OF-MINE\n', "line 3: ALPHA_VANTAGE_API_KEY is not"),
        ("ALPHA_VANTAGE_API_KEY K3Y-OF-MINE\n", "line 1: ALPHA_VANTAGE_API_KEY is not"),
        ("ALPHA_VANTAGE_API_KEY: K3Y-OF-MINE\n", "line 1: ALPHA_VANTAGE_API_KEY is not"),
        ("ALPHA_VANTAGE_API_KEY='K3Y-OF-MINE' mine\n", "line 1: ALPHA_VANTAGE_API_KEY is not"),
        ('ALPHA_VANTAGE_API_KEY="K3Y-OF-MINE\nSTOCK_SYMBOLS="\n', "line 1: ALPHA_VANTAGE_API_KEY is not"),
        ('"ALPHA_VANTAGE_API_KEY"=K3Y-OF-MINE\n', 'line 1: "ALPHA_VANTAGE_API_KEY" is not'),
        ("ALPHA_VANTAGE_API_KEY=\nK3Y-OF-MINE\n", "line 2: the line is not"),
        ("S3_PORT=2\nALPHA_VANTAGE_API_KEY=\udcff\n", "line 2: is no UTF-8"),
    ],
)
def test_a_line_that_cannot_be_parsed_is_named_and_its_value_is_not(
    read: Read, tmp_path: Path, text: str, words: str
) -> None:
    (tmp_path / ".env").write_text(text, errors="surrogateescape")

    with pytest.raises(SettingsError, match=re.escape(f"{tmp_path / '.env'}, {words}")) as caught:
        read()
    assert "K3Y" not in str(caught.value)


def test_a_file_is_read_as_an_editor_of_any_system_writes_it(read: Read, tmp_path: Path) -> None:
    lines = [
        "\ufeffS3_PORT=2",
        "",
        "  # all of it",
        "export POSTGRES_PORT = '3'  # a port",
        'STOCK_SYMBOLS="IBM, T.TO"',
    ]
    (tmp_path / ".env").write_text("\r\n".join(lines))

    settings = read()

    assert (settings.bronze.port, settings.warehouse.port, settings.source.symbols) == (2, 3, ("IBM", "T.TO"))


def test_all_that_is_wrong_is_named_at_once(read: Read) -> None:
    with pytest.raises(SettingsError, match=r"BRONZE_BUCKET: .*; POSTGRES_PORT: .*; AIRFLOW_PORT: "):
        read(AIRFLOW_PORT="eighty", POSTGRES_PORT="0", BRONZE_BUCKET="No Bucket")


def test_a_variable_may_be_written_in_small_letters(read: Read) -> None:
    assert read(s3_port="2").bronze.port == 2


def test_a_variable_belongs_to_one_group() -> None:
    groups = [group for _, group in Settings.model_validate({})]

    assert sum(len(type(group).model_fields) for group in groups) == len(VARIABLES)


def test_an_error_and_a_repr_repeat_no_secret(read: Read) -> None:
    with pytest.raises(SettingsError) as caught:
        read(DB_URL="mysql://root:s3cret@host/db", ALPHA_VANTAGE_API_KEY="K3Y-OF-MINE")
    assert "s3cret" not in str(caught.value)

    settings = read(DB_URL="postgresql://root:s3cret@host/db")
    assert "s3cret" not in repr(settings)
    assert "K3Y-OF-MINE" not in repr(settings)


@pytest.mark.parametrize("role", ["analyst", "reader"])
def test_a_foreign_warehouse_needs_to_name_its_readers(read: Read, role: str) -> None:
    name, url = f"{role.upper()}_DB_URL", "postgresql://somebody@host/db"

    with pytest.raises(SettingsError, match=f"{name} is missing"):
        _ = getattr(read(DB_URL="postgresql://owner@host/db").warehouse, f"{role}_url")
    assert getattr(read(**{name: url}).warehouse, f"{role}_url") == url


def test_an_address_may_say_how_to_encrypt(read: Read) -> None:
    url = "postgresql://owner@host/db?sslmode=verify-full&sslrootcert=system&sslcert=/a.crt&sslkey=/a.key&options=-c%20a%3Db"

    assert read(DB_URL=url).warehouse.url == url


def test_a_password_with_signs_is_quoted_in_its_address(read: Read) -> None:
    assert "stocklake:a%2Fb%40c@" in read(STOCKLAKE_DB_PASSWORD="a/b@c").warehouse.url


@pytest.mark.parametrize(
    ("text", "symbols"),
    [("", ()), (None, ()), (" , ", ()), ("ibm", ("IBM",)), ("IBM, BRK-B,T.TO ,ibm", ("IBM", "BRK-B", "T.TO"))],
)
def test_symbols_are_read_in_capitals_and_each_once(text: str | None, symbols: tuple[str, ...]) -> None:
    assert parse_symbols(text) == symbols


@pytest.mark.parametrize("text", ["IBM;AAPL", "ÄÖ", "IBM,'; drop table"])
def test_what_no_ticker_looks_like_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="no ticker looks like"):
        parse_symbols(text)
