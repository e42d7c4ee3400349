"""The only reader of the environment: every setting, checked once at start.

The process environment wins over the generated secrets in `$STOCKLAKE_HOME/secrets.env`, which open the data of
that home alone, and these over `.env`, whose secrets are the containers'.
What is left empty is served by the stack itself: no `DB_URL` means its own Postgres, no
`AWS_ENDPOINT_URL` its own S3 server, no `ALPHA_VANTAGE_API_KEY` its local market server. These are
processes on loopback, or containers that `POSTGRES_HOST`, `S3_HOST`, `MARKET_HOST` and `AIRFLOW_URL` name.
"""

import os
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import quote, unquote, urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PositiveInt,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from include.errors import SettingsError
from include.tickers import parse_symbols

PROJECT_ROOT = Path(__file__).resolve().parent.parent
DEFAULT_HOME = PROJECT_ROOT / ".stocklake"
ALPHA_VANTAGE_URL = "https://www.alphavantage.co/query"
SAMPLE_SYMBOLS = ("AAPL", "FB", "GOOG", "IBM", "MSFT")
FREE_KEY_REQUESTS_PER_DAY = 25
FREE_KEY_REQUESTS_PER_MINUTE = 50  # one a second is allowed: less, because the network moves calls together
# The local market server costs nothing; the limits stay finite so that the same code paths run.
SAMPLE_REQUESTS_PER_DAY = 1_000_000
SAMPLE_REQUESTS_PER_MINUTE = 6_000
LOOPBACK = "127.0.0.1"
POSTGRES_PORT = 5432
LOCAL_HOSTS = frozenset({LOOPBACK, "localhost", "::1"})
# A container's name has no dot, every host of the internet has: MARKET_HOST never names a live source.
CONTAINER_OR_LOOPBACK = r"^(127\.0\.0\.1|[A-Za-z0-9_-]+)$"

Port = Annotated[int, Field(ge=1, le=65_535)]
Optional = BeforeValidator(lambda value: value or None)  # `NAME=` means "not set"
StocklakeHome = Annotated[
    Path,
    BeforeValidator(lambda value: value or DEFAULT_HOME),
    AfterValidator(lambda path: (PROJECT_ROOT / path.expanduser()).resolve()),
]


