"""The ports of the stack: each free, or held by the stack itself, before anything starts."""

import errno
import socket
from collections.abc import Iterable

from include.errors import PortBusy, SettingsError
from include.settings import LOOPBACK, Settings

TITLES = {
    "AIRFLOW_PORT": "Airflow",
    "DASHBOARD_PORT": "the dashboard",
    "POSTGRES_PORT": "Postgres",
    "S3_PORT": "the S3 server",
    "MARKET_PORT": "the market server",
}


def ports_of(settings: Settings) -> dict[str, int]:
    """The ports that the services of these settings listen on, by their variables.

    Raises: SettingsError when two of them are the same.
    """
    ports = {
        "AIRFLOW_PORT": settings.airflow.port,
        "DASHBOARD_PORT": settings.stack.dashboard_port,
        "POSTGRES_PORT": settings.warehouse.port,
    }
    if settings.bronze.is_embedded:
        ports["S3_PORT"] = settings.bronze.port
    if settings.source.is_sample:
        ports["MARKET_PORT"] = settings.source.market_port
    names: dict[int, str] = {}
    for name, port in ports.items():
        if port in names:
            raise SettingsError(f"{names[port]} and {name} are both {port}: every service needs a port of its own")
        names[port] = name
    return ports


def check_ports_free(ports: dict[str, int], *, ours: Iterable[str] = ()) -> None:
    """Find out before anything starts whether every port can be listened on, but for `ours`.

    Raises: PortBusy that names the port, its variable and how to choose another.
    """
    for name, port in ports.items():
        if name not in ours and not is_free(port):
            free = next((other for other in range(port + 1, port + 100) if is_free(other)), port + 1)
            raise PortBusy(
                f"Port {port}, which {TITLES[name]} needs, is taken by another program: "
                f"end that program, or choose another port with the line {name}={free} in .env"
            )


def is_free(port: int) -> bool:
    """Whether a server could listen on this port now."""
    try:
        socket.create_server((LOOPBACK, port)).close()  # reused at once: a just-ended server's port is free
    except OSError as error:
        if error.errno in {errno.EADDRINUSE, errno.EACCES}:
            return False
        raise
    return True
