"""The only reader of the environment: every setting, in groups, checked once at start.

The process environment wins over the generated secrets in `$STOCKLAKE_HOME/secrets.env`, which open the data of
that home alone, and these over `.env`, whose secrets are the containers'.
What is left empty is served by the stack itself: no `DB_URL` means its own Postgres, no
`AWS_ENDPOINT_URL` its own S3 server, no `ALPHA_VANTAGE_API_KEY` its local market server. These are
processes on loopback, or containers that `POSTGRES_HOST`, `S3_HOST`, `MARKET_HOST` and `AIRFLOW_URL` name.
"""

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import ErrorDetails

from include.errors import SettingsError
from include.settings.airflow import Airflow
from include.settings.bronze import Bronze
from include.settings.fields import CONTAINER_OR_LOOPBACK, LOOPBACK
from include.settings.files import read_file
from include.settings.postgres_url import conninfo_of, environment_of, parameters_of
from include.settings.source import ALPHA_VANTAGE_URL, SAMPLE_SYMBOLS, Source
from include.settings.stack import PROJECT_ROOT, Stack
from include.settings.warehouse import Warehouse

__all__ = [
    "ALPHA_VANTAGE_URL",
    "CONTAINER_OR_LOOPBACK",
    "LOOPBACK",
    "PROJECT_ROOT",
    "READ_AT_EVERY_RUN",
    "READ_BY_COMMANDS",
    "SAMPLE_SYMBOLS",
    "VARIABLES",
    "Settings",
    "conninfo_of",
    "environment_of",
    "get_settings",
    "has_display",
    "parameters_of",
    "read_anew",
    "stocklake_home",
]


class Settings(BaseModel):
    """All settings of the lakehouse, made from variables named as in `.env.example`, in capitals or not."""

    model_config = ConfigDict(frozen=True)

    source: Source
    bronze: Bronze
    warehouse: Warehouse
    airflow: Airflow
    stack: Stack

    @model_validator(mode="before")
    @classmethod
    def _give_each_group_the_variables(cls, given: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        variables = {name.upper(): value for name, value in given.items()}
        return dict.fromkeys(cls.model_fields, variables)  # a group takes those that it has

    @property
    def host_names(self) -> tuple[str, ...]:
        """The names under which a browser finds the dashboard and Airflow, without ports; `*.` is any below it.

        Whoever may point a name of their own to this machine may not point one of these.
        """
        return (LOOPBACK, "localhost", "*.localhost", *filter(None, (self.stack.host_name,)))

    def by_variable(self) -> dict[str, Any]:
        """Every setting by its variable."""
        return {
            str(field.alias): getattr(group, name)
            for _, group in self
            for name, field in type(group).model_fields.items()
        }


VARIABLES = frozenset(Settings.model_validate({}).by_variable())
# Each run and each page reads these anew, so a change in `.env` needs no new start.
READ_AT_EVERY_RUN = frozenset(
    {
        "STOCK_SYMBOLS",
        "BENCHMARK_SYMBOL",
        "RISK_FREE_RATE_PCT",
        "TICKERS_PER_TASK",
        "ALPHA_VANTAGE_REQUESTS_PER_DAY",
        "ALPHA_VANTAGE_REQUESTS_PER_MINUTE",
    }
)
# Read by the command alone that it is given to: no service is told of it.
READ_BY_COMMANDS = frozenset({"PIPELINE"})


@cache
def get_settings() -> Settings:
    """Read and check the settings once per process.

    Raises: SettingsError that names each missing or malformed variable, or the line of a file that cannot be read.
    """
    return _check(_read_environment(PROJECT_ROOT / ".env", stocklake_home() / "secrets.env"))


def read_anew(told: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process, of which those of READ_AT_EVERY_RUN are read now.

    `told` is what the environment of another process says of these: as that one reads them.
    Raises: SettingsError.
    """
    environment: Mapping[str, str] = os.environ
    if told is not None:
        ours = {name: value for name, value in os.environ.items() if name.upper() not in READ_AT_EVERY_RUN}
        environment = ours | dict(told)
    settings = get_settings()
    fresh = _check(_read_environment(PROJECT_ROOT / ".env", environment=environment)).source
    fields = [name for name, field in Source.model_fields.items() if field.alias in READ_AT_EVERY_RUN]
    read = {name: getattr(fresh, name) for name in fields}
    return settings.model_copy(update={"source": settings.source.model_copy(update=read)})


def stocklake_home() -> Path:
    """Where the embedded stack lives, known before its secrets are read and even where another setting is wrong."""
    variables = _read_environment(PROJECT_ROOT / ".env")
    return Stack.model_validate({"STOCKLAKE_HOME": variables.get("STOCKLAKE_HOME")}).home


def has_display() -> bool:
    """Whether a browser could open a window here."""
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _read_environment(*files: Path, environment: Mapping[str, str] = os.environ) -> dict[str, str | None]:
    # The environment wins over the files, a later file over an earlier one.
    sources: list[Mapping[str, str | None]] = [*map(read_file, files), environment]
    return {name.upper(): value for source in sources for name, value in source.items()}


def _check(variables: Mapping[str, str | None]) -> Settings:
    try:
        return Settings.model_validate(variables)
    except ValidationError as error:
        raise SettingsError(_explain(error)) from None  # the original repeats the values, secrets among them


def _explain(error: ValidationError) -> str:
    return "These settings are wrong (see .env.example): " + "; ".join(map(_explain_one, error.errors()))


def _explain_one(fault: ErrorDetails) -> str:
    _, *variable = fault["loc"]  # behind its group
    name = ".".join(map(str, variable)) or "settings"
    return f"{name}: {fault['msg'].removeprefix('Value error, ').removeprefix('Input ')}"
