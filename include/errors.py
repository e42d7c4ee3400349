"""Every error the lakehouse raises on purpose, and what each means for the next try.

StocklakeError               what nobody foresaw is tried a few times
├── SettingsError            a setting or a field of a form is missing or malformed          never
├── PortfolioRefused         no portfolio, or none whose returns can be summed               never
├── StackError               an embedded service cannot start or stop
│   ├── PortBusy             … because something else listens on its port
│   └── AirflowSilent        Airflow's API, or the database behind it, does not answer now
├── MarketMismatch           sample and live data must never share a warehouse               never
├── SourceError              Alpha Vantage's response is not data; carries the source's words
│   ├── NetworkFault         no whole response arrived: time-out, hang-up, HTTP 5xx            backing off
│   │   └── ResponseTooSlow  … within the time for all of it
│   ├── MalformedResponse    a response arrived that is no JSON or CSV: HTML, truncated       backing off
│   ├── Throttled            too fast; knows after how many seconds to come back             when allowed
│   │   └── UnknownNotice    words without data that nobody has met yet: treated alike
│   ├── QuotaSpent           the credits of the day are gone: the ticker is skipped
│   ├── NothingKnown         the source knows no facts of this company: an outcome, no failure
│   └── Refused              asking again soon cannot help                                   never
│       ├── InvalidCall      unknown symbol or bad parameter
│       ├── InvalidApiKey    key missing, empty, or the demo key
│       ├── PremiumEndpoint  this key may not ask that
│       │   └── PremiumOutputSize  … for a whole history, though for its newest rows
│       ├── EmptyResponse    a valid response that holds nothing
│       ├── ResponseTooLarge  more bytes than any payload has
│       ├── WrongSymbol      the response speaks of another symbol
│       └── GaveUp           three credits of one run bought no response; the next run tries again
├── LoadMismatch             silver does not hold what was loaded                            never
├── ContractError            the payload is data, but not as the contract says                never
├── LakeError                S3 did not do what it was asked
│   └── LakeRefuses          … and will not: credentials, region, rights, certificate         never
├── BronzeError              an object of the lake cannot be trusted                         never
│   ├── ObjectMissing
│   └── ObjectCorrupt
├── PayloadQuarantined       a payload that cannot be believed is not taken in               never
├── RunInProgress            another run holds the pipeline
├── TickersFailed            the report's verdict: some tickers failed, the others went on   never
└── SymbolsQuarantined       the publication's: some symbols broke a row rule                never
"""

from collections.abc import Iterator
from enum import Enum
from typing import ClassVar, TypeVar


class Retry(Enum):
    """Whether another try of the same task can help, and when."""

    NEVER = "never"
    BACKING_OFF = "backing off"
    WHEN_ALLOWED = "when allowed"
    A_FEW_TIMES = "a few times"


class StocklakeError(Exception):
    """Root of the tree: catch this at a process edge, a subclass anywhere else."""

    retry: ClassVar[Retry] = Retry.A_FEW_TIMES


class SettingsError(StocklakeError, ValueError):
    """A setting, or a field of a form, is missing or malformed."""

    retry = Retry.NEVER


class PortfolioRefused(StocklakeError, ValueError):
    """What was asked for is no portfolio, or none whose returns can be summed."""

    retry = Retry.NEVER


class StackError(StocklakeError):
    """An embedded service cannot start or stop."""


class PortBusy(StackError):
    """Something else listens on the port of an embedded service."""


class AirflowSilent(StackError):
    """Airflow's API, or the database behind it, does not answer now."""


class MarketMismatch(StocklakeError):
    """The warehouse holds the other market (sample or live) than the settings name."""

    retry = Retry.NEVER


class SourceError(StocklakeError):
    """Alpha Vantage's response is not data. The message is the source's, the key masked; what it means is ours."""

    means: ClassVar[str] = "no data"
    stops_group: ClassVar[bool] = False  # the other tickers of the task would meet the same
    blocks_ticker: ClassVar[bool] = False  # asking for this ticker again within 30 days wastes a credit


class NetworkFault(SourceError):
    """No whole response arrived."""

    means = "no whole response arrived"
    retry = Retry.BACKING_OFF