class Settings(BaseSettings):
    """All settings of the lakehouse, named as in `.env.example`."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    stocklake_home: StocklakeHome = DEFAULT_HOME

    alpha_vantage_api_key: Annotated[SecretStr | None, Optional] = None
    alpha_vantage_base_url: Annotated[str | None, Optional] = None
    alpha_vantage_requests_per_day: Annotated[PositiveInt | None, Optional] = None
    alpha_vantage_requests_per_minute: Annotated[PositiveInt | None, Optional] = None
    stock_symbols: Annotated[tuple[str, ...], NoDecode] = SAMPLE_SYMBOLS
    tickers_per_task: int = Field(default=1, ge=1)

    aws_endpoint_url: Annotated[str | None, Optional] = None
    aws_access_key_id: Annotated[str | None, Optional] = None
    aws_secret_access_key: Annotated[SecretStr | None, Optional] = None
    aws_default_region: str = "us-east-1"
    bronze_bucket: str = Field(default="stocklake-bronze", pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")

    db_url: Annotated[SecretStr | None, Optional] = None
    analyst_db_url: Annotated[SecretStr | None, Optional] = None
    reader_db_url: Annotated[SecretStr | None, Optional] = None

    airflow_port: Port = 8080
    dashboard_port: Port = 8501
    postgres_port: Port = 5433
    s3_port: Port = 9000
    market_port: Port = 8900
    dbt_packages_dir: Annotated[Path | None, Optional] = None

    # Set by the containers: where each finds the others of the stack.
    postgres_host: str = Field(default=LOOPBACK, pattern=CONTAINER_OR_LOOPBACK)
    s3_host: str = Field(default=LOOPBACK, pattern=CONTAINER_OR_LOOPBACK)
    market_host: str = Field(default=LOOPBACK, pattern=CONTAINER_OR_LOOPBACK)
    airflow_url: Annotated[str | None, Optional] = None

    # Generated at the first start, kept in `$STOCKLAKE_HOME/secrets.env`, or in `.env` for the containers.
    stocklake_db_password: SecretStr = SecretStr("")
    analyst_db_password: SecretStr = SecretStr("")
    reader_db_password: SecretStr = SecretStr("")
    airflow_db_password: SecretStr = SecretStr("")
    postgres_admin_password: SecretStr = SecretStr("")
    embedded_s3_access_key: SecretStr = SecretStr("")
    embedded_s3_secret_key: SecretStr = SecretStr("")
    airflow_admin_password: SecretStr = SecretStr("")
    airflow_fernet_key: SecretStr = SecretStr("")
    airflow_jwt_secret: SecretStr = SecretStr("")
    airflow_api_secret_key: SecretStr = SecretStr("")

    @field_validator("stock_symbols", mode="before")
    @classmethod
    def _split_symbols(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        symbols = parse_symbols(value)
        if not symbols:
            raise ValueError("names no symbol; write for example IBM,AAPL")
        return symbols

    @field_validator("alpha_vantage_base_url", "aws_endpoint_url", "airflow_url")
    @classmethod
    def _is_http_url(cls, value: str | None) -> str | None:
        if value is not None and not _is_url(value, {"http", "https"}):
            raise ValueError(f"is no http(s) address: {value!r}")
        return value

    @field_validator("db_url", "analyst_db_url", "reader_db_url")
    @classmethod
    def _is_postgres_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _is_url(value.get_secret_value(), {"postgresql", "postgres"}):
            raise ValueError("is no address of the form postgresql://user:password@host:port/stocks_dwh")
        return value

    @model_validator(mode="after")
    def _base_url_needs_a_key_unless_local(self) -> Self:
        url = self.alpha_vantage_base_url
        if self.alpha_vantage_api_key is None and url and not self._is_local_market(url):
            raise ValueError(
                "ALPHA_VANTAGE_API_KEY is missing, and ALPHA_VANTAGE_BASE_URL names no local market server"
            )
        return self

    @property
    def is_sample_market(self) -> bool:
        """Whether prices come from the local market server instead of Alpha Vantage, whatever the key."""
        return self.alpha_vantage_api_key is None or self._is_local_market(self.market_url)

    @property
    def market_url(self) -> str:
        """The address every API call goes to, `/query` included."""
        local = f"http://{self.market_host}:{self.market_port}/query"
        return self.alpha_vantage_base_url or (ALPHA_VANTAGE_URL if self.alpha_vantage_api_key else local)

    @property
    def requests_per_day(self) -> int:
        """Credits that may be spent in 24 hours."""
        default = SAMPLE_REQUESTS_PER_DAY if self.is_sample_market else FREE_KEY_REQUESTS_PER_DAY
        return self.alpha_vantage_requests_per_day or default

    @property
    def requests_per_minute(self) -> int:
        """Calls per minute, spaced evenly."""
        default = SAMPLE_REQUESTS_PER_MINUTE if self.is_sample_market else FREE_KEY_REQUESTS_PER_MINUTE
        return self.alpha_vantage_requests_per_minute or default

    @property
    def uses_embedded_s3(self) -> bool:
        """Whether bronze lives in the stack's own S3 server."""
        return self.aws_endpoint_url is None

    @property
    def s3_url(self) -> str:
        """The S3 endpoint of bronze."""
        return self.aws_endpoint_url or f"http://{self.s3_host}:{self.s3_port}"

    @property
    def s3_credentials(self) -> tuple[str | None, str | None]:
        """The access key and the secret key of bronze's S3; None and None leave it to boto3's usual chain."""
        if self.uses_embedded_s3:
            return self.embedded_s3_access_key.get_secret_value(), self.embedded_s3_secret_key.get_secret_value()
        secret = self.aws_secret_access_key
        return self.aws_access_key_id, secret.get_secret_value() if secret else None

    @property
    def uses_embedded_postgres(self) -> bool:
        """Whether the warehouse lives in the stack's own Postgres."""
        return self.db_url is None

    @property
    def warehouse_url(self) -> str:
        """The warehouse as its owner, `stocklake`."""
        if self.db_url:
            return self.db_url.get_secret_value()
        return self._embedded_url("stocklake", self.stocklake_db_password, "stocks_dwh")

    @property
    def analyst_url(self) -> str:
        """The warehouse as the read-only role `analyst`: people and their tools."""
        return self._reading_url("analyst", self.analyst_db_url, self.analyst_db_password)

    @property
    def reader_url(self) -> str:
        """The warehouse as the read-only role `reader`: pages and the API, and the summary of `make up`."""
        return self._reading_url("reader", self.reader_db_url, self.reader_db_password)

    @property
    def postgres_admin_url(self) -> str:
        """The stack's own Postgres as its administrator."""
        return self._embedded_url("postgres", self.postgres_admin_password, "postgres")

    @property
    def uses_embedded_airflow(self) -> bool:
        """Whether Airflow is a child of `make up` on this machine."""
        return self.airflow_url is None

    @property
    def airflow_page_url(self) -> str:
        """Where a browser on this machine finds Airflow, in a container or not."""
        return f"http://{LOOPBACK}:{self.airflow_port}"

    @property
    def airflow_metadata_url(self) -> str:
        """Airflow's own database in the embedded Postgres, as SQLAlchemy names it."""
        url = self._embedded_url("airflow", self.airflow_db_password, "airflow")
        return url.replace("postgresql://", "postgresql+psycopg2://", 1)

    def _reading_url(self, role: str, url: SecretStr | None, password: SecretStr) -> str:
        if url:
            return url.get_secret_value()
        if self.db_url:
            raise SettingsError(
                f"{role.upper()}_DB_URL is missing: DB_URL names a Postgres whose {role} this project cannot know"
            )
        return self._embedded_url(role, password, "stocks_dwh")

    def _embedded_url(self, role: str, password: SecretStr, database: str) -> str:
        secret = quote(password.get_secret_value(), safe="")
        return f"postgresql://{role}:{secret}@{self.postgres_host}:{self.postgres_port}/{database}"

    def _is_local_market(self, url: str) -> bool:
        return urlsplit(url).hostname in LOCAL_HOSTS | {self.market_host.lower()}


