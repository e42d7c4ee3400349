"""A symbol whose rows break a rule harms itself alone: the others are published, and it heals by itself."""

from collections.abc import Callable
from dataclasses import replace

import psycopg
import pytest

from include.observability.publication_quarantines import read_quarantined_symbols, say_what_is_quarantined
from tests.dbt.faults import (
    AFTER,
    BEFORE,
    BELIEVED,
    CAUSE,
    FAULTS,
    NEVER_PUBLISHED,
    NEWEST,
    QUARANTINED,
    SHIPS,
    SOUND,
    published,
    sound_and_accepted,
    write_faults,
)
from tests.dbt.gold import GREEN, OF_DAYS, TABLES, AnotherGold, Gold
from tests.dbt.weeks import friday, series


@pytest.fixture(scope="module")
def left_out(new_gold: Callable[[], Gold]) -> tuple[Gold, dict[str, list[str]], dict[str, str]]:
    """Every way to break a rule at once, beside sound stocks; what gold held before, and what dbt said."""
    gold = new_gold()
    gold.execute(
        "alter table silver.weekly_adjusted_prices drop constraint weekly_adjusted_prices_pkey, "
        "drop constraint weekly_adjusted_prices_week_ending_check"
    )
    gold.write(*[week for symbol in [*SOUND, "ACCEPTED", *BELIEVED, *FAULTS] for week in published(symbol)])
    # The only stocks of their sector and currency: one that breaks a rule, one that is sound.
    gold.execute(f"{SHIPS} ('VIX', 'Ships', 'NOK', 'k', 'b'), ('ALONE.LON', 'Yachts', 'GBX', 'k', 'b')")
    assert set(gold.publish().values()) <= GREEN
    before = gold.contents()
    write_faults(gold)
    return gold, before, gold.publish()


LeftOut = tuple[Gold, dict[str, list[str]], dict[str, str]]


def test_dbt_stays_green_and_counts_what_it_left_out(left_out: LeftOut):
    gold, _, said = left_out

    assert set(said.values()) <= GREEN
    assert said["assert_no_symbol_is_quarantined"] == "warn"
    assert gold.execute(
        "select failing_rows from ops.check_results where check_name = 'assert_no_symbol_is_quarantined'"
    ) == [(len(QUARANTINED) + 1,)]


@pytest.mark.parametrize("symbol", sorted(FAULTS))
def test_a_broken_rule_is_named_with_its_week_value_and_bound(left_out: LeftOut, symbol: str):
    gold, _, _ = left_out
    rule, week_ending, _ = FAULTS[symbol]

    (found,) = gold.execute(
        f"""
        select rule, week_ending, bronze_key, published_rows, value is not null and bound is not null,
            way_out like '%{symbol}%'
        from audit.quarantined where symbol = '{symbol}'
        """
    )

    key = "invented" if symbol == "OPEN" else CAUSE  # the row that follows an open one has another object
    assert found == (rule, week_ending, key, "kept", True, True)


def test_value_and_bound_are_what_a_reader_needs(left_out: LeftOut):
    gold, _, _ = left_out

    assert gold.execute("select value, bound from audit.quarantined where symbol = 'NEGATIVE'") == [("-1", "above 0")]
    ((value, bound, way_out, weeks),) = gold.execute(
        "select value, bound, way_out, broken_weeks from audit.quarantined where symbol = 'VIX'"
    )
    assert str(value).endswith(" %")
    assert float(str(value).removesuffix(" %")) > 100_000
    assert bound == "at most 51 times the week before, at least 1/51 of it"
    assert f"make accept SYMBOL=VIX WEEK={friday(50)}" in str(way_out)
    assert weeks == 2  # up, and down again


def test_its_broken_rows_can_be_looked_at(left_out: LeftOut):
    gold, _, _ = left_out

    assert gold.execute(
        "select week_ending, broken_rules -> 0 ->> 'rule' from audit.computed_weeks "
        "where symbol = 'VIX' and broken_rules is not null order by week_ending"
    ) == [(friday(50), "returns_are_believable"), (friday(51), "returns_are_believable")]
    assert gold.execute(
        "select week_ending, broken_rules -> 0 ->> 'value' from audit.changed_weeks "
        "where symbol = 'NEGATIVE' and broken_rules is not null"
    ) == [(friday(NEWEST), "-1")]


@pytest.mark.parametrize("table", ["dim_stock", "fact_adjusted_prices", "mart_latest_week", "mart_dividends"])
def test_what_is_computed_by_symbol_alone_stays_as_published(left_out: LeftOut, table: str):
    gold, before, _ = left_out
    of_these = tuple(f'"symbol": "{symbol}"' for symbol in FAULTS)
    kept = [row for row in before[table] if any(symbol in row for symbol in of_these)]

    now = [row for row in gold.rows(table) if any(symbol in row for symbol in of_these)]

    assert now == kept
    assert kept or table == "mart_dividends"  # none of them pays