class ResponseTooSlow(NetworkFault):
    """The response was not whole when the time for all of it was up, however steadily it came."""


class MalformedResponse(SourceError):
    """The response is neither JSON nor CSV."""

    means = "the response is neither JSON nor CSV"
    retry = Retry.BACKING_OFF


class Throttled(SourceError):
    """Calls came too fast.

    Units:  `retry_after` in seconds.
    """

    means = "asked too fast"
    retry = Retry.WHEN_ALLOWED
    stops_group = True

    def __init__(self, message: str, *, retry_after: float = 60.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class UnknownNotice(Throttled):
    """The response is words without data, in a wording nobody has met yet."""

    means = "a notice in place of data"


class QuotaSpent(SourceError):
    """The credits of the day are gone."""

    means = "the credits of the day are spent"
    stops_group = True


class NothingKnown(SourceError):
    """The source knows no facts of this company, as of a fund or a foreign listing."""

    means = "no facts of this company"


class Refused(SourceError):
    """Asking again soon cannot help."""

    retry = Retry.NEVER


class InvalidCall(Refused):
    """The source knows no such symbol, or a parameter is wrong."""

    means = "the source does not know this ticker"  # its own words, "Invalid API call", make one doubt the key
    blocks_ticker = True


class InvalidApiKey(Refused):
    """The API key is missing or empty."""

    means = "the source does not accept the API key"
    stops_group = True


class PremiumEndpoint(Refused):
    """The API key's plan does not include this call."""

    means = "the API key's plan does not include this"
    blocks_ticker = True


class PremiumOutputSize(PremiumEndpoint):
    """The API key's plan does not include the whole history, which says nothing against the ticker."""

    means = "the API key's plan does not include the whole history"
    blocks_ticker = False


class EmptyResponse(Refused):
    """The response is valid and holds nothing."""

    means = "the response holds nothing"
    blocks_ticker = True


class ResponseTooLarge(Refused):
    """The response has more bytes, unpacked, than any payload; the rest of them was not read."""


class GaveUp(Refused):
    """The ticker got its credits of this run, and none bought a response."""

    means = "given up for this run"


class WrongSymbol(Refused):
    """The response speaks of another symbol than the one asked for."""

    means = "the response is of another ticker"
    blocks_ticker = True


class LoadMismatch(StocklakeError):
    """Silver does not hold what the batch says it loaded."""

    retry = Retry.NEVER


class ContractError(StocklakeError):
    """The payload is data, but not as the contract says, so nothing of it is loaded.

    A field that the contract names is missing everywhere, or the newest row or more than a tenth of all rows have no
    believable date and close.
    """

    retry = Retry.NEVER


class LakeError(StocklakeError):
    """S3 did not do what it was asked. The message names the endpoint, S3's code and the setting to look at."""


class LakeRefuses(LakeError):
    """S3 does not do it for these settings: credentials, region, rights, certificate, clock."""

    retry = Retry.NEVER


class BronzeError(StocklakeError):
    """An object of the lake cannot be trusted."""

    retry = Retry.NEVER


class ObjectMissing(BronzeError):
    """The object does not exist."""


class ObjectCorrupt(BronzeError):
    """The object does not match the hash in its key."""


class PayloadQuarantined(StocklakeError):
    """A payload breaks a rule of plausibility: silver stays as it was. The message names rule, value and way out."""

    retry = Retry.NEVER


class RunInProgress(StocklakeError):
    """Another run holds the pipeline."""


class TickersFailed(StocklakeError):
    """Some tickers failed; the others went on."""

    retry = Retry.NEVER


class SymbolsQuarantined(StocklakeError):
    """Rows of some symbols break a rule of gold; the others were published."""

    retry = Retry.NEVER


Kind = TypeVar("Kind", bound=StocklakeError)


def kinds_of(root: type[Kind]) -> Iterator[type[Kind]]:
    """A class of error and all below it, as the tree draws them."""
    yield root
    for kind in root.__subclasses__():
        yield from kinds_of(kind)


# What each error of the source means, in our words, by the name that the ledger of calls has for it.
MEANS = {kind.__name__: kind.means for kind in kinds_of(SourceError)}