@dataclass(frozen=True)
class PostgresAddress:
    """The parts of a Postgres URL, for programs that take no URL."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    database: str

    @classmethod
    def parse(cls, url: str) -> Self:
        """Take a URL apart; what it does not say is empty, the port Postgres's own."""
        parts = urlsplit(url)
        user, password, database = map(unquote, (parts.username or "", parts.password or "", parts.path.lstrip("/")))
        return cls(parts.hostname or "", parts.port or POSTGRES_PORT, user, password, database)


def _is_url(value: str, schemes: set[str]) -> bool:
    parts = urlsplit(value)
    return parts.scheme in schemes and bool(parts.hostname)


def has_display() -> bool:
    """Whether a browser could open a window here."""
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


class _Home(BaseSettings):
    """Where the embedded stack lives: it must be known before its secrets can be read."""

    model_config = SettingsConfigDict(extra="ignore", env_file=PROJECT_ROOT / ".env")

    stocklake_home: StocklakeHome = DEFAULT_HOME


def stocklake_home() -> Path:
    """Where the embedded stack lives, known even where another setting is wrong."""
    return _Home().stocklake_home


@cache
def get_settings() -> Settings:
    """Read and check the settings once per process.

    Raises: SettingsError that names each missing or malformed variable.
    """
    try:
        secrets = stocklake_home() / "secrets.env"
        files = (PROJECT_ROOT / ".env", secrets)  # the later file wins
        return Settings(_env_file=files)  # type: ignore[call-arg]  # pydantic-settings adds this argument at run time
    except ValidationError as error:
        raise SettingsError(_explain(error)) from None  # the original repeats the values, secrets among them


def _explain(error: ValidationError) -> str:
    return "These settings are wrong (see .env.example): " + "; ".join(map(_explain_one, error.errors()))


def _explain_one(fault: ErrorDetails) -> str:
    name = ".".join(map(str, fault["loc"])).upper() or "settings"
    return f"{name}: {fault['msg'].removeprefix('Value error, ').removeprefix('Input ')}"