def test_what_was_never_published_is_in_no_table(left_out: LeftOut):
    gold, _, _ = left_out

    for table in TABLES:
        rows = gold.rows(table)
        assert [row for row in rows if any(f'"{symbol}"' in row for symbol in [*NEVER_PUBLISHED, "no ticker"])] == []
    assert gold.execute(
        "select symbol, published_rows from ops.quarantines where published_rows <> 'kept' order by symbol"
    ) == [("NEWJUMP", "none"), ("no ticker", "none"), ("not a ticker", "none")]


def test_the_others_are_published_as_if_the_quarantined_had_not_changed(left_out: LeftOut, another_gold: AnotherGold):
    gold, _, _ = left_out
    with another_gold(gold) as undisturbed:
        undisturbed.write(*sound_and_accepted(), *[week for symbol in FAULTS for week in published(symbol)])
        undisturbed.execute(f"{SHIPS} ('VIX', 'Ships', 'NOK', 'k', 'b'), ('ALONE.LON', 'Yachts', 'GBX', 'k', 'b')")
        undisturbed.publish()
        expected = undisturbed.contents()

    assert all(expected[table] for table in TABLES if table not in OF_DAYS | {"mart_dividends"})
    assert gold.contents() == expected
    ships = gold.execute("select max(week_ending) from gold.mart_sector_performance where sector = 'Ships'")
    assert ships == [(friday(BEFORE[-1]),)]
    assert gold.execute(
        "select count(*) from gold.mart_correlations where symbol = 'AAPL' and other_symbol = 'VIX'"
    ) == [(1,)]


def test_returns_that_touch_an_accepted_week_are_believed(left_out: LeftOut):
    gold, _, _ = left_out

    returns = dict(gold.facts("ACCEPTED", "week_ending", "weekly_return_pct"))

    assert returns[friday(NEWEST - 1)] > 5_000
    assert returns[friday(NEWEST)] < -98


def test_checks_of_the_whole_gold_leave_it_out(left_out: LeftOut):
    gold, _, _ = left_out

    said = gold.dbt("test", "--select", "tag:whole_table")

    assert len(said) > 10
    # One of these stocks has a week that spans others.
    assert {name: status for name, status in said.items() if status != "pass"} == {"assert_no_week_is_missing": "warn"}


def test_the_ledger_and_the_report_name_every_symbol(left_out: LeftOut):
    gold, _, _ = left_out
    known = gold.execute(
        "select symbol, rule, function, bronze_key from ops.quarantines where ended_at is null order by symbol"
    )
    assert {symbol: rule for symbol, rule, *_ in known if symbol != "no ticker"} == QUARANTINED
    assert ("no ticker", "symbols_look_like_tickers", "OVERVIEW", "k") in known
    assert ("VIX", "returns_are_believable", "TIME_SERIES_WEEKLY_ADJUSTED", CAUSE) in known

    with psycopg.connect(gold.url) as connection:
        quarantined = read_quarantined_symbols(connection)
    report = str(say_what_is_quarantined(quarantined))

    assert report.startswith(
        f"{len(FAULTS)} symbols were left as published, 3 symbols were left out of gold, "
        "which held no row of theirs; the others were published. "
    )
    crash = f"CRASH.TO: returns_are_believable in the week ending {friday(NEWEST)}, found -9"
    assert crash in report
    assert "and 6 more" in report


def test_what_was_not_published_still_counts_as_changed(left_out: LeftOut):
    gold, _, _ = left_out

    weeks = dict(gold.execute("select symbol, weeks from audit.published_fingerprints"))

    assert weeks["AAPL"] == len(AFTER)
    assert {weeks[symbol] for symbol in FAULTS} == {len(BEFORE)}
    assert not weeks.keys() & NEVER_PUBLISHED.keys()


@pytest.fixture(scope="module")
def rebuilt(left_out: LeftOut) -> tuple[Gold, dict[str, str]]:
    """The same built anew, while VIX has got another object that breaks the rule, and three are mended."""
    gold, _, _ = left_out
    vix = [replace(week, bronze_key="a later object") for week in FAULTS["VIX"][2]]
    gold.write(*vix)
    for symbol in ("JUMP", "TWICE", "NEWJUMP"):
        gold.execute(f"delete from silver.weekly_adjusted_prices where symbol = '{symbol}'")
        gold.write(*series(symbol, AFTER))
    return gold, gold.publish("--full-refresh")


