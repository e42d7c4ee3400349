"""The lake on a real S3 server: what goes in comes out, and nothing is written twice or trusted blindly."""

import gzip
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from include.bronze.keys import BronzeKey, series_prefix, short_hash
from include.bronze.s3_errors import Lake
from include.bronze.store import BronzeStore, s3_client
from include.errors import ObjectCorrupt, ObjectMissing
from include.settings import Settings

WEEKLY = "TIME_SERIES_WEEKLY_ADJUSTED"
PREFIX = series_prefix("alpha_vantage", WEEKLY, "IBM")
NOON = datetime(2024, 4, 15, 12, tzinfo=UTC)
HOSTILE = [
    "BC/PA", "NEE 6.219", "../x", "..", "%", "%2F", "ÅÄÖ", "株", "it's \"quoted\"", "-P-HIZ", "NXT(EXP20091224)",
    "two\nlines", "a=b&c?d#e", "tail.", "*", "symbol=IBM",
]  # fmt: skip


@pytest.fixture
def s3(settings: Settings) -> Any:
    return s3_client(settings)


@pytest.fixture
def store(s3: Any, settings: Settings) -> BronzeStore:
    return BronzeStore(s3, Lake.of(settings))


def put(store: BronzeStore, body: bytes, *, hours: int = 0, symbol: str = "IBM") -> BronzeKey:
    return store.write_payload(WEEKLY, symbol, body, fetched_at=NOON + timedelta(hours=hours))


def test_hostile_symbols_each_keep_their_own_series(store: BronzeStore) -> None:
    keys = {symbol: put(store, symbol.encode(), symbol=symbol) for symbol in HOSTILE}

    assert {symbol: store.newest_key(WEEKLY, symbol) for symbol in HOSTILE} == keys
    assert {symbol: store.read_payload(key) for symbol, key in keys.items()} == {s: s.encode() for s in HOSTILE}
    assert sorted(key.symbol for key in store.list_keys(WEEKLY)) == sorted(HOSTILE)


def test_the_same_content_again_writes_nothing(store: BronzeStore) -> None:
    first = put(store, b"payload")

    again = store.write_payload(WEEKLY, "IBM", b"payload", fetched_at=NOON + timedelta(hours=1))

    assert again == first
    assert list(store.list_keys(WEEKLY)) == [first]


def test_content_that_comes_back_after_another_is_news(store: BronzeStore) -> None:
    keys = [put(store, body, hours=hours) for hours, body in enumerate([b"a", b"b", b"a"])]

    assert list(store.list_keys(WEEKLY, "IBM")) == keys


def test_the_body_lies_packed_but_otherwise_untouched_and_the_same_bytes_each_time(
    store: BronzeStore, s3: Any, bucket: str
) -> None:
    body = b'\xef\xbb\xbf{"any": "bytes"}\r\n'
    keys = [put(store, body, hours=0), put(store, body, hours=1, symbol="MSFT")]

    packed = [s3.get_object(Bucket=bucket, Key=str(key))["Body"].read() for key in keys]

    assert packed[0] == packed[1]
    assert gzip.decompress(packed[0]) == body


def test_as_of_a_moment_is_the_newest_object_fetched_by_then(store: BronzeStore) -> None:
    first, second = put(store, b"a", hours=0), put(store, b"b", hours=2)

    def known(hours: int) -> BronzeKey | None:
        return store.newest_key(WEEKLY, "IBM", as_of=NOON + timedelta(hours=hours))

    assert [known(-1), known(0), known(1), known(2)] == [None, first, first, second]


def test_two_answers_of_one_moment_have_an_order(store: BronzeStore) -> None:
    keys = [BronzeKey(WEEKLY, "IBM", NOON, short_hash(body)) for body in (b"a", b"b")]
    for body in (b"a", b"b"):
        put(store, body)

    assert store.newest_key(WEEKLY, "IBM") == max(keys, key=str)


def test_a_missing_object_is_named(store: BronzeStore) -> None:
    key = BronzeKey(WEEKLY, "IBM", NOON, "0123456789ab")

    with pytest.raises(ObjectMissing, match="symbol=IBM/fetched_at=20240415T120000"):
        store.read_payload(key)


@pytest.mark.parametrize(
    "stored",
    [b"no gzip", b"", gzip.compress(b"another payload"), gzip.compress(b"payload" * 99)[:-9]],
    ids=["not packed", "empty", "another payload", "cut off"],  # gzip writes the time into it: no name for a test
)
def test_a_corrupt_object_is_named(store: BronzeStore, s3: Any, bucket: str, stored: bytes) -> None:
    key = put(store, b"payload")
    s3.put_object(Bucket=bucket, Key=str(key), Body=stored)

    with pytest.raises(ObjectCorrupt, match="symbol=IBM/fetched_at=20240415T120000"):
        store.read_payload(key)


def test_a_stranger_among_the_objects_is_named(store: BronzeStore, s3: Any, bucket: str) -> None:
    put(store, b"payload")
    s3.put_object(Bucket=bucket, Key=f"{PREFIX}notes.txt", Body=b"hello")

    with pytest.raises(ObjectCorrupt, match=r"notes\.txt"):
        store.newest_key(WEEKLY, "IBM")


def test_a_bucket_is_made_once(s3: Any, bucket: str, settings: Settings) -> None:
    store = BronzeStore(s3, replace(Lake.of(settings), bucket=f"{bucket}-new"))
    store.ensure_bucket()
    store.ensure_bucket()

    assert put(store, b"payload") == store.newest_key(WEEKLY, "IBM")
