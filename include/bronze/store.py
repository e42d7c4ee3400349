"""The lake: put a payload in untouched, get it out verified. Any S3 will do."""

import gzip
import zlib
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any

import boto3
from botocore.client import Config
from botocore.exceptions import ClientError

from include.bronze.keys import BronzeKey, parse_key, series_prefix, short_hash
from include.bronze.s3_errors import NO_BUCKET, Lake, code_of
from include.errors import ObjectCorrupt, ObjectMissing
from include.settings import Settings, get_settings
from include.sources import ALPHA_VANTAGE

NOT_FOUND = {"NoSuchKey", "404"}


class BronzeStore:
    """The bronze bucket, and in it the payloads of one source. Objects are never changed and never deleted.

    Raises: LakeError, of each method, when S3 does not do what it is asked.
    """

    def __init__(self, s3: Any, lake: Lake, source: str = ALPHA_VANTAGE) -> None:
        self._s3 = s3
        self._lake = lake
        self._bucket = lake.bucket
        self._source = source

    def ensure_bucket(self) -> None:
        """Create the bucket unless it exists."""
        with self._lake.in_our_words():
            try:  # no HEAD, whose response has no body and so no reason
                self._s3.list_objects_v2(Bucket=self._bucket, Delimiter="/", MaxKeys=1)
            except ClientError as error:
                if code_of(error) != NO_BUCKET:
                    raise
                self._s3.create_bucket(Bucket=self._bucket)

    def write_payload(
        self, function: str, symbol: str, body: bytes, *, fetched_at: datetime, says_more_from: datetime | None = None
    ) -> BronzeKey:
        """Store a payload, unless the newest object of its series holds the same bytes already.

        `says_more_from` is a moment from which on the same bytes say more than before it.
        Shape:  -> the key of the object that holds it.
        Units:  `fetched_at` aware; kept to the microsecond in UTC.
        """
        key = BronzeKey(function, symbol, fetched_at, short_hash(body), self._source)
        newest = self.newest_key(function, symbol)
        if newest is not None and newest.sha == key.sha:
            says_more = says_more_from is not None and newest.fetched_at < says_more_from <= fetched_at
            if not says_more:
                return newest
        packed = gzip.compress(body, mtime=0)  # without a time, the same payload is the same object
        with self._lake.in_our_words():
            self._s3.put_object(Bucket=self._bucket, Key=str(key), Body=packed, ContentType="application/gzip")
        return key

    def read_payload(self, key: BronzeKey) -> bytes:
        """Return a payload byte for byte as it was received.

        Raises: ObjectMissing; ObjectCorrupt when the bytes do not match the hash in the key.
        """
        with self._lake.in_our_words():
            try:
                packed = self._s3.get_object(Bucket=self._bucket, Key=str(key))["Body"].read()
            except ClientError as error:
                if code_of(error) in NOT_FOUND:
                    raise ObjectMissing(f"{key}: no such object in bucket {self._bucket}") from None
                raise
        try:
            body = gzip.decompress(packed)
        except (OSError, EOFError, zlib.error) as error:
            raise ObjectCorrupt(f"{key}: does not unpack ({error})") from None
        if short_hash(body) != key.sha:
            raise ObjectCorrupt(f"{key}: its content has the hash {short_hash(body)}")
        return body

    def list_keys(self, function: str, symbol: str | None = None) -> Iterator[BronzeKey]:
        """Every object of a function, or of one series of it; a series comes in the order of fetching."""
        yield from map(parse_key, self.list_names(series_prefix(self._source, function, symbol)))

    def write_mark(self, key: str) -> None:
        """Store an empty marker object; the information is in its key."""
        with self._lake.in_our_words():
            self._s3.put_object(Bucket=self._bucket, Key=key, Body=b"")

    def list_names(self, prefix: str) -> Iterator[str]:
        """The keys that begin with a prefix."""
        with self._lake.in_our_words():
            for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix):
                yield from (item["Key"] for item in page.get("Contents", ()))

    def newest_key(self, function: str, symbol: str, *, as_of: datetime | None = None) -> BronzeKey | None:
        """The newest object of a series, or the newest fetched at or before `as_of`: what was known then."""
        keys = (key for key in self.list_keys(function, symbol) if as_of is None or key.fetched_at <= as_of)
        return max(keys, default=None)


@cache
def open_store(source: str = ALPHA_VANTAGE) -> BronzeStore:
    """The lake the settings name, for the payloads of a source."""
    settings = get_settings()
    return BronzeStore(s3_client(settings), Lake.of(settings), source)


def s3_client(settings: Settings) -> Any:
    """A boto3 client for the S3 the settings name.

    Without keys of its own, an outside S3 is reached with boto3's usual chain of credentials.
    """
    key, secret = settings.bronze.credentials
    return boto3.client(
        "s3",
        endpoint_url=settings.bronze.url,
        region_name=settings.bronze.region,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=Config(
            s3={"addressing_style": "path"},
            connect_timeout=5,
            read_timeout=60,
            retries={"max_attempts": 4, "mode": "standard"},
            # Newer checksum trailers are unknown to several S3 servers; the key carries our own hash.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )
