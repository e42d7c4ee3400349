"""Keys hold any symbol, sort by time and give their facts back."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.bronze.keys import BronzeKey, parse_key, series_prefix, short_hash
from include.errors import ObjectCorrupt

WEEKLY = "TIME_SERIES_WEEKLY_ADJUSTED"
PREFIX = series_prefix("alpha_vantage", WEEKLY, "IBM")
SHA = "0123456789ab"
NOON = datetime(2024, 4, 15, 12, 0, 0, 5, tzinfo=UTC)


def test_a_key_reads_as_the_design_says() -> None:
    assert str(BronzeKey(WEEKLY, "TSCO.LON", NOON, SHA)) == (
        "bronze/alpha_vantage/function=TIME_SERIES_WEEKLY_ADJUSTED/symbol=TSCO.LON/"
        "fetched_at=20240415T120000.000005Z_0123456789ab.json.gz"
    )


@given(st.text(min_size=1, alphabet=st.characters(exclude_categories=["Cs"])))
def test_any_symbol_comes_back_out_of_its_key(symbol: str) -> None:
    key = BronzeKey(WEEKLY, symbol, NOON, SHA)

    assert parse_key(str(key)) == key
    assert str(key).count("/") == 4  # no symbol opens a folder of its own
    assert str(key).isascii()


@given(st.lists(st.datetimes(min_value=datetime(1999, 1, 1), max_value=datetime(2100, 1, 1)), min_size=2))
def test_keys_of_a_series_sort_as_text_by_the_moment_of_fetching(moments: list[datetime]) -> None:
    keys = [BronzeKey(WEEKLY, "IBM", moment.replace(tzinfo=UTC), SHA) for moment in moments]

    assert sorted(keys) == sorted(keys, key=str)


def test_a_moment_of_another_zone_is_kept_in_utc() -> None:
    elsewhere = NOON.astimezone(timezone(timedelta(hours=9)))

    assert str(BronzeKey(WEEKLY, "IBM", elsewhere, SHA)) == str(BronzeKey(WEEKLY, "IBM", NOON, SHA))


def test_the_prefix_of_a_symbol_holds_no_other_symbol() -> None:
    assert not series_prefix("alpha_vantage", WEEKLY, "IBM.X").startswith(PREFIX)


@pytest.mark.parametrize(
    "key",
    [
        "readme.txt",
        f"{PREFIX}fetched_at=20240415T120000Z_{SHA}.json.gz",
        f"{PREFIX}fetched_at=20241315T120000.000000Z_{SHA}.json.gz",  # a thirteenth month
        f"{PREFIX}fetched_at=20240415T120000.000000Z_XYZ.json.gz",
    ],
)
def test_a_strange_key_is_named(key: str) -> None:
    with pytest.raises(ObjectCorrupt, match="not a key of the form"):
        parse_key(key)


def test_the_hash_is_the_start_of_the_sha256() -> None:
    assert short_hash(b"") == "e3b0c44298fc"
