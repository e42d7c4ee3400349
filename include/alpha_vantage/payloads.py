"""Tell responses apart. Everything comes as HTTP 200, so the content decides.

The order of the questions matters, because the wording of notices has changed five times in eight years: first
"is the data there?", then "is it one of the known phrases?", and what nobody has met yet is a throttle with its text.
"""

import re
from collections.abc import Mapping

import msgspec

from include.alpha_vantage.functions import BYTE_ORDER_MARK, UNREADABLE_JSON, AlphaVantageFunction
from include.errors import (
    EmptyResponse,
    InvalidApiKey,
    InvalidCall,
    MalformedResponse,
    NothingKnown,
    PremiumEndpoint,
    PremiumOutputSize,
    QuotaSpent,
    SourceError,
    Throttled,
    UnknownNotice,
    WrongSymbol,
)

NOTICE_FIELDS = ("Error Message", "Information", "Note", "detail")

# The first phrase that is found decides. The per-second notice names the daily limit too: throttles come first.
PHRASES: tuple[tuple[re.Pattern[str], type[SourceError], float | None], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), kind, retry_after)
    for pattern, kind, retry_after in (
        (r"per second|burst pattern", Throttled, 2.0),
        (r"minute-level|per minute(?!.*per day)", Throttled, 60.0),
        (r"outputsize=full .*premium", PremiumOutputSize, None),
        (r"premium endpoint|premium function", PremiumEndpoint, None),
        (r"calls? per minute and \d+ calls? per day", Throttled, 60.0),
        (r"\d+ requests per day", QuotaSpent, None),
        (r"demo\W+ api key is for demo purposes", InvalidApiKey, None),
        (r"apikey is invalid or missing", InvalidApiKey, None),
        (r"invalid api call|function \(.*\) does not exist", InvalidCall, None),
        (r"higher api call volume", Throttled, 60.0),
    )
)


def check_payload(body: bytes, *, function: AlphaVantageFunction, symbol: str) -> None:
    """Return quietly when the body holds the data asked for.

    Raises: the SourceError that the response stands for, in the source's own words: `mask_key` makes them fit to log.
    Source: captured and quoted responses, 2017 to 2026.
    """
    text = body.removeprefix(BYTE_ORDER_MARK).strip()
    if _is_csv(text, function):
        return
    response = _decode(text, symbol)
    if _holds_data(response, function):
        _check_symbol(response, function, symbol)
        return
    raise _explain(response, function, symbol)


def _is_csv(text: bytes, function: AlphaVantageFunction) -> bool:
    header, _, rows = text.partition(b"\n")
    # A row begins with a date. Asked for CSV, the source also writes notices as rows: I,n,f,o,r,m,a.
    return header.strip() == function.csv_header and rows[:1].isdigit()


def _decode(text: bytes, symbol: str) -> Mapping[str, object]:
    shown = text.decode("utf-8", "replace")
    if not text:
        raise MalformedResponse(f"{symbol}: the response has no content")
    if text.startswith(b"<"):
        raise MalformedResponse(f"{symbol}: the response is an HTML page: {shown}")
    try:
        response = msgspec.json.decode(text)
    except UNREADABLE_JSON as error:
        _raise_csv_notice(text, symbol)
        raise MalformedResponse(f"{symbol}: the response is no JSON ({error}): {shown}") from None
    if not isinstance(response, dict):
        raise MalformedResponse(f"{symbol}: the response is JSON, but no object: {shown}")
    return response


def _raise_csv_notice(text: bytes, symbol: str) -> None:
    # A notice as CSV is its field's name, one letter to a column: the words are lost.
    if b"I,n,f,o,r,m,a" in text.replace(b" ", b""):
        raise UnknownNotice(f"{symbol}: a notice in place of CSV: {text.decode('utf-8', 'replace')}")


def _holds_data(response: Mapping[str, object], function: AlphaVantageFunction) -> bool:
    data = response.get(function.data_field)
    return bool(data) or (function.is_empty_data and data == [])


def _check_symbol(response: Mapping[str, object], function: AlphaVantageFunction, symbol: str) -> None:
    named: object = response
    for field in function.symbol_path:
        named = named.get(field) if isinstance(named, dict) else None
    if isinstance(named, str) and named.upper() != symbol.upper():
        raise WrongSymbol(f"asked for {symbol}, the response speaks of {named}")


def _explain(response: Mapping[str, object], function: AlphaVantageFunction, symbol: str) -> SourceError:
    words = next((str(response[field]) for field in NOTICE_FIELDS if response.get(field)), None)
    if words is None:
        return _explain_silence(response, function, symbol)
    for phrase, kind, retry_after in PHRASES:
        if phrase.search(words):
            said = f"{symbol}: {words}"
            return Throttled(said, retry_after=retry_after) if retry_after else kind(said)
    return UnknownNotice(f"{symbol}: {words}")


def _explain_silence(response: Mapping[str, object], function: AlphaVantageFunction, symbol: str) -> SourceError:
    if function.may_know_nothing and set(response) <= set(function.symbol_path):
        return NothingKnown(f"{symbol}: Alpha Vantage knows no facts of this company; asked again after 30 days")
    if not set(response) - {"Meta Data", "bestMatches", "Symbol", function.data_field}:
        return EmptyResponse(f"{symbol}: Alpha Vantage knows nothing about it under {function}")
    shown = msgspec.json.encode(response).decode("utf-8", "replace")
    return UnknownNotice(f"{symbol}: a response without data: {shown}")
