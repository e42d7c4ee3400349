"""One call to Alpha Vantage: HTTP in, a checked payload out. What the bytes mean is decided in `payloads`."""

import logging
from typing import Self

import httpx

from include import sources
from include.alpha_vantage.download import download, open_http
from include.alpha_vantage.functions import AlphaVantageFunction
from include.alpha_vantage.masking import mask_key
from include.alpha_vantage.payloads import check_payload
from include.errors import NetworkFault, SourceError
from include.settings import Settings, get_settings

SAMPLE_KEY = "sample"  # the local market server, like the source, wants a key and accepts any
WORDLESS = {b"", b"{}"}  # with an error's status, an empty object is a gateway's and not what the source knows

logging.getLogger("httpx").setLevel(logging.WARNING)  # at INFO it logs whole URLs, the key in them


class AlphaVantageClient:
    """A connection to the market that the settings name; use it as a context manager."""

    def __init__(self, settings: Settings) -> None:
        self._key = key_of(settings)
        self._url = settings.source.url
        self._http = open_http(trust_env=not settings.source.is_nearby)  # no proxy on loopback

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self._http.close()

    def fetch(self, function: AlphaVantageFunction, symbol: str) -> bytes:
        """Call the source once and return the payload: the body, if it is the data asked for.

        Raises: SourceError in the source's own words, in which the API key is masked.
        """
        try:
            body = self._get(function, symbol)
            check_payload(body, function=function, symbol=symbol)
        except SourceError as error:
            error.args = (mask_key(str(error), self._key),)
            raise
        return body

    def _get(self, function: AlphaVantageFunction, symbol: str) -> bytes:
        """The body, whatever it says: it may repeat the API key, and so may an error."""
        parameters = {"function": function.name, "symbol": symbol, **dict(function.parameters), "apikey": self._key}
        try:
            response = download(self._http, self._url, parameters, of=symbol)
        except httpx.HTTPError as error:
            # The original error holds the request, and with it the key.
            reason = str(error) or type(error).__name__
            raise NetworkFault(f"{symbol}: no response from the market ({reason})") from None
        is_wordless = httpx.codes.is_error(response.status) and response.body.strip() in WORDLESS
        if httpx.codes.is_server_error(response.status) or is_wordless:
            raise NetworkFault(f"{symbol}: the market answered HTTP {response.status}")
        return response.body


def key_of(settings: Settings) -> str:
    """The key that the source is asked with."""
    key = settings.source.api_key
    return key.get_secret_value() if key else SAMPLE_KEY


class AlphaVantage:
    """Alpha Vantage as a source of datasets; the local market server speaks as it does."""

    name = sources.ALPHA_VANTAGE

    def open(self) -> AlphaVantageClient:
        """Connect to the market that the settings name."""
        return AlphaVantageClient(get_settings())

    def budget(self) -> sources.CallBudget:
        """The calls that the key's plan allows."""
        settings = get_settings()
        return sources.CallBudget(self.name, settings.source.requests_per_minute, settings.source.requests_per_day)


ALPHA_VANTAGE = AlphaVantage()
