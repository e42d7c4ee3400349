"""Where prices come from, of which tickers, and how fast."""

from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, PositiveInt, SecretStr, model_validator

from include.settings.fields import LOOPBACK, Group, Host, HttpUrl, MayBeEmpty, Port
from include.tickers import parse_symbols

ALPHA_VANTAGE_URL = "https://www.alphavantage.co/query"
SAMPLE_SYMBOLS = ("AAPL", "FB", "GOOG", "IBM", "MSFT")
FREE_KEY_REQUESTS_PER_DAY = 25
FREE_KEY_REQUESTS_PER_MINUTE = 50  # one a second is allowed: less, because the network moves calls together
# The local market server costs nothing; the limits stay finite so that the same code paths run.
SAMPLE_REQUESTS_PER_DAY = 1_000_000
SAMPLE_REQUESTS_PER_MINUTE = 6_000
LOCAL_HOSTS = frozenset({LOOPBACK, "localhost", "::1"})
Limit = Annotated[PositiveInt | None, MayBeEmpty]


def _split_symbols(value: object) -> object:
    if not isinstance(value, str):
        return value
    symbols = parse_symbols(value)
    if not symbols:
        raise ValueError("names no symbol; write for example IBM,AAPL")
    return symbols


def _parse_symbol(value: object) -> object:
    symbols = parse_symbols(value) if isinstance(value, str) else ()
    if len(symbols) > 1:
        raise ValueError("names more than one symbol; write for example SPY")
    return symbols[0] if symbols else None


class Source(Group):
    """Alpha Vantage, or the local market server where there is no key."""

    api_key: Annotated[SecretStr | None, MayBeEmpty] = Field(None, alias="ALPHA_VANTAGE_API_KEY")
    base_url: HttpUrl = Field(None, alias="ALPHA_VANTAGE_BASE_URL")
    key_requests_per_day: Limit = Field(None, alias="ALPHA_VANTAGE_REQUESTS_PER_DAY")
    key_requests_per_minute: Limit = Field(None, alias="ALPHA_VANTAGE_REQUESTS_PER_MINUTE")
    symbols: Annotated[tuple[str, ...], BeforeValidator(_split_symbols)] = Field(SAMPLE_SYMBOLS, alias="STOCK_SYMBOLS")
    benchmark_symbol: Annotated[str | None, BeforeValidator(_parse_symbol)] = Field(None, alias="BENCHMARK_SYMBOL")
    risk_free_rate_pct: Annotated[float, BeforeValidator(lambda value: value or 0.0)] = Field(
        0.0, alias="RISK_FREE_RATE_PCT", gt=-100, lt=100
    )
    tickers_per_task: int = Field(1, alias="TICKERS_PER_TASK", ge=1)
    market_host: Host = Field(LOOPBACK, alias="MARKET_HOST")
    market_port: Port = Field(8900, alias="MARKET_PORT")

    @model_validator(mode="after")
    def _base_url_needs_a_key_unless_local(self) -> Self:
        if self.api_key is None and self.base_url and not self._is_local_market(self.base_url):
            raise ValueError(
                "ALPHA_VANTAGE_API_KEY is missing, and ALPHA_VANTAGE_BASE_URL names no local market server"
            )
        return self

    @model_validator(mode="after")
    def _benchmark_is_fetched(self) -> Self:
        if self.benchmark_symbol and self.benchmark_symbol not in self.symbols:
            raise ValueError(f"BENCHMARK_SYMBOL={self.benchmark_symbol} is not among STOCK_SYMBOLS: add it there")
        return self

    @property
    def is_sample(self) -> bool:
        """Whether prices are the sample market's: exactly where there is no key, whatever the address."""
        return self.api_key is None

    @property
    def is_nearby(self) -> bool:
        """Whether calls go to this machine, or to a container beside it: to the local market, or a caching proxy."""
        return self._is_local_market(self.url)

    @property
    def url(self) -> str:
        """The address every API call goes to, `/query` included."""
        local = f"http://{self.market_host}:{self.market_port}/query"
        return self.base_url or (ALPHA_VANTAGE_URL if self.api_key else local)

    @property
    def requests_per_day(self) -> int:
        """Credits that may be spent in 24 hours."""
        default = SAMPLE_REQUESTS_PER_DAY if self.is_sample else FREE_KEY_REQUESTS_PER_DAY
        return self.key_requests_per_day or default

    @property
    def requests_per_minute(self) -> int:
        """Calls per minute, spaced evenly."""
        default = SAMPLE_REQUESTS_PER_MINUTE if self.is_sample else FREE_KEY_REQUESTS_PER_MINUTE
        return self.key_requests_per_minute or default

    def _is_local_market(self, url: str) -> bool:
        return urlsplit(url).hostname in LOCAL_HOSTS | {self.market_host.lower()}
