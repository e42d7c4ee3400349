"""Payloads that are cut, stale, garbled, or another security's, through the steps: silver keeps what it knew."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from include import steps
from include.bronze.keys import BronzeKey
from include.bronze.store import open_store, s3_client
from include.errors import ContractError, ObjectCorrupt, PayloadQuarantined
from include.observability.runs import open_run
from include.settings import get_settings
from include.silver.datasets import find_dataset
from include.silver.weeks import WEEKLY_ADJUSTED
from include.warehouse.connection import connect
from tests.market_server import MarketServer
from tests.payloads import Bar, bar, moment, payload_of

WEEKLY, DAILY, OVERVIEW = "weekly_adjusted_prices", "daily_prices", "company_overview"
WEEKS = ["2012-12-14", "2012-12-21", "2012-12-28", "2013-01-04", "2013-01-11"]
OLDER = [f"2012-{month:02}-{day:02}" for month in range(1, 12) for day in (2, 9, 16)]  # so that one is not a tenth
DAYS = [f"2013-01-{day:02}" for day in range(2, 19)]
pytestmark = pytest.mark.usefixtures("shared_market")


def weekly(days: Mapping[str, Bar]) -> bytes:
    return payload_of(dict(days), "FOX")


def daily(closes: Mapping[str, str]) -> bytes:
    names = ("1. open", "2. high", "3. low", "4. close", "5. volume")
    return json.dumps(
        {"Time Series (Daily)": {day: dict.fromkeys(names, close) for day, close in closes.items()}}
    ).encode()


def overview(name: str, **facts: str) -> bytes:
    return json.dumps({"Symbol": "FOX", "Name": name} | facts).encode()


def put(body: bytes, day: str, dataset: str = WEEKLY) -> BronzeKey:
    return open_store().write_payload(find_dataset(dataset).function.name, "FOX", body, fetched_at=moment(day))


def normalize(batch: str, dataset: str = WEEKLY) -> int:
    with connect() as connection:
        open_run(connection, batch, market_at=datetime(2013, 2, 6, tzinfo=UTC))
        connection.execute(
            """
            insert into ops.ticker_runs (execution_batch_id, function, symbol, status)
            values (%s, %s, 'FOX', 'fetched')
            """,
            (batch, find_dataset(dataset).function.name),
        )
    changed = steps.normalize(dataset, ["FOX"], batch)
    steps.validate(dataset, batch)
    return changed


def take_in(body: bytes, day: str, dataset: str = WEEKLY) -> int:
    put(body, day, dataset)
    return normalize(f"test:{day}", dataset)


def ask(query: str) -> list[tuple[object, ...]]:
    with connect() as connection:
        return connection.execute(query.encode()).fetchall()


def test_a_company_that_changes_its_name_is_renamed_and_replayed() -> None:
    take_in(overview("Old Fox"), "2013-01-14", OVERVIEW)
    take_in(overview("New Fox"), "2013-02-14", OVERVIEW)

    assert steps.replay("replay_bronze:1")["rows_changed"] == 0
    assert ask("select company_name from silver.company_overview") == [("New Fox",)]


def test_a_fact_that_cannot_be_believed_is_null_and_leaves_a_trace() -> None:
    told = {"MarketCapitalization": "1.44E6", "SharesOutstanding": "-5", "LatestQuarter": "0000-00-00"}
    take_in(overview("Fox", **told), "2013-01-14", OVERVIEW)
    take_in(overview("Fox", SharesOutstanding="1,440"), "2013-02-14", OVERVIEW)
    take_in(overview("Fox", SharesOutstanding="None", LatestQuarter="2012-12-31"), "2013-03-14", OVERVIEW)

    assert ask("select reason, raw_values, field from silver.rejected_rows order by bronze_key, field") == [
        ("malformed latest_quarter", '{"latest_quarter": "0000-00-00"}', "latest_quarter"),
        ("negative shares_outstanding", '{"shares_outstanding": "-5"}', "shares_outstanding"),
        ("malformed shares_outstanding", '{"shares_outstanding": "1,440"}', "shares_outstanding"),
    ]
    assert ask("select market_capitalization, shares_outstanding from silver.company_overview") == [(None, None)]
    assert ask("select rows_kept, rows_rejected from silver.loaded_payloads") == [(1, 0)] * 3


def test_a_number_of_a_company_may_have_an_exponent() -> None:
    take_in(overview("Fox", MarketCapitalization="1.44E6"), "2013-01-14", OVERVIEW)

    assert ask("select market_capitalization from silver.company_overview") == [(1_440_000,)]


def test_an_answer_that_breaks_the_contract_fails_its_ticker_in_words() -> None:
    put(b'{"Weekly Adjusted Time Series": {"2013-01-04": {"1. open": "1"}}}', "2013-01-07")

    with pytest.raises(ContractError, match="has the field"):
        normalize("test:1")

    [(status, reason)] = ask("select status, reason from ops.ticker_runs")
    assert status == "failed"
    assert "has the field" in str(reason)


def test_a_corrupt_object_is_named_by_normalize_and_by_replay() -> None:
    key = put(weekly(dict.fromkeys(WEEKS, bar())), "2013-01-14")
    s3_client(get_settings()).put_object(Bucket=get_settings().bronze.bucket, Key=str(key), Body=b"junk")

    with pytest.raises(ObjectCorrupt, match="symbol=FOX"):
        normalize("test:1")
    with pytest.raises(ObjectCorrupt, match="symbol=FOX"):
        steps.replay("replay_bronze:1")

    assert ask("select status from ops.pipeline_runs where pipeline = 'replay_bronze'") == [("failed",)]


def test_the_sound_part_of_a_garbled_week_is_accounted_for() -> None:
    parts = dict.fromkeys(OLDER, bar()) | {"2012-12-24": bar(volume="1"), "2012-12-28": bar(volume="2")}
    parts |= {"2013-01-04": bar()}
    take_in(weekly(parts), "2013-01-07")
    take_in(weekly(parts | {"2012-12-28": bar(volume="2", close="")}), "2013-01-14")

    counts = "select rows_received, rows_kept, rows_combined, rows_rejected from silver.loaded_payloads order by 1, 4"
    assert ask(counts) == [(36, 35, 1, 0), (36, 34, 1, 1)]
    newest = "select volume, is_retained from silver.weekly_adjusted_prices order by week_ending desc limit 2"
    assert ask(newest) == [(1000, False), (3, True)]


def test_a_date_of_another_century_removes_no_week() -> None:
    weeks = [*WEEKS, *OLDER]
    take_in(weekly(dict.fromkeys(weeks, bar())), "2013-01-14")
    take_in(weekly({day.replace("2012-12-28", "2102-12-28"): bar() for day in weeks}), "2013-01-15")

    retained = ask("select week_ending::text from silver.weekly_adjusted_prices where is_retained")
    assert retained == [("2012-12-28",)]
    assert ask("select count(*) from silver.weekly_adjusted_prices") == [(38,)]


def test_an_answer_from_an_old_copy_keeps_the_newest_weeks() -> None:
    take_in(weekly(dict.fromkeys(WEEKS, bar())), "2013-01-14")
    take_in(weekly({day: bar(adjusted_close="50") for day in WEEKS[:3]}), "2013-01-15")

    weeks = ask("select adjusted_close::int, is_retained from silver.weekly_adjusted_prices order by week_ending")
    assert weeks == [(50, False)] * 3 + [(50, True)] * 2


def test_an_answer_without_a_common_week_is_quarantined_on_either_side() -> None:
    take_in(weekly(dict.fromkeys(WEEKS, bar())), "2013-01-14")
    with pytest.raises(PayloadQuarantined, match=r"it shares no week with the [0-9]+ weeks held"):
        take_in(weekly({"2005-01-07": bar(), "2005-01-14": bar()}), "2013-01-15")

    assert ask("select min(week_ending)::text, count(*) from silver.weekly_adjusted_prices") == [("2012-12-14", 5)]
    assert ask("select status from ops.ticker_runs order by updated_at") == [("loaded",), ("failed",)]


def test_other_closes_on_the_same_days_belong_to_another_security() -> None:
    take_in(daily(dict.fromkeys(DAYS, "10")), "2013-01-21", DAILY)
    with pytest.raises(PayloadQuarantined, match="only 0% of the raw closes held agree"):
        take_in(daily(dict.fromkeys(DAYS, "70")), "2013-01-22", DAILY)

    assert ask("select distinct close::int from silver.daily_prices") == [(10,)]
    [(rule, function, way_out)] = ask("select rule, function, way_out from ops.quarantines where place = 'payload'")
    assert (rule, function) == ("another_security", "TIME_SERIES_DAILY")
    assert "make replay NEW_HISTORY=1 SYMBOLS=FOX FROM=2013-01-22" in str(way_out)


def test_a_new_history_leaves_nothing_of_the_old_security() -> None:
    take_in(weekly(dict.fromkeys(WEEKS, bar(close="10", low="1"))), "2013-01-14")
    take_in(daily(dict.fromkeys(DAYS[:3], "10")), "2013-01-15", DAILY)
    take_in(overview("Old Fox"), "2013-01-16", OVERVIEW)

    steps.replay("replay_bronze:1", symbols=["FOX"], first=datetime(2013, 2, 4, tzinfo=UTC), new_history=True)
    take_in(weekly({"2013-01-25": bar(close="70"), "2013-02-01": bar(close="70")}), "2013-02-05")

    assert ask("select distinct close::int from silver.weekly_adjusted_prices") == [(70,)]
    assert ask("select (select count(*) from silver.daily_prices), count(*) from silver.company_overview") == [(0, 0)]


def test_what_s3_did_not_take_is_named_and_costs_no_second_credit(
    shared_market: MarketServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = "weekly_adjusted_prices:1"
    steps.plan(WEEKLY, batch, symbols=["FB"])
    with connect() as connection:  # as a worker leaves it that dies between the rescue and its note
        connection.execute(
            """
            insert into ops.api_calls (market_at, source, function, symbol, outcome, bronze_key, execution_batch_id)
            values (now(), 'alpha_vantage', %s, 'FB', 'answered', %s, %s)
            """,
            (WEEKLY_ADJUSTED.name, str(put(weekly({"2013-01-04": bar()}), "2013-01-07")), batch),
        )

    steps.fetch(WEEKLY, ["FB"], batch)

    assert shared_market.calls() == 0
    assert ask("select status from ops.ticker_runs") == [("fetched",)]
