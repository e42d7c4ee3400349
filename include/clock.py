"""The one "now" of the market: everything that asks what is known, closed or due asks here. And moments as written."""

from datetime import UTC, datetime, time
from urllib.parse import urljoin

import httpx

from include.errors import NetworkFault, SettingsError
from include.settings import get_settings

TIMEOUT_SECONDS = 10


def market_now() -> datetime:
    """The wall clock on the live market, the local server's clock on the sample market; aware, UTC.

    Raises: NetworkFault when the local market server does not answer, or something else does.
    """
    settings = get_settings()
    if not settings.source.is_sample:
        return datetime.now(UTC)
    url = urljoin(settings.source.url, "/clock")
    try:
        response = httpx.get(url, timeout=TIMEOUT_SECONDS, trust_env=False).raise_for_status().json()
        return datetime.fromisoformat(response["now"]).astimezone(UTC)
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        raise NetworkFault(
            f"the local market server does not answer at {url} ({error!r}); is it up? `make status`"
        ) from None


def parse_moment(text: str, *, of_day: time = time.max) -> datetime:
    """A moment, UTC where it names no zone; a day means its end, or the time given.

    Raises: SettingsError when the text is neither.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise SettingsError(f"{text!r} is no day or moment; write for example 2013-03-02") from None
    is_day = len(text) <= len("2013-03-02")
    moment = datetime.combine(moment, of_day) if is_day else moment
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
