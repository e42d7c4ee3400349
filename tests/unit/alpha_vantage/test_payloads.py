"""Every reply seen in the wild is told apart by its content."""

import pickle

import pytest

from include.alpha_vantage.functions import AlphaVantageFunction
from include.alpha_vantage.masking import mask_key
from include.alpha_vantage.payloads import check_payload
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
from include.silver.datasets.company_overview import OVERVIEW
from include.silver.datasets.daily_prices import DAILY
from include.silver.weeks import WEEKLY_ADJUSTED
from tests.captures.folders import captures_of, needs_real_captures, read_capture
from tests.payloads import CSV_HEADER, bar, csv_of, payload_of

DATA = payload_of({"2024-01-05": bar()})

OUTCOME_OF_INVENTED = {
    "replies/empty.json": EmptyResponse,
    "replies/invalid_call.json": InvalidCall,
    "replies/quota.json": QuotaSpent,
    "replies/throttle.json": Throttled,
    "replies/unheard_of.json": UnknownNotice,
}
OUTCOME_OF_CAPTURE = {
    "replies_captured/Error_Message_2017_wording.json": InvalidCall,
    "replies_captured/Error_Message_BOP.json": InvalidCall,
    "replies_captured/Error_Message_CMO.json": InvalidCall,
    "replies_captured/Information_demo_key.json": InvalidApiKey,
    "replies_captured/Information_premium_volume_2018.json": Throttled,
    "replies_captured/Note_5_per_minute_500_per_day.json": Throttled,
    "replies_captured/earnings_call_transcript_empty.json": UnknownNotice,
    "replies_quoted/Error_Message_apikey.json": InvalidApiKey,
    "replies_quoted/Error_Message_invalid_call_weekly_adjusted.json": InvalidCall,
    "replies_quoted/Error_Message_unknown_function.json": InvalidCall,
    "replies_quoted/Information_1_per_second.json": Throttled,
    "replies_quoted/Information_25_per_day_2023_2024.json": QuotaSpent,
    "replies_quoted/Information_25_per_day_with_key.json": QuotaSpent,
    "replies_quoted/Information_burst_pattern_paid_key.json": Throttled,
    "replies_quoted/Information_minute_level_paid_key.json": Throttled,
    "replies_quoted/Information_outputsize_full_premium.json": PremiumOutputSize,
    "replies_quoted/Information_premium_endpoint.json": PremiumEndpoint,
    "replies_quoted/csv_quota_notice_EARNINGS_CALENDAR.csv": UnknownNotice,
    "replies_quoted/csv_quota_notice_LISTING_STATUS_style.csv": UnknownNotice,
    "replies_quoted/empty_GLOBAL_QUOTE.json": UnknownNotice,
    "replies_quoted/empty_SYMBOL_SEARCH.json": EmptyResponse,
    "replies_quoted/empty_object_OVERVIEW_unknown_or_etf.json": EmptyResponse,
}


def outcome(body: bytes, function: AlphaVantageFunction = WEEKLY_ADJUSTED, symbol: str = "IBM") -> SourceError:
    """The error a response stands for."""
    with pytest.raises(SourceError) as caught:
        check_payload(body, function=function, symbol=symbol)
    return caught.value


def outcomes_of(*folders: str) -> dict[str, type[SourceError]]:
    """What each captured reply of some folders stands for."""
    found = [path for folder in folders for path in captures_of(folder)]
    return {f"{path.parent.name}/{path.name}": type(outcome(path.read_bytes())) for path in found}


def test_every_invented_reply_has_its_outcome() -> None:
    assert outcomes_of("replies") == OUTCOME_OF_INVENTED


@needs_real_captures
def test_every_captured_reply_has_its_outcome() -> None:
    assert len(OUTCOME_OF_CAPTURE) == 22
    assert outcomes_of("replies_captured", "replies_quoted") == OUTCOME_OF_CAPTURE


