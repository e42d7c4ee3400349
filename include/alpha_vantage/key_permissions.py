"""Whether the API key allows what a free one does not: learnt from the source's response, kept for the key alone."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b

import psycopg

from include.alpha_vantage.client import key_of
from include.settings import get_settings
from include.warehouse.connection import connect

LEARNT_FOR = timedelta(days=30)  # a key may be upgraded, and a subscription ends
SALT_BYTES = 16
DIGEST_BYTES = 2  # so short that any number of keys have it: no key can be guessed from it, one in 65,536 is mistaken


@dataclass(frozen=True)
class KeyPermission:
    """Whether the key allows a function its premium parameter, and since when that is known, by the market's clock."""

    is_allowed: bool
    learnt_at: datetime


def read_permission(connection: psycopg.Connection, function: str, *, now: datetime) -> KeyPermission | None:
    """What is known of the key that the settings name; None where it was not asked yet, or too long ago."""
    permission, salt, digest = _read(connection, function, now)
    return permission if permission and _digest_key(salt) == digest else None


def read_newest_permission(connection: psycopg.Connection, function: str, *, now: datetime) -> KeyPermission | None:
    """What is known of the key that asked last: the dashboard has none to compare with it."""
    return _read(connection, function, now)[0]


def _read(connection: psycopg.Connection, function: str, now: datetime) -> tuple[KeyPermission | None, bytes, bytes]:
    """What the key that asked last was told, unless too long ago; with its salt and digest."""
    row = connection.execute(
        "select is_allowed, learnt_at, key_salt, key_digest from ops.key_permissions where function = %s", (function,)
    ).fetchone()
    if row is None:
        return None, b"", b""
    is_allowed, learnt_at, salt, digest = row
    return KeyPermission(is_allowed, learnt_at) if learnt_at <= now < learnt_at + LEARNT_FOR else None, salt, digest


def write_permission(connection: psycopg.Connection, function: str, *, is_allowed: bool, learnt_at: datetime) -> None:
    """Keep what the source said to the key that the settings name, in place of what it said to any other."""
    salt = secrets.token_bytes(SALT_BYTES)
    connection.execute(
        """
        insert into ops.key_permissions (function, is_allowed, learnt_at, key_salt, key_digest)
        values (%s, %s, %s, %s, %s)
        on conflict (function) do update set is_allowed = excluded.is_allowed, learnt_at = excluded.learnt_at,
            key_salt = excluded.key_salt, key_digest = excluded.key_digest
        """,
        (function, is_allowed, learnt_at, salt, _digest_key(salt)),
    )


@contextmanager
def asking_alone() -> Iterator[psycopg.Connection]:
    """Keep other workers waiting that do not know either what the key allows: a refusal costs a credit.

    What is written over the connection is theirs when the block ends; the calls are written down over another, at once.
    """
    with connect() as connection:
        connection.execute("lock table ops.key_permissions in share row exclusive mode")  # which lets them read
        yield connection


def _digest_key(salt: bytes) -> bytes:
    return blake2b(key_of(get_settings()).encode(), salt=salt, digest_size=DIGEST_BYTES).digest()
