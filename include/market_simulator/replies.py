"""Everything Alpha Vantage says instead of data, in its own words."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from include.market_simulator.layouts import CSV_TYPE, DAILY, JSON_TYPE, WEEKLY

_PREMIUM_URL: Final = "https://www.alphavantage.co/premium/"
_KEY_URL: Final = "https://www.alphavantage.co/support/#api-key"
_DOCUMENTATION_URL: Final = "https://www.alphavantage.co/documentation/"
_SUPPORT: Final = "Please contact support@alphavantage.co if you are targeting a higher API request volume."
_NO_DAILY_LIMITS: Final = f"any of the premium plans at {_PREMIUM_URL} to instantly remove all daily rate limits."
_INVALID_KEY: Final = (
    f"the parameter apikey is invalid or missing. Please claim your free API key on ({_KEY_URL}). "
    "It should take less than 20 seconds."
)
_HTML_TYPE: Final = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Call:
    """One request to /query, as it was typed."""

    function: str = ""
    symbol: str = ""
    api_key: str = field(default="", repr=False)  # it must reach no log
    output_size: str = "compact"
    data_type: str = "json"
    accept: str = "*/*"


@dataclass(frozen=True)
class Reply:
    """One response of /query."""

    body: bytes
    status: int = 200
    media_type: str = JSON_TYPE
    is_data: bool = False
    sent_bytes: int | None = None  # hang up after so many bytes


def _notice(field_name: str, text: str) -> Callable[[Call], Reply]:
    def reply(call: Call) -> Reply:
        # replace() and not format(): what a caller typed may hold braces.
        worded = text.replace("<KEY>", call.api_key).replace("<FUNCTION>", call.function)
        return Reply(json.dumps({field_name: worded}, indent=4).encode())

    return reply


def _page(status: int, title: str, text: str) -> Callable[[Call], Reply]:
    html = (
        f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1><p>{text}</p></body></html>\n"
    )
    return lambda _: Reply(html.encode(), status=status, media_type=_HTML_TYPE)


def _fixed(text: str, *, status: int = 200) -> Callable[[Call], Reply]:
    return lambda _: Reply(text.encode(), status=status)


def _csv_letters(call: Call) -> Reply:
    # The source writes the notice's field name, "Information", as if it were a row: one letter to a column.
    header = (DAILY if call.function == "TIME_SERIES_DAILY" else WEEKLY).csv_header
    letters = ",".join("Information"[: header.count(",") + 1])
    return Reply(f"{header}\r\n{letters}\r\n".encode(), media_type=CSV_TYPE)


# Each as the source would word it for a call.
REPLIES: Final[dict[str, Callable[[Call], Reply]]] = {
    "throttle_per_second": _notice(
        "Information",
        "Thank you for using Alpha Vantage! Please consider spreading out your free API requests more sparingly "
        f"(1 request per second). You may subscribe to any of the premium plans at {_PREMIUM_URL} to lift the free key "
        "rate limit (25 requests per day), raise the per-second burst limit, and instantly unlock all premium "
        "endpoints",
    ),
    "throttle_burst": _notice(
        "Information",
        "Burst pattern detected. Please consider spreading out your API requests more evenly across a 1-minute window "
        f"and query no more than 20 requests per second. {_SUPPORT}",
    ),
    "throttle_minute": _notice(
        "Information",
        "Minute-level rate limit exceed. Please stay under the number of API requests per minute for your premium "
        f"subscription plan. {_SUPPORT}",
    ),
    "quota_spent": _notice(
        "Information",
        "We have detected your API key as <KEY> and our standard API rate limit is 25 requests per day. "
        f"Please subscribe to {_NO_DAILY_LIMITS}",
    ),
    "quota_spent_2023": _notice(
        "Information",
        "Thank you for using Alpha Vantage! Our standard API rate limit is 25 requests per day. "
        f"Please subscribe to {_NO_DAILY_LIMITS}",
    ),
    "note_2018": _notice(
        "Note",
        "Thank you for using Alpha Vantage! Our standard API call frequency is 5 calls per minute and 500 calls "
        f"per day. Please visit {_PREMIUM_URL} if you would like to target a higher API call frequency.",
    ),
    "premium": _notice(
        "Information",
        "Thank you for using Alpha Vantage! This is a premium endpoint. You may subscribe to any of the premium plans "
        f"at {_PREMIUM_URL} to instantly unlock all premium endpoints",
    ),
    "premium_output_size": _notice(
        "Information",
        "Thank you for using Alpha Vantage! The outputsize=full parameter value is a premium feature for the "
        f"TIME_SERIES_DAILY endpoint. You may subscribe to any of the premium plans at {_PREMIUM_URL} to instantly "
        "unlock all premium features",
    ),
    "demo_key": _notice(
        "Information",
        f"The **demo** API key is for demo purposes only. Please claim your free API key at ({_KEY_URL}) to explore "
        "our full API offerings. It takes fewer than 20 seconds.",
    ),
    "invalid_call": _notice(
        "Error Message",
        f"Invalid API call. Please retry or visit the documentation ({_DOCUMENTATION_URL}) for <FUNCTION>.",
    ),
    "invalid_call_2017": _notice(
        "Error Message",
        f"Invalid API call, please visit documentation ({_DOCUMENTATION_URL}) for function: <FUNCTION>",
    ),
    "invalid_key": _notice("Error Message", _INVALID_KEY),
    "invalid_key_as_information": _notice("Information", _INVALID_KEY),
    "unknown_function": _notice("Error Message", "This API function (<FUNCTION>) does not exist."),
    "unknown_wording": _notice("Information", "Our carrier pigeons are resting. Kindly return with fresh grain."),
    "empty": _fixed("{}"),
    "forbidden": _fixed("{}", status=403),  # a gateway's, which speaks for nobody
    "empty_best_matches": _fixed('{\n    "bestMatches": []\n}'),
    "csv_letters": _csv_letters,
    "not_acceptable": _fixed('{"detail":"Could not satisfy the request Accept header."}', status=406),
    "unavailable": _page(503, "Application Error", "An error occurred in the application. Please try again later."),
    "html": _page(200, "Alpha Vantage", "We will be back soon."),
}
