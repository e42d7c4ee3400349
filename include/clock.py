"""The one "now" of the market: everything that asks what is known, closed or due asks here."""

from datetime import UTC, datetime
from urllib.parse import urljoin

import httpx

from include.errors import NetworkFault
from include.settings import get_settings

TIMEOUT_SECONDS = 10


def market_now() -> datetime:
    """The wall clock on the live market, the local server's clock on the sample market; aware, UTC.

    Raises: NetworkFault when the local market server does not answer.
    """
    settings = get_settings()
    if not settings.is_sample_market:
        return datetime.now(UTC)
    url = urljoin(settings.market_url, "/clock")
    try:
        answer = httpx.get(url, timeout=TIMEOUT_SECONDS, trust_env=False).raise_for_status().json()
    except httpx.HTTPError as error:
        raise NetworkFault(
            f"the local market server does not answer at {url} ({error}); is it up? `make status`"
        ) from None
    return datetime.fromisoformat(answer["now"]).astimezone(UTC)
