"""Lists of splits and dividends decide what weekly prices leave in doubt, in whatever order they come."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from include import steps
from include.bronze.store import open_store, s3_client
from include.local_stack.postgres import EmbeddedPostgres
from include.serving.as_of import read_series_as_of
from include.settings import get_settings
from include.steps.deciding import decide_by_lists
from tests.integration.conftest import SATURDAY
from tests.integration.lakehouse import Lakehouse, new_lakehouse
from tests.integration.listings import DIVIDENDS, SPLITS, dividend, listed, load, split
from tests.payloads import Bar, bar, payload_of

WEEKLY = "TIME_SERIES_WEEKLY_ADJUSTED"
FRIDAYS = [date(2023, 12, 1) + timedelta(weeks=number) for number in range(8)]  # all known to a list of March
IN_THIRD_WEEK = "2023-12-13"
CONTENT = """
    select to_jsonb(week) - array['loaded_at', 'execution_batch_id', 'bronze_key']
    from silver.weekly_adjusted_prices as week order by symbol, week_ending
"""


def flat(close: str, adjusted: str, **changes: object) -> Bar:
    return bar(open=close, high=close, low=close, close=close, adjusted_close=adjusted) | changes


def series(*bars: Bar) -> bytes:
    return payload_of({str(friday): fields for friday, fields in zip(FRIDAYS, bars, strict=False)})


def halved_in_third_week(weeks: int = 6) -> bytes:
    return series(*(flat("100", "100") for _ in range(2)), *(flat("50", "50") for _ in range(weeks - 2)))


def load_weekly(lakehouse: Lakehouse, body: bytes) -> list[str]:
    lakehouse.source.now += timedelta(minutes=1)
    lakehouse.source.payloads[WEEKLY, "IBM"] = body
    return [str(error) for error in lakehouse.run(["IBM"], force=True).errors]


def third_week(lakehouse: Lakehouse) -> tuple[object, ...]:
    [row] = lakehouse.ask(
        "select split_to, split_from, is_action_unsure from silver.weekly_adjusted_prices"
        f" where week_ending = '{FRIDAYS[2]}'"
    )
    return row


def reconciled(lakehouse: Lakehouse) -> list[tuple[object, ...]]:
    return lakehouse.ask(
        "select date::text, what, ours::float8, theirs::float8, cause from silver.reconciliation order by 1"
    )


def replay_changes(lakehouse: Lakehouse) -> int:
    del lakehouse
    return steps.replay(f"replay_bronze:{uuid4().hex[:8]}")["rows_changed"]


def test_a_silent_list_settles_a_week_and_costs_no_call_of_the_prices(lakehouse: Lakehouse) -> None:
    load_weekly(lakehouse, halved_in_third_week())
    assert third_week(lakehouse) == (1, 1, True)

    assert load(lakehouse, SPLITS, listed([])) == []

    assert third_week(lakehouse) == (1, 1, False)
    assert lakehouse.source.calls == {(WEEKLY, "IBM"): 1, (SPLITS, "IBM"): 1}
    assert replay_changes(lakehouse) == 0


def test_a_list_that_changes_its_mind_changes_the_week(lakehouse: Lakehouse) -> None:
    load_weekly(lakehouse, halved_in_third_week())
    seen = []
    for rows in ([split(IN_THIRD_WEEK, "2.0000")], [], [split(IN_THIRD_WEEK, "2.0000"), split("2020-08-31", "4.0000")]):
        load(lakehouse, SPLITS, listed(rows))
        seen.append(third_week(lakehouse))
        assert replay_changes(lakehouse) == 0

    assert seen == [(2, 1, False), (1, 1, False), (2, 1, False)]


@pytest.mark.slow("loads four lakehouses, one after the other")
def test_the_order_of_arrival_makes_no_difference(lakehouse: Lakehouse) -> None:
    def prices() -> None:
        load_weekly(lakehouse, halved_in_third_week(5))

    def more_prices() -> None:
        load_weekly(lakehouse, halved_in_third_week(6))

    def splits() -> None:
        load(lakehouse, SPLITS, listed([split(IN_THIRD_WEEK, "2.0000")]))

    def dividends() -> None:
        load(lakehouse, DIVIDENDS, listed([dividend("2023-12-20", "0.5")]))

    found = []
    orders: list[list[Callable[[], None]]] = [
        [prices, more_prices, splits, dividends],
        [splits, dividends, prices, more_prices],
        [prices, splits, more_prices, dividends],
        [dividends, prices, splits, more_prices],
    ]
    for order in orders:
        for step in order:
            step()
        found.append(lakehouse.ask(CONTENT))
        forget(lakehouse)

    assert len(found[0]) == 6
    assert all(content == found[0] for content in found)


def forget(lakehouse: Lakehouse) -> None:
    """Empty silver, the ledgers and the lake."""
    lakehouse.gold.execute(
        "truncate silver.weekly_adjusted_prices, silver.splits, silver.dividends, silver.loaded_payloads,"
        " silver.restatements, ops.decided_series, ops.api_calls, ops.ticker_runs, ops.quarantines"
    )
    store = open_store()
    for key in [*store.list_names("")]:
        s3_client(get_settings()).delete_object(Bucket=get_settings().bronze.bucket, Key=key)


def test_a_run_that_ended_before_it_decided_is_made_good_by_the_next_of_either_kind(lakehouse: Lakehouse) -> None:
    load_weekly(lakehouse, halved_in_third_week())
    lakehouse.source.payloads[SPLITS, "IBM"] = listed([])
    batch = "splits:killed"
    for group in steps.plan("splits", batch, symbols=["IBM"]):
        steps.fetch("splits", group, batch)
        steps.normalize("splits", group, batch)
    assert third_week(lakehouse) == (1, 1, True)

    steps.plan("weekly_adjusted_prices", "weekly_adjusted_prices:next", symbols=["IBM"])

    assert third_week(lakehouse) == (1, 1, False)


def test_a_list_that_can_change_nothing_rebuilds_nothing(lakehouse: Lakehouse) -> None:
    paid = flat("100", "100", dividend_amount="2")
    load_weekly(lakehouse, series(flat("100", "98.0392"), paid, flat("100", "100"), flat("100", "100")))
    load(lakehouse, SPLITS, listed([]))
    lakehouse.gold.execute("update silver.weekly_adjusted_prices set execution_batch_id = 'as it was', volume = 7")

    load(lakehouse, DIVIDENDS, listed([dividend("2023-12-06", "2")]))

    assert lakehouse.ask("select distinct execution_batch_id, volume from silver.weekly_adjusted_prices") == [
        ("as it was", 7)
    ]
    load(lakehouse, DIVIDENDS, listed([dividend("2023-12-06", "2"), dividend("2023-12-13", "1")]))
    assert lakehouse.ask("select distinct volume from silver.weekly_adjusted_prices") == [(1000,)]


def adjusted_for_split(weeks: int) -> bytes:
    return series(*(flat("100", "50") for _ in range(2)), *(flat("50", "50") for _ in range(weeks - 2)))


@pytest.mark.parametrize(
    ("rows", "split_held"), [([], (1, 1, False)), ([split(IN_THIRD_WEEK, "2.0000")], (2, 1, False))]
)
def test_a_forgotten_split_is_decided_by_the_list(
    lakehouse: Lakehouse, rows: list[dict[str, str]], split_held: tuple[object, ...]
) -> None:
    load_weekly(lakehouse, adjusted_for_split(5))
    [error] = load_weekly(lakehouse, halved_in_third_week(6))[:1]
    assert "forgets the 2:1 split" in error
    then = lakehouse.source.now

    load(lakehouse, SPLITS, listed(rows))

    assert lakehouse.ask("select count(*) from ops.quarantines where ended_at is null") == [(0,)]
    assert third_week(lakehouse) == split_held
    assert lakehouse.ask("select count(*) from silver.weekly_adjusted_prices") == [(6,)]
    assert replay_changes(lakehouse) == 0
    # As it was known before the list came, and since.
    assert read_series_as_of("IBM", then).rows.height == 5
    assert read_series_as_of("IBM", lakehouse.source.now + timedelta(minutes=1)).rows.height == 6


def test_the_same_list_says_more_once_it_is_a_week_younger(lakehouse: Lakehouse) -> None:
    lakehouse.source.now = datetime(2023, 12, 16, 12, tzinfo=UTC)  # the Saturday after the third week
    load_weekly(lakehouse, series(flat("100", "100"), flat("100", "100"), flat("50", "50")))
    load(lakehouse, SPLITS, listed([]))
    assert third_week(lakehouse) == (1, 1, True)

    lakehouse.source.now = datetime(2024, 1, 16, 12, tzinfo=UTC)
    steps.plan("splits", "splits:planned", symbols=["IBM"])
    [reason] = lakehouse.ask("select reason from ops.ticker_runs where execution_batch_id = 'splits:planned'")
    assert reason == ("the action of the week of 2023-12-15 is unsure",)
    assert lakehouse.run(["IBM"], dataset="splits").is_green

    assert third_week(lakehouse) == (1, 1, False)
    assert replay_changes(lakehouse) == 0
    assert lakehouse.run(["IBM"], dataset="splits").is_green
    assert lakehouse.source.calls[SPLITS, "IBM"] == 2


def test_what_a_young_list_left_in_doubt_waits_for_the_quarter(lakehouse: Lakehouse) -> None:
    # The third week is unsure for a dividend that the source has not adjusted for: the list of splits cannot decide it.
    load_weekly(lakehouse, series(*(flat("100", "100", dividend_amount=amount) for amount in ("0", "0", "2", "0"))))
    load(lakehouse, SPLITS, listed([]))
    assert third_week(lakehouse) == (1, 1, True)
    reasons = []
    for days in (40, 92):
        lakehouse.source.now = SATURDAY + timedelta(days=days, hours=1)
        steps.plan("splits", f"splits:after-{days}", symbols=["IBM"])
        reasons += lakehouse.ask(f"select reason from ops.ticker_runs where execution_batch_id = 'splits:after-{days}'")

    assert [str(reason).split(" since")[0] for (reason,) in reasons] == [
        "no action is new or unsure",
        "a quarter has passed",
    ]


def test_what_is_settled_against_a_list_is_said(lakehouse: Lakehouse) -> None:
    # A split that no close shows, a dividend in today's shares, and one that the weekly prices do not have.
    load(lakehouse, SPLITS, listed([split("2023-12-06", "3.0000"), split("2024-01-03", "4.0000")]))
    load(lakehouse, DIVIDENDS, listed([dividend("2023-12-13", "0.5"), dividend("2023-12-20", "0.1")]))
    weeks = [
        flat("400", "99.5025"),
        flat("400", "99.5025"),
        flat("400", "100", dividend_amount="0.5"),  # of 2 in shares of that day
        flat("400", "100"),
        flat("400", "100"),
        flat("100", "100"),
        flat("100", "100"),
    ]
    assert load_weekly(lakehouse, series(*weeks)) == []

    assert reconciled(lakehouse) == [
        ("2023-12-06", "split", 1, 3, "neither the raw nor the adjusted close moved by it"),
        ("2023-12-13", "dividend", 2, 0.5, "listed in shares of today"),
        ("2023-12-20", "dividend", 0, 0.1, "the weekly prices show none"),
    ]


def test_a_split_on_no_list_is_said(lakehouse: Lakehouse) -> None:
    load(lakehouse, SPLITS, listed([]))
    load_weekly(lakehouse, adjusted_for_split(6))

    assert third_week(lakehouse) == (2, 1, False)
    assert reconciled(lakehouse) == [(str(FRIDAYS[2]), "split", 2, None, "the list of splits has none in that week")]


def test_deciding_twice_changes_nothing(lakehouse: Lakehouse) -> None:
    load_weekly(lakehouse, halved_in_third_week())
    load(lakehouse, SPLITS, listed([]))
    before = lakehouse.ask("select xmin::text from silver.weekly_adjusted_prices")

    decide_by_lists("splits:again")

    assert lakehouse.ask("select xmin::text from silver.weekly_adjusted_prices") == before


@pytest.mark.slow("publishes gold by the real dbt")
def test_gold_takes_what_a_list_decided_against_the_adjusted_closes(
    postgres: EmbeddedPostgres, s3_environment: dict[str, str], tmp_path: Path
) -> None:
    with new_lakehouse(postgres, s3_environment, tmp_path, now=SATURDAY) as made:
        load_weekly(made, halved_in_third_week())
        load(made, SPLITS, listed([split(IN_THIRD_WEEK, "2.0000")]))
        statuses = made.gold.publish()

        assert not {"fail", "error", "skipped"} & set(statuses.values()), statuses
        returns = made.gold.facts("IBM", "weekly_return_pct", "split_factor", "is_action_unsure")
        assert returns[2] == (0, 2, False)
        assert made.ask("select count(*) from ops.quarantines") == [(0,)]