@pytest.mark.parametrize("function", [WEEKLY_ADJUSTED, DAILY, OVERVIEW], ids=str)
def test_every_captured_answer_is_data(function: AlphaVantageFunction) -> None:
    found = captures_of(function.name)
    assert found

    for path in found:
        check_payload(path.read_bytes(), function=function, symbol=path.stem.rpartition("_")[0])


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("replies", "throttle.json"),
        pytest.param("replies_quoted", "Information_1_per_second.json", marks=needs_real_captures),
    ],
)
def test_a_per_second_notice_that_names_the_daily_limit_is_no_spent_quota(folder: str, name: str) -> None:
    notice = outcome(read_capture(folder, name))

    assert "25 requests per day" in str(notice)
    assert isinstance(notice, Throttled)
    assert notice.retry_after == 2


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", MalformedResponse),
        (b"<!DOCTYPE html><html></html>", MalformedResponse),
        (b"  <html>", MalformedResponse),
        (DATA[: len(DATA) // 2], MalformedResponse),
        (b"[]", MalformedResponse),
        (b"null", MalformedResponse),
        (b'{"Information": "\xff"}', MalformedResponse),
        (b'{"a": ' + b"[" * 100_000, MalformedResponse),
        (b"{}", EmptyResponse),
        (b'{"Meta Data": {"2. Symbol": "IBM"}}', EmptyResponse),
        (b'{"Meta Data": {}, "Weekly Adjusted Time Series": {}}', EmptyResponse),
        (b'{"bestMatches": []}', EmptyResponse),
        (b'{"Information": "Come back with fresh grain."}', UnknownNotice),
        (b'{"Information": ["per", "pigeon"]}', UnknownNotice),
        (b'{"Message": "words under a new name"}', UnknownNotice),
        (b'{"detail":"Could not satisfy the request Accept header."}', UnknownNotice),
        (b'{"Information": "the parameter apikey is invalid or missing."}', InvalidApiKey),
        (CSV_HEADER.encode() + b"\r\nI,n,f,o,r,m,a,t\r\n", UnknownNotice),
        (CSV_HEADER.encode() + b"\r\n", MalformedResponse),
        (payload_of({"2024-01-05": bar()}, symbol="MSFT"), WrongSymbol),
    ],
)
def test_what_is_no_answer_is_named(body: bytes, kind: type[SourceError]) -> None:
    assert type(outcome(body)) is kind


@pytest.mark.parametrize(
    "body",
    [
        DATA,
        b"\xef\xbb\xbf" + DATA,
        payload_of({"2024-01-05": bar()}, symbol="ibm"),
        csv_of([("2024-01-05", bar())]),
        DATA.replace(b"{", b'{"Information": "25 requests per day", ', 1),
    ],
)
def test_data_is_data_whatever_stands_around_it(body: bytes) -> None:
    check_payload(body, function=WEEKLY_ADJUSTED, symbol="IBM")


def test_an_unknown_notice_keeps_its_words_and_is_retried_like_a_throttle() -> None:
    notice = outcome(b'{"Note": "Our carrier pigeons are resting."}')

    assert "carrier pigeons" in str(notice)
    assert isinstance(notice, Throttled)
    assert notice.retry_after == 60


@pytest.mark.parametrize("body", [b"{}", b"\xef\xbb\xbf{}", b" \n{ \n}\r\n", b'{"Symbol": null}', b'{"Symbol": ""}'])
def test_an_overview_of_nothing_says_that_nothing_is_known(body: bytes) -> None:
    assert type(outcome(body, OVERVIEW, "SPY")) is NothingKnown


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"Information": null}', UnknownNotice),
        (b'{"Note": ""}', UnknownNotice),
        (b'{"Name": "SPDR"}', UnknownNotice),
        (b'{"bestMatches": []}', EmptyResponse),
        (b'{"Meta Data": {}}', EmptyResponse),
        (b'{"Information": "Invalid API call."}', InvalidCall),
    ],
)
def test_an_overview_that_is_something_else_is_no_outcome(body: bytes, kind: type[SourceError]) -> None:
    assert type(outcome(body, OVERVIEW, "SPY")) is kind


def test_a_throttle_survives_the_way_between_two_processes() -> None:
    for error in (Throttled("slowly", retry_after=7.5), UnknownNotice("pigeons", retry_after=3)):
        copy = pickle.loads(pickle.dumps(error))
        assert (type(copy), str(copy), copy.retry_after) == (type(error), str(error), error.retry_after)


def test_a_secret_is_masked_wherever_it_stands() -> None:
    assert mask_key("key K3Y and again K3Y", "K3Y") == "key ******** and again ********"


def test_a_secret_is_masked_as_a_url_spells_it() -> None:
    assert mask_key("?apikey=K%2F3%20Y&b=K%2F3+Y", "K/3 Y") == "?apikey=********&b=********"


def test_the_key_is_masked_before_the_words_are_cut() -> None:
    assert "K3Y" not in mask_key("x" * 398 + "K3Y-K3Y", "K3Y-K3Y")
    assert "K3" not in mask_key("x" * 398 + "K3Y-K3Y", "K3Y-K3Y")
