"""What an earlier version of the inference wrote is built anew by the next run, from the lake alone."""

from datetime import UTC, date, datetime, timedelta

from include import steps
from include.bronze.store import open_store, s3_client
from include.settings import Settings
from include.silver.weeks import WEEKLY_ADJUSTED
from include.steps.rebuilding import WRITTEN_NOW
from include.warehouse.connection import connect
from tests.market_server import MarketServer
from tests.payloads import bar, payload_of

SATURDAY = datetime(2013, 2, 9, 12, tzinfo=UTC)


def ask(query: str) -> list[tuple[object, ...]]:
    with connect() as connection:
        return connection.execute(query.encode()).fetchall()


def test_the_next_run_builds_anew_what_an_earlier_version_wrote(shared_market: MarketServer) -> None:
    weeks = [str(date(2013, 1, 4) + timedelta(weeks=number)) for number in range(4)]
    halved = {weeks[0]: bar(adjusted_close="50"), weeks[1]: bar(close="50", adjusted_close="50")}
    body = payload_of(halved | {week: bar(close="50", adjusted_close="50") for week in weeks[2:]}, "FB")
    open_store().write_payload(WEEKLY_ADJUSTED.name, "FB", body, fetched_at=SATURDAY)
    steps.replay("replay_bronze:1")
    held = "select (to_jsonb(week) - array['loaded_at', 'execution_batch_id'])::text from silver.weekly_adjusted_prices"
    held += " as week order by week_ending"
    as_now, spent = ask(held), shared_market.calls()
    with connect() as connection:
        outdated = f"{WRITTEN_NOW} = null, split_to = 1, factor_growth = null"
        connection.execute(f"update silver.weekly_adjusted_prices set {outdated}".encode())
        connection.execute("update silver.weekly_adjusted_prices set symbol = 'GONE' where week_ending = '2013-01-04'")
        connection.execute(
            "insert into silver.weekly_adjusted_prices (symbol, week_ending, price_date, close,"
            " is_complete_week, bronze_key, execution_batch_id) values ('FB', '2012-12-28', '2012-12-28', 1, true,"
            " 'k', 'b')"
        )

    steps.plan("weekly_adjusted_prices", "weekly_adjusted_prices:1", symbols=[])

    assert ask(held.replace("as week", "as week where symbol = 'FB'")) == as_now
    assert len(as_now) == 4
    assert ask(f"select symbol from silver.weekly_adjusted_prices where {WRITTEN_NOW} is null") == [("GONE",)]
    assert shared_market.calls() == spent


def test_a_symbol_is_left_alone_of_which_the_lake_lost_an_object(
    shared_market: MarketServer, settings: Settings, bucket: str
) -> None:
    for weeks, fetched_at in ((range(2), SATURDAY - timedelta(weeks=2)), (range(1, 4), SATURDAY)):
        body = payload_of({str(date(2013, 1, 4) + timedelta(weeks=number)): bar() for number in weeks}, "FB")
        open_store().write_payload(WEEKLY_ADJUSTED.name, "FB", body, fetched_at=fetched_at)
    steps.replay("replay_bronze:1")
    with connect() as connection:
        connection.execute(f"update silver.weekly_adjusted_prices set {WRITTEN_NOW} = null".encode())
    oldest = min(map(str, open_store().list_keys(WEEKLY_ADJUSTED.name, "FB")))
    s3_client(settings).delete_object(Bucket=bucket, Key=oldest)

    steps.plan("weekly_adjusted_prices", "weekly_adjusted_prices:1", symbols=[])

    held = ask(f"select count(*), count({WRITTEN_NOW}) from silver.weekly_adjusted_prices")
    assert held == [(4, 0)]  # the retained week of the lost object among them
