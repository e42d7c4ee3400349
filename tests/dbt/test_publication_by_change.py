"""Gold follows silver by change, and ends where a build from nothing would end."""

from collections.abc import Callable
from datetime import date

import pytest

from tests.dbt.gold import GREEN, AnotherGold, Gold
from tests.dbt.weeks import friday, series

pytestmark = pytest.mark.slow("publishes by change, whole, and from nothing")

TWO_YEARS = range(110)


@pytest.fixture(scope="module")
def published(new_gold: Callable[[], Gold]) -> Gold:
    """Five stocks, published: one pays dividends, one will split, one keeps quiet, one loses a week, one vanishes."""
    gold = new_gold()
    gold.write(
        *series("AAPL", TWO_YEARS, dividends={20: "0.5", 33: "0.5", 46: "0.5", 59: "0.6"}),
        *series("BRK-B", TWO_YEARS, splits={40: 7}),
        *series("IBM", TWO_YEARS),
        *series("TSCO.LON", TWO_YEARS),
        *series("GONE", range(30)),
    )
    gold.publish()
    return gold


@pytest.fixture(scope="module")
def changed(published: Gold) -> Gold:
    """The same after a week in which much happened, published by change."""
    published.write(
        # The dividend restates every week of the stock.
        *series("AAPL", range(111), dividends={20: "0.5", 33: "0.5", 46: "0.5", 59: "0.6", 110: "0.7"}),
        *series("BRK-B", range(111), splits={40: 7, 110: 2}),
        *series("600036.SHH", range(60, 111)),
    )
    silver = "silver.weekly_adjusted_prices"
    published.execute(f"delete from {silver} where symbol = 'TSCO.LON' and week_ending = '{friday(70)}'")
    published.execute(f"delete from {silver} where symbol = 'GONE'")
    assert set(published.publish().values()) <= GREEN
    return published


def test_a_publication_by_change_equals_a_build_from_nothing(changed: Gold, another_gold: AnotherGold):
    by_change = changed.contents()
    ((silver,),) = changed.execute("select jsonb_agg(weeks)::text from silver.weekly_adjusted_prices as weeks")
    named = "select string_agg(column_name, ', ') from information_schema.columns where is_generated = 'NEVER'"
    ((names,),) = changed.execute(f"{named} and table_schema = 'silver' and table_name = 'weekly_adjusted_prices'")
    with another_gold(changed) as from_nothing:
        from_nothing.execute(
            f"insert into silver.weekly_adjusted_prices ({names}) select {names} from "
            f"jsonb_populate_recordset(null::silver.weekly_adjusted_prices, $json${silver}$json$)"
        )
        from_nothing.publish()
        expected = from_nothing.contents()
        assert from_nothing.is_filled()

    assert by_change == expected


def test_a_full_refresh_after_it_finds_nothing_to_change(changed: Gold):
    before = changed.contents()
    stamps = changed.execute("select max(load_timestamp) from gold.fact_adjusted_prices")

    changed.publish("--full-refresh")

    publication = changed.last_publication()
    assert {name: value for name, value in publication.items() if "rows" in name} == {
        "rows_inserted": 0,
        "rows_updated": 0,
        "rows_deleted": 0,
        "other_rows_changed": 0,
    }
    assert changed.contents() == before
    assert changed.execute("select max(load_timestamp) from gold.fact_adjusted_prices") == stamps


def test_only_what_changed_was_touched(changed: Gold):
    touched = changed.execute(
        """
        select symbol, count(*) filter (where execution_batch_id = newest.batch), count(*)
        from gold.fact_adjusted_prices
        cross join (
            select execution_batch_id as batch from gold.publications order by published_at offset 1 limit 1
        ) as newest
        group by symbol order by symbol
        """
    )
    counts = {symbol: (rows, of) for symbol, rows, of in touched}
    assert counts["IBM"] == (0, 110)
    assert counts["600036.SHH"] == (51, 51)
    assert counts["AAPL"] == (111, 111)
    # Its successor's return now spans two weeks, and the statistics of a year look back on it.
    rows, of = counts["TSCO.LON"]
    assert of == 109
    assert 0 < rows <= 39
    assert "GONE" not in counts


def test_a_vanished_ticker_leaves_every_table(changed: Gold):
    for table in ("dim_stock", "fact_adjusted_prices", "mart_latest_week"):
        assert changed.rows(table, "symbol = 'GONE'") == []


def test_constraints_and_grants_survive_publications(changed: Gold):
    kinds = changed.execute(
        "select contype::text, count(*) from pg_constraint where conrelid = 'gold.fact_adjusted_prices'::regclass "
        "and contype in ('p', 'u', 'f') group by contype order by contype"
    )
    assert kinds == [("f", 3), ("p", 1), ("u", 1)]
    ((tables, readable),) = changed.execute(
        "select count(*), count(*) filter (where has_table_privilege('analyst', oid, 'select')) from pg_class "
        "where relkind in ('r', 'v') and relnamespace::regnamespace::text in ('staging', 'audit', 'gold')"
    )
    assert readable == tables > 20


def test_every_table_and_column_of_gold_says_what_it_is(changed: Gold):
    undescribed = changed.execute(
        """
        select attrelid::regclass::text || '.' || attname
        from pg_attribute join pg_class on pg_class.oid = attrelid
        where relnamespace = 'gold'::regnamespace and relkind = 'r' and attnum > 0 and not attisdropped
        and (col_description(attrelid, attnum) is null or obj_description(attrelid) is null)
        """
    )
    assert undescribed == []


def test_keys_are_those_of_dbt_utils(changed: Gold):
    # md5 of the text, which is what the real package's generate_surrogate_key gives for one column.
    assert changed.execute("select stock_id from gold.dim_stock where symbol = 'IBM'") == [
        ("cbf44511d041dc6d1dd73cc0c033122c",)
    ]
    assert changed.execute(f"select count(*) from gold.dim_date where date_id <> md5('{date(2010, 1, 8)}'::text)") == [
        (110,)
    ]
