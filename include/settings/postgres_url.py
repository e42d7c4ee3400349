"""A Postgres URL as libpq reads it, for programs that take no URL or read one in another way."""

from collections.abc import Mapping
from pathlib import PurePath

# What libpq 15, the oldest of a program here, reads of its environment: so it reaches dbt and psql too.
VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "options": "PGOPTIONS",
    "application_name": "PGAPPNAME",
    "connect_timeout": "PGCONNECT_TIMEOUT",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "sslcrl": "PGSSLCRL",
    "ssl_min_protocol_version": "PGSSLMINPROTOCOLVERSION",
    "channel_binding": "PGCHANNELBINDING",
    "gssencmode": "PGGSSENCMODE",
}
FILES = ("sslrootcert", "sslcert", "sslkey", "sslcrl")
OF_THE_SYSTEM = "system"  # not a file: the authorities that the machine trusts


def parameters_of(url: str, **defaults: str) -> dict[str, str]:
    """What a URL says, by libpq's names, and `defaults` where it says nothing; both `options` hold, ours last.

    Raises: ValueError when libpq cannot read the URL; it does not repeat it.
    """
    from psycopg import ProgrammingError  # noqa: PLC0415 - slow to import, and only a Postgres elsewhere has a URL
    from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415

    try:
        said = {name: str(value) for name, value in conninfo_to_dict(url).items()}
    except ProgrammingError:
        raise ValueError(
            "is no address of the form postgresql://user:password@host:port/stocks_dwh?sslmode=verify-full: "
            "a sign like % or = within a part is written %25 or %3D"
        ) from None
    options = " ".join(filter(None, (said.get("options"), defaults.get("options"))))
    return defaults | said | ({"options": options} if options else {})


def conninfo_of(url: str, **defaults: str) -> str:
    """The same as `parameters_of`, as the one text by which psycopg connects."""
    from psycopg.conninfo import make_conninfo  # noqa: PLC0415

    return make_conninfo(**parameters_of(url, **defaults))


def environment_of(parameters: Mapping[str, str]) -> dict[str, str]:
    """The variables by which libpq is told the same."""
    return {VARIABLES[name]: value for name, value in parameters.items()}


def check_parameters(parameters: Mapping[str, str]) -> None:
    """Let pass what every program understands alike.

    Raises: ValueError that names what would be dropped by one of them.
    """
    if unknown := sorted(parameters.keys() - VARIABLES):
        raise ValueError(f"{', '.join(unknown)} would not reach every program; these do: {', '.join(VARIABLES)}")
    if "," in parameters.get("host", "") + parameters.get("port", ""):
        raise ValueError("names several servers, and dbt and Airflow take one")
    for name in FILES:
        file = parameters.get(name, OF_THE_SYSTEM)
        if file != OF_THE_SYSTEM and not PurePath(file).is_absolute():
            raise ValueError(f"{name} is no whole path (/…): {file!r}, and programs run in several folders")
