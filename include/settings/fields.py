"""The kinds of settings that several groups have."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from include.settings.postgres_url import check_parameters, parameters_of

LOOPBACK = "127.0.0.1"
# A container's name has no dot, every host of the internet has: MARKET_HOST never names a live source.
CONTAINER_OR_LOOPBACK = r"^(127\.0\.0\.1|[A-Za-z0-9_-]+)$"


class Group(BaseModel):
    """Settings of one subject; the alias of each is its variable."""

    model_config = ConfigDict(frozen=True, extra="ignore", validate_default=True)


def _is_url(value: str, schemes: set[str]) -> bool:
    parts = urlsplit(value)
    return parts.scheme in schemes and bool(parts.hostname)


def _check_http_url(value: str | None) -> str | None:
    if value is not None and not _is_url(value, {"http", "https"}):
        raise ValueError(f"is no http(s) address: {value!r}")
    return value


def _check_postgres_url(value: SecretStr | None) -> SecretStr | None:
    if value is not None:
        if not _is_url(value.get_secret_value(), {"postgresql", "postgres"}):
            raise ValueError("is no address of the form postgresql://user:password@host:port/stocks_dwh")
        check_parameters(parameters_of(value.get_secret_value()))
    return value


MayBeEmpty = BeforeValidator(lambda value: value or None)  # `NAME=` means "not set"
HttpUrl = Annotated[str | None, MayBeEmpty, AfterValidator(_check_http_url)]
PostgresUrl = Annotated[SecretStr | None, MayBeEmpty, AfterValidator(_check_postgres_url)]
Port = Annotated[int, Field(ge=1, le=65_535)]
Host = Annotated[str, Field(pattern=CONTAINER_OR_LOOPBACK)]
NO_SECRET = SecretStr("")  # of a generated one, until it is
