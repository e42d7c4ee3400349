"""SPLITS and DIVIDENDS from the source to `silver.corporate_actions`: what is listed, what is gone, who may read it."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

import psycopg
import pytest

from include import steps
from include.local_stack.postgres import EmbeddedPostgres
from tests.captures.folders import needs_real_captures, read_capture
from tests.integration.lakehouse import Lakehouse
from tests.integration.listings import DIVIDENDS, SPLITS, dividend, listed, load, split


def actions(lakehouse: Lakehouse) -> list[tuple[object, ...]]:
    return lakehouse.ask(
        "select ex_date::text, kind, split_to, split_from, factor, amount from silver.corporate_actions order by 1, 2"
    )


def counts(lakehouse: Lakehouse) -> tuple[object, ...]:
    [row] = lakehouse.ask(
        "select rows_received, rows_kept, rows_combined, rows_rejected, rows_deleted from silver.loaded_payloads"
        " order by bronze_key desc limit 1"
    )
    return row


def test_a_listed_factor_is_a_split_where_it_is_a_ratio_and_else_another_factor(lakehouse: Lakehouse) -> None:
    rows = [split("2021-11-04", "1.0460"), split("2017-01-04", "0.0667"), split("1999-05-27", "2.0000")]

    assert load(lakehouse, SPLITS, listed(rows)) == []

    factor_of_merger = actions(lakehouse)[1][4]
    assert actions(lakehouse) == [
        ("1999-05-27", "split", 2, 1, Decimal(2), None),
        ("2017-01-04", "split", 1, 15, factor_of_merger, None),
        ("2021-11-04", "other", None, None, Decimal("1.0460"), None),
    ]
    assert isinstance(factor_of_merger, Decimal)
    assert round(factor_of_merger * 15, 15) == 1
    assert lakehouse.ask("select listed_factor from silver.splits order by ex_date")[1] == (Decimal("0.0667"),)
    assert lakehouse.ask("select distinct source from silver.corporate_actions") == [("alpha_vantage",)]


def test_days_of_a_dividend_are_null_where_they_are_not_known(lakehouse: Lakehouse) -> None:
    assert load(lakehouse, DIVIDENDS, listed([dividend("2024-02-08", "1.66", paid="2024-03-09")])) == []

    assert lakehouse.ask(
        "select kind, amount, declaration_date, record_date, payment_date from silver.corporate_actions"
    ) == [("dividend", Decimal("1.66"), None, None, date(2024, 3, 9))]
    assert lakehouse.ask("select count(*) from silver.rejected_rows") == [(0,)]


def test_two_payments_of_a_day_are_summed_and_a_repetition_counts_once(lakehouse: Lakehouse) -> None:
    rows = [dividend("2024-02-08", "0.5"), dividend("2024-02-08", "3"), dividend("2024-02-08", "0.50")]

    assert load(lakehouse, DIVIDENDS, listed(rows)) == []

    assert actions(lakehouse) == [("2024-02-08", "dividend", None, None, None, Decimal("3.5"))]
    assert counts(lakehouse) == (3, 1, 1, 1, 0)
    [(reason,)] = lakehouse.ask("select reason from silver.rejected_rows")
    assert str(reason).startswith("duplicate date")


def test_a_row_that_is_gone_from_a_newer_list_is_gone_on_any_date(lakehouse: Lakehouse) -> None:
    old = [dividend("2024-02-08", "1.66"), dividend("2023-11-09", "1.66"), dividend("2023-08-09", "1.66")]
    load(lakehouse, DIVIDENDS, listed(old))
    assert len(actions(lakehouse)) == 3

    load(lakehouse, DIVIDENDS, listed([dividend("2023-11-09", "1.66")]))

    assert [row[0] for row in actions(lakehouse)] == ["2023-11-09"]
    assert counts(lakehouse) == (1, 1, 0, 0, 2)


def test_an_empty_list_says_that_nothing_happened(lakehouse: Lakehouse) -> None:
    load(lakehouse, SPLITS, listed([split("2020-08-31", "4.0000")]))
    load(lakehouse, SPLITS, listed([split("2020-08-31", "4.0000")], "AAPL"), "AAPL")

    assert load(lakehouse, SPLITS, listed([])) == []

    assert lakehouse.ask("select symbol from silver.splits") == [("AAPL",)]
    assert counts(lakehouse) == (0, 0, 0, 0, 1)


def test_of_a_day_that_cannot_be_read_the_stored_row_stays(lakehouse: Lakehouse) -> None:
    rows = [dividend(f"2024-02-{day:02}", "1") for day in range(28, 8, -1)]
    load(lakehouse, DIVIDENDS, listed(rows))

    assert load(lakehouse, DIVIDENDS, listed([*rows[:-1], dividend("2024-02-09", "one")])) == []

    assert len(actions(lakehouse)) == 20
    assert lakehouse.ask("select row_date, reason from silver.rejected_rows") == [("2024-02-09", "malformed amount")]


def test_a_day_beside_the_dividend_that_cannot_be_read_is_rejected_alone(lakehouse: Lakehouse) -> None:
    assert load(lakehouse, DIVIDENDS, listed([dividend("2024-02-08", "1.66", paid="soon")])) == []

    assert lakehouse.ask("select amount, payment_date from silver.dividends") == [(Decimal("1.66"), None)]
    assert lakehouse.ask("select field, reason from silver.rejected_rows") == [
        ("payment_date", "malformed payment_date")
    ]


def test_what_is_announced_is_listed_before_its_day(lakehouse: Lakehouse) -> None:
    assert load(lakehouse, DIVIDENDS, listed([dividend("2024-05-09", "1.67")])) == []
    assert load(lakehouse, SPLITS, listed([split("2024-06-10", "10.0000")])) == []

    assert [row[:2] for row in actions(lakehouse)] == [("2024-05-09", "dividend"), ("2024-06-10", "split")]


@pytest.mark.parametrize("role", ["reader", "analyst"])
def test_readers_read_it(lakehouse: Lakehouse, postgres: EmbeddedPostgres, role: str) -> None:
    load(lakehouse, SPLITS, listed([split("2020-08-31", "4.0000")]))
    [(database,)] = lakehouse.ask("select current_database()")

    with psycopg.connect(postgres.url(role, str(database))) as connection:
        assert connection.execute("select symbol, kind from silver.corporate_actions").fetchall() == [("IBM", "split")]


def test_a_replay_lists_the_same(lakehouse: Lakehouse) -> None:
    load(lakehouse, SPLITS, listed([split("2020-08-31", "4.0000"), split("2014-06-09", "7.0000")]))
    load(lakehouse, SPLITS, listed([split("2020-08-31", "4.0000")]))
    load(lakehouse, DIVIDENDS, listed([dividend("2024-02-08", "0.24"), dividend("2024-02-08", "0.10")]))
    load(lakehouse, SPLITS, listed([split("2020-08-31", "4.0000")], "AAPL"), "AAPL")
    load(lakehouse, SPLITS, listed([], "AAPL"), "AAPL")
    whole = "select to_jsonb(a) - array['loaded_at', 'execution_batch_id'] from silver.corporate_actions a order by 1"
    before = lakehouse.ask(whole)
    lakehouse.gold.execute("truncate silver.splits, silver.dividends")

    counted = steps.replay(f"replay_bronze:{uuid4().hex[:8]}")

    assert counted["rows_changed"] == 2
    assert lakehouse.ask(whole) == before
    assert steps.replay(f"replay_bronze:{uuid4().hex[:8]}")["rows_changed"] == 0


@needs_real_captures
def test_the_captured_lists_of_ibm(lakehouse: Lakehouse) -> None:
    assert load(lakehouse, SPLITS, read_capture("CORPORATE_ACTIONS", "SPLITS_IBM.json")) == []
    lakehouse.source.now = datetime(2026, 5, 16, 12, tzinfo=UTC)
    assert load(lakehouse, DIVIDENDS, read_capture("CORPORATE_ACTIONS", "DIVIDENDS_IBM.json")) == []

    kinds = "select kind, count(*), min(ex_date)::text from silver.corporate_actions group by 1 order by 1"
    assert lakehouse.ask(kinds) == [
        ("dividend", 110, "1999-02-08"),
        ("other", 1, "2021-11-04"),
        ("split", 1, "1999-05-27"),
    ]
    assert lakehouse.ask("select count(*) from silver.rejected_rows") == [(0,)]
