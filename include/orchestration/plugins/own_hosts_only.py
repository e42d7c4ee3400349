"""Airflow's API server answers for its own host names: no page reaches it under a name that it lets point here."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from airflow.sdk.plugins_manager import AirflowPlugin

if TYPE_CHECKING:
    from starlette.types import ASGIApp


def own_hosts_only(app: "ASGIApp") -> "ASGIApp":
    """The application behind a look at the header Host; any other name gets HTTP 400."""
    from starlette.middleware.trustedhost import TrustedHostMiddleware  # every process of Airflow reads this file

    from include.settings import get_settings

    settings = get_settings()
    between_containers = str(urlsplit(settings.airflow.api_url).hostname)
    return TrustedHostMiddleware(app, [*settings.host_names, between_containers], www_redirect=False)


class OwnHostsOnly(AirflowPlugin):
    """Put the look before everything that the API server answers."""

    name = "own_hosts_only"
    fastapi_root_middlewares = [  # noqa: RUF012 - an attribute of each plugin by its base class
        {"name": name, "middleware": own_hosts_only}
    ]