def test_a_full_rebuild_removes_the_quarantined_and_says_so(rebuilt: tuple[Gold, dict[str, str]]):
    gold, said = rebuilt
    assert set(said.values()) <= GREEN

    in_gold = {symbol for (symbol,) in gold.execute("select symbol from gold.dim_stock")}

    mended = {"JUMP", "TWICE", "NEWJUMP"}
    assert in_gold == {*SOUND, "ACCEPTED", *BELIEVED, *mended}
    assert {symbol for (symbol,) in gold.execute("select distinct symbol from gold.fact_adjusted_prices")} == in_gold
    assert gold.execute("select count(*) from gold.mart_sector_performance where sector = 'Ships'") == [(0,)]
    with psycopg.connect(gold.url) as connection:
        report = str(say_what_is_quarantined(read_quarantined_symbols(connection)))
    assert f"{len(FAULTS) - 2} symbols were removed from gold, because a full rebuild" in report


def test_a_quarantine_lasts_until_its_symbol_is_published(rebuilt: tuple[Gold, dict[str, str]]):
    gold, _ = rebuilt

    vix = gold.execute(
        "select bronze_key, ended_at is null, since = min(since) over () from ops.quarantines "
        "where symbol = 'VIX' order by ended_at nulls last"
    )
    jump = gold.execute("select ended_at is null, ended_at > since from ops.quarantines where symbol = 'JUMP'")

    assert vix == [(CAUSE, False, True), ("a later object", True, True)]
    assert jump == [(False, True)]


def test_a_crash_after_the_commit_hides_nothing(rebuilt: tuple[Gold, dict[str, str]]):
    gold, _ = rebuilt
    with psycopg.connect(gold.url) as connection:
        before = read_quarantined_symbols(connection)
    gold.execute("truncate audit.quarantined")  # as Postgres does with what is not logged

    said = gold.dbt("test", "--select", "assert_no_symbol_is_quarantined")

    assert said == {"assert_no_symbol_is_quarantined": "warn"}
    with psycopg.connect(gold.url) as connection:
        assert read_quarantined_symbols(connection) == before
    assert {symbol.published_rows for symbol in before} == {"removed", "none"}


@pytest.fixture(scope="module")
def healed(rebuilt: tuple[Gold, dict[str, str]]) -> Gold:
    """All of them mended, published by change."""
    gold, _ = rebuilt
    gold.execute("truncate silver.weekly_adjusted_prices")
    gold.execute("delete from silver.company_overview where symbol = 'no ticker'")
    gold.write(*sound_and_accepted(), *[week for symbol in [*FAULTS, "NEWJUMP"] for week in series(symbol, AFTER)])
    assert set(gold.publish().values()) <= GREEN
    return gold


def test_what_was_mended_heals_by_itself_and_equals_a_full_rebuild(healed: Gold):
    assert healed.execute("select count(*) from ops.quarantines where ended_at is null") == [(0,)]
    assert healed.execute("select max(week_ending), count(*) from gold.fact_adjusted_prices where symbol = 'VIX'") == [
        (friday(NEWEST), len(AFTER))
    ]
    before = healed.contents()

    healed.publish("--full-refresh")

    assert healed.contents() == before
    assert healed.last_publication()["rows_updated"] == 0


def test_where_all_break_a_rule_nothing_changes(healed: Gold):
    # Also not where gold has lost a row: the first one, whose return no figure across symbols counts.
    healed.execute(f"delete from gold.fact_adjusted_prices where symbol = 'VIX' and week_ending = '{friday(0)}'")
    before = healed.contents()
    healed.execute("update silver.weekly_adjusted_prices set low = -1, loaded_at = now()")

    said = healed.publish()

    assert set(said.values()) <= GREEN
    assert healed.contents() == before
    assert healed.last_publication()["rows_deleted"] == 0
    assert healed.execute("select distinct published_rows from ops.quarantines where ended_at is null") == [("kept",)]
    assert healed.execute("select weeks from audit.published_fingerprints where symbol = 'VIX'") == [(len(AFTER),)]
    with psycopg.connect(healed.url) as connection:
        assert len(read_quarantined_symbols(connection)) == len(before["dim_stock"])


def test_a_full_rebuild_never_empties_gold(healed: Gold):
    before = healed.contents()
    healed.execute("update silver.weekly_adjusted_prices set low = -1, loaded_at = now()")

    said = healed.publish("--full-refresh")

    assert said["assert_a_whole_rebuild_leaves_a_sound_symbol"] == "fail"
    assert said["publications"] == "skipped"
    assert healed.contents() == before
