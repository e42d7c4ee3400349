"""A payload that cannot be believed harms its own ticker: silver stays, the others go on, and the way out works."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from unittest.mock import ANY

import pytest
from rich.console import Console

from include import steps
from include.bronze.store import open_store
from include.commands.output.warehouse_summary import print_summary
from include.errors import (
    ContractError,
    InvalidCall,
    ObjectMissing,
    PayloadQuarantined,
    SettingsError,
    StocklakeError,
    TickersFailed,
)
from include.observability.failures import read_newest_failures
from include.serving.as_of import read_series_as_of
from include.settings import Settings, get_settings
from include.silver.datasets import find_dataset
from include.silver.datasets.daily_prices import DAILY as DAILY_FUNCTION
from include.silver.weeks import WEEKLY_ADJUSTED
from include.steps.accepting import decide_on_week
from include.warehouse.connection import connect
from tests.integration.market import MarketOnThread
from tests.market_server import MarketServer
from tests.payloads import Bar, bar, payload_of

WEEKLY = "weekly_adjusted_prices"
DAILY = "daily_prices"
BEGIN = datetime(2013, 2, 2, 12, tzinfo=UTC)
WILD_WEEK = date(2013, 1, 18)  # the third newest that the market has then
DAILY_NAMES = ("1. open", "2. high", "3. low", "4. close", "5. volume")
BROKEN = b'{"Weekly Adjusted Time Series": {"2013-03-01": {"1. open": "1"}}}'


def put(market: MarketServer, symbol: str, body: bytes | Mapping[str, Bar]) -> str:
    """Put a payload into the lake as if it had been fetched now; its key."""
    body = body if isinstance(body, bytes) else payload_of(dict(body), symbol)
    key = str(open_store().write_payload(WEEKLY_ADJUSTED.name, symbol, body, fetched_at=market.clock()))
    with connect() as connection:
        connection.execute(
            """
            insert into ops.api_calls (market_at, source, function, symbol, outcome, bronze_key, execution_batch_id)
            values (%s, 'alpha_vantage', %s, %s, 'answered', %s, 'test')
            """,
            (market.clock(), WEEKLY_ADJUSTED.name, symbol, key),
        )
    return key


def run(number: int, *symbols: str, **options: object) -> dict[str, StocklakeError]:
    """One whole run of the pipeline; by symbol, the error that its mapped task ended with."""
    batch, errors = f"weekly_adjusted_prices:run-{number}", {}
    for group in steps.plan(WEEKLY, batch, symbols=symbols, **options):  # type: ignore[arg-type]
        steps.fetch(WEEKLY, group, batch)
        try:
            steps.normalize(WEEKLY, group, batch)
        except StocklakeError as error:
            errors[group[0]] = error
    steps.validate(WEEKLY, batch)
    if errors:
        with pytest.raises(TickersFailed):
            steps.report(WEEKLY, batch)
    else:
        steps.report(WEEKLY, batch)
    return errors


def ask(query: str, *values: object) -> list[tuple[object, ...]]:
    with connect() as connection:
        return connection.execute(query.encode(), values).fetchall()


def newest_failures() -> list[tuple[str, str]]:
    with connect() as connection:
        return read_newest_failures(connection)


def status_of(number: int, symbol: str) -> object:
    query = "select status from ops.ticker_runs where execution_batch_id = %s and symbol = %s"
    [(status,)] = ask(query, f"weekly_adjusted_prices:run-{number}", symbol)
    return status


def test_a_payload_that_breaks_the_contract_is_judged_once_named_on_and_ended_by_a_sound_one(
    shared_market: MarketServer,
) -> None:
    put(shared_market, "FB", BROKEN)
    [error] = run(1, "FB", "IBM").values()
    assert isinstance(error, ContractError)
    assert (status_of(1, "FB"), status_of(1, "IBM")) == ("failed", "loaded")
    spent = shared_market.calls()

    assert run(2, "FB", "IBM") == {}  # nothing new: no credit, no task, and still named
    assert (status_of(2, "FB"), status_of(2, "IBM"), shared_market.calls()) == ("quarantined", "current", spent)
    [(reason,)] = ask("select reason from ops.ticker_runs where status = 'quarantined'")
    assert "since 2013-03-02" in str(reason)
    assert "make run FORCE=1 SYMBOLS=FB" in str(reason)

    assert run(3, "FB", force=True) == {}
    assert status_of(3, "FB") == "loaded"
    [(rule, is_ended)] = ask("select rule, ended_at > since from ops.quarantines")
    assert (rule, is_ended) == ("contract", True)


def weeks_of(symbol: str) -> list[tuple[object, ...]]:
    """Silver of a symbol, but for what names the run."""
    return ask(
        "select (to_jsonb(week) - array['bronze_key', 'execution_batch_id', 'loaded_at'])::text"
        " from silver.weekly_adjusted_prices as week where symbol = %s order by week_ending",
        symbol,
    )


def quarantines() -> list[tuple[object, ...]]:
    return ask("select symbol, rule, week_ending, value, ended_at is null from ops.quarantines order by bronze_key")


def rows_of_run(batch: str) -> object:
    """The rows of silver that a run changed, as its ledger says."""
    query = "select rows_inserted + rows_updated + rows_deleted from ops.pipeline_runs where execution_batch_id = %s"
    [(rows,)] = ask(query, batch)
    return rows


def next_saturday(market: MarketServer, number: int) -> None:
    market.move_clock(f"2013-02-{2 + 7 * number:02}T12:00:00Z")


@pytest.fixture
def market(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MarketServer]:
    """A sample market of this test's own, whose clock may be moved."""
    del settings
    with MarketOnThread(tmp_path / "market", clock=BEGIN) as server:
        monkeypatch.setenv("ALPHA_VANTAGE_BASE_URL", server.query_url)
        get_settings.cache_clear()
        open_store.cache_clear()
        yield server
    open_store.cache_clear()


def test_a_wild_value_leaves_its_ticker_as_it_was_and_the_others_go_on(market: MarketServer) -> None:
    run(1, "FB", "IBM")
    before = weeks_of("FB")
    next_saturday(market, 1)
    market.inject_fault("wild_value", symbol="FB")

    [(symbol, error)] = run(2, "FB", "IBM").items()

    assert symbol == "FB"
    assert isinstance(error, PayloadQuarantined)
    assert "one wild value in the week of 2013-01-25: adjusted close 245397 after " in str(error)
    assert "in one week at most 51 times as much, or 1/51" in str(error)
    assert "make accept SYMBOL=FB WEEK=2013-01-25" in str(error)
    assert weeks_of("FB") == before
    assert len(weeks_of("IBM")) == 676
    assert (status_of(2, "FB"), status_of(2, "IBM")) == ("failed", "loaded")
    [(words,)] = ask("select error from ops.pipeline_runs where execution_batch_id like %s", "%run-2")
    assert str(words).startswith(
        "1 of the tickers failed, the others went on. FB: since 2013-02-09 12:00 UTC quarantined"
    )


def test_a_quarantined_payload_is_named_by_every_run_and_costs_no_credit(market: MarketServer) -> None:
    run(1, "FB", "IBM")
    next_saturday(market, 1)
    market.inject_fault("wild_value", symbol="FB")
    run(2, "FB", "IBM")
    spent = market.calls()

    for number in (3, 4):  # on Saturday, and on Monday, when the source could be late with the week
        assert run(number, "FB", "IBM") == {}
        assert (status_of(number, "FB"), status_of(number, "IBM")) == ("quarantined", "current")
        market.move_clock("2013-02-11T12:00:00Z") if number == 3 else None
    assert market.calls() == spent
    assert quarantines() == [("FB", "one_wild_value", date(2013, 1, 25), ANY, True)]


def test_the_same_wild_payload_again_is_still_one_quarantine(market: MarketServer) -> None:
    run(1, "FB")
    next_saturday(market, 1)
    market.inject_fault("wild_value", symbol="FB", times=2)
    run(2, "FB")

    [error] = run(3, "FB", force=True).values()

    assert "since 2013-02-09 12:00 UTC quarantined" in str(error)
    assert (status_of(3, "FB"), len(quarantines())) == ("failed", 1)


def test_a_mended_payload_is_taken_and_ends_the_quarantine(market: MarketServer) -> None:
    run(1, "FB")
    next_saturday(market, 1)
    market.inject_fault("wild_value", symbol="FB")
    run(2, "FB")
    next_saturday(market, 2)

    assert run(3, "FB") == {}

    assert (status_of(3, "FB"), len(weeks_of("FB"))) == ("loaded", 40)
    assert quarantines() == [("FB", "one_wild_value", date(2013, 1, 25), ANY, False)]
    assert steps.replay("replay_bronze:1")["rows_changed"] == 0
    assert quarantines() == [("FB", "one_wild_value", date(2013, 1, 25), ANY, False)]


def test_of_a_first_payload_the_weeks_after_the_wild_one_are_loaded_and_the_rest_when_it_is_mended(
    market: MarketServer,
) -> None:
    market.inject_fault("wild_value", symbol="FB")
    [error] = run(1, "FB", "IBM").values()

    assert f"make accept SYMBOL=FB WEEK={WILD_WEEK} (the weeks after it are loaded)" in str(error)
    assert ask("select week_ending from silver.weekly_adjusted_prices where symbol = 'FB' order by 1") == [
        (date(2013, 1, 25),),
        (date(2013, 2, 1),),
    ]
    assert ask(
        "select rows_received, rows_kept, rows_combined, rows_rejected from silver.loaded_payloads where symbol = 'FB'"
    ) == [(38, 2, 0, 36)]
    [(texts, reasons)] = ask("select count(raw_values), count(distinct reason) from silver.rejected_rows")
    assert (texts, reasons) == (36, 1)
    first = weeks_of("FB")
    assert steps.replay("replay_bronze:1")["rows_changed"] == 0
    assert weeks_of("FB") == first

    next_saturday(market, 1)
    assert run(2, "FB", "IBM") == {}
    assert len(weeks_of("FB")) == 39


def test_a_replay_of_dropped_silver_finds_the_same_quarantines(market: MarketServer) -> None:
    run(1, "FB", "IBM")
    for number in (1, 2):
        next_saturday(market, number)
        if number == 1:
            market.inject_fault("wild_value", symbol="FB")
        run(1 + number, "FB", "IBM")
    columns = "to_jsonb(held) - array['execution_batch_id']"
    kept = ask(f"select ({columns})::text from ops.quarantines as held")
    before, spent = [weeks_of(symbol) for symbol in ("FB", "IBM")], market.calls()
    with connect() as connection:
        connection.execute(
            "insert into ops.quarantines values ('publication', 'FB', 'x', 'y', 'r', null, null, null,"
            " 'w', now(), null, 'b')"
        )
        connection.execute("delete from ops.quarantines where place = 'payload'")
        connection.execute("truncate silver.weekly_adjusted_prices, silver.loaded_payloads, silver.rejected_rows")

    steps.replay("replay_bronze:1")

    assert [weeks_of(symbol) for symbol in ("FB", "IBM")] == before
    assert ask(f"select ({columns})::text from ops.quarantines as held where place = 'payload'") == kept
    assert len(kept) == 1
    assert ask("select count(*) from ops.quarantines where place = 'publication'") == [(1,)]
    assert market.calls() == spent


def test_an_accepted_week_is_loaded_until_that_is_undone(market: MarketServer) -> None:
    run(1, "FB", "IBM")
    before = weeks_of("FB")
    next_saturday(market, 1)
    market.inject_fault("wild_value", symbol="FB")
    run(2, "FB", "IBM")
    spent = market.calls()

    counts = steps.accept("accept_week:1", "fb", "2013-01-23")  # any day of the week

    assert counts["rows_changed"] > 0
    assert rows_of_run("accept_week:1") == counts["rows_changed"]
    assert ask("select week_ending, adjusted_close from silver.weekly_adjusted_prices where is_accepted") == [
        (date(2013, 1, 25), Decimal("245397.0000"))
    ]
    assert (len(weeks_of("FB")), quarantines()) == (39, [])
    assert steps.replay("replay_bronze:1")["rows_changed"] == 0
    assert run(3, "FB", "IBM") == {}
    assert status_of(3, "FB") == "current"

    counts = steps.accept("accept_week:2", "FB", "2013-01-25", undo=True)

    assert rows_of_run("accept_week:2") == counts["rows_changed"] > 0
    assert weeks_of("FB") == before
    assert [row[1] for row in quarantines()] == ["one_wild_value"]
    assert market.calls() == spent


def test_what_failed_is_told_until_its_ticker_is_loaded_or_quarantined(market: MarketServer) -> None:
    run(1, "FB")
    next_saturday(market, 1)
    market.inject_fault("wild_value", symbol="FB")
    assert "FB" in run(2, "FB", "IBM")
    assert newest_failures() == []  # the quarantine is told by itself, with the way out

    steps.accept("accept_week:1", "FB", "2013-01-25")
    assert newest_failures() == []
    steps.accept("accept_week:2", "FB", "2013-01-25", undo=True)
    assert newest_failures() == []

    run_of_strangers = "weekly_adjusted_prices:run-3"
    [group] = steps.plan(WEEKLY, run_of_strangers, symbols=("FB", "ZZZZ"))
    with pytest.raises(InvalidCall):
        steps.fetch(WEEKLY, group, run_of_strangers)
    with pytest.raises(TickersFailed):
        steps.report(WEEKLY, run_of_strangers)
    [(pipeline, error)] = newest_failures()
    assert (pipeline, error[:5], "FB" in error) == (WEEKLY, "ZZZZ:", False)


def test_a_retained_week_that_the_newest_payload_lacks_can_be_accepted(shared_market: MarketServer) -> None:
    # Held before the rules of payloads were: the newest payload does not reach back to it, and its neighbour does.
    weeks = {number: date(2013, 1, 4) + number * timedelta(weeks=1) for number in range(8)}
    put(shared_market, "FOX", {str(weeks[number]): bar() for number in range(6)})
    normalize("FOX", 1)
    with connect() as connection:
        connection.execute(
            "update silver.weekly_adjusted_prices set close = 245397, adjusted_close = 245397 where week_ending = %s",
            (weeks[3],),
        )
    put(shared_market, "FOX", {str(weeks[number]): bar() for number in range(4, 8)})
    error = normalize("FOX", 2)
    assert isinstance(error, PayloadQuarantined)

    with connect() as connection:
        decision = decide_on_week(connection, "FOX", str(weeks[3]), undo=False)

    assert decision.accepted is not None
    assert decision.accepted.adjusted_close == 245397


def wild(price: str) -> Bar:
    return bar(high=price, close=price, adjusted_close=price)


def test_another_wild_value_in_an_accepted_week_is_quarantined_again(shared_market: MarketServer) -> None:
    sound = {str(date(2013, 1, 4) + number * timedelta(weeks=1)): bar() for number in range(8)}
    put(shared_market, "FOX", sound)
    normalize("FOX", 1)
    put(shared_market, "FOX", sound | {"2013-02-01": wild("245397")})
    normalize("FOX", 2)
    steps.accept("accept_week:1", "FOX", "2013-02-01")
    put(shared_market, "FOX", sound | {"2013-02-01": wild("99999")})

    error = normalize("FOX", 3)

    assert "adjusted close 99999 after 100" in str(error)
    assert ask("select adjusted_close::int from silver.weekly_adjusted_prices where is_accepted") == [(245397,)]


def test_what_cannot_be_accepted_is_said_in_the_users_words(market: MarketServer) -> None:
    run(1, "FB", "IBM")
    next_saturday(market, 1)
    market.inject_fault("wild_value", symbol="FB")
    run(2, "FB", "IBM")

    def words(symbol: str, week: str, *, undo: bool = False) -> str:
        with pytest.raises(SettingsError) as refused:
            steps.accept("accept_week:1", symbol, week, undo=undo)
        return str(refused.value)

    assert words("NOSUCH", "2013-01-25") == "SYMBOL=NOSUCH: bronze holds no weekly prices of it"
    assert words("IBM", "2013-01-25") == "IBM: no week of it is quarantined, so there is nothing to accept"
    assert "no week of it ends on 1999-01-01; it has weeks from 2012-05-18 to 2013-02-08" in words("FB", "1999-01-01")
    assert "FB: the week of 2013-02-01 is not quarantined; what is: 2013-01-25 (adjusted" in words("FB", "2013-02-01")
    assert "WEEK='May' is no day" in words("FB", "May")
    assert words("FB", "2013-01-25", undo=True) == "FB: the week of 2013-01-25 is not accepted; no week of it is"


def split_payload(weeks: int, *, adjusts: bool) -> dict[str, Bar]:
    """A share of 80 that becomes four of 20 in its second week; the source knows it, or does not."""
    fridays = [str(date(2013, 1, 4) + number * timedelta(weeks=1)) for number in range(weeks)]
    before = bar(open="80", high="81", low="79", close="80", adjusted_close="20" if adjusts else "80")
    after = bar(open="20", high="21", low="19", close="20", adjusted_close="20")
    return {day: after if number else before for number, day in enumerate(fridays)}


def test_a_forgotten_split_is_quarantined_until_payloads_say_so_for_30_days(market: MarketServer) -> None:
    put(market, "FOX", split_payload(4, adjusts=True))
    assert normalize("FOX", 1) is None
    before = weeks_of("FOX")
    for number, day in enumerate(("2013-02-09", "2013-02-16", "2013-02-23", "2013-03-02"), 1):
        market.move_clock(f"{day}T12:00:00Z")
        put(market, "FOX", split_payload(4 + number, adjusts=False))
        error = normalize("FOX", 1 + number)
        assert "forgotten split in the week of 2013-01-11: forgets the 4:1 split of 2013-01-11" in str(error)
        assert "make accept SYMBOL=FOX WEEK=2013-01-11" in str(error)
    assert weeks_of("FOX") == before
    assert read_series_as_of("FOX", market.clock()).rows.height == 4

    market.move_clock("2013-03-16T12:00:00Z")  # 35 days after the first that forgot it
    put(market, "FOX", split_payload(10, adjusts=False))

    assert normalize("FOX", 9) is None
    columns = "split_to, is_action_unsure, total_return_factor::int"
    [_, (split, is_unsure, total), *_] = ask(
        f"select {columns} from silver.weekly_adjusted_prices order by week_ending"
    )
    assert (split, is_unsure, total) == (1, True, 1)
    assert {is_open for *_, is_open in quarantines()} == {False}
    assert read_series_as_of("FOX", market.clock()).rows.height == 10
    assert steps.replay("replay_bronze:1")["rows_changed"] == 0


def test_a_person_may_say_that_there_was_no_split(market: MarketServer) -> None:
    put(market, "FOX", split_payload(4, adjusts=True))
    normalize("FOX", 1)
    next_saturday(market, 1)
    put(market, "FOX", split_payload(5, adjusts=False))
    assert isinstance(normalize("FOX", 2), PayloadQuarantined)

    steps.accept("accept_week:1", "FOX", "2013-01-11")

    assert ask("select split_to from silver.weekly_adjusted_prices order by week_ending") == [(1,)] * 5
    assert quarantines() == []


def test_as_of_leaves_out_what_was_quarantined(market: MarketServer) -> None:
    run(1, "FB")
    next_saturday(market, 1)
    market.inject_fault("wild_value", symbol="FB")
    run(2, "FB")
    at = market.clock()

    known = read_series_as_of("FB", at)

    assert (known.rows.height, known.rows["week_ending"].max(), len(known.quarantined)) == (38, date(2013, 2, 1), 1)
    steps.accept("accept_week:1", "FB", "2013-01-25")
    assert read_series_as_of("FB", at).rows.height == 39


def test_as_of_where_nothing_can_be_believed_says_so(shared_market: MarketServer) -> None:
    put(shared_market, "FOX", {"2013-02-22": bar(), "2013-03-01": wild("90000")})

    with pytest.raises(ObjectMissing, match="every payload until then is quarantined"):
        read_series_as_of("FOX", shared_market.clock())


def test_as_of_is_what_silver_holds(market: MarketServer) -> None:
    run(1, "FB")
    next_saturday(market, 1)
    run(2, "FB")

    known = read_series_as_of("FB", market.clock()).rows.select("week_ending", "close", "adjusted_close", "is_retained")

    held = ask("select week_ending, close, adjusted_close, is_retained from silver.weekly_adjusted_prices order by 1")
    assert known.rows() == held
    assert len(held) == 39


def test_the_summary_says_what_is_quarantined(market: MarketServer) -> None:
    run(1, "FB")
    next_saturday(market, 1)
    market.inject_fault("wild_value", symbol="FB")
    run(2, "FB")
    with connect() as connection:  # beside it, its rows in gold broke a rule: a line tells of one of the two
        connection.execute(
            "insert into ops.quarantines (place, symbol, function, bronze_key, rule, way_out, since,"
            " execution_batch_id) values ('publication', 'FB', 'x', 'y', 'returns_are_believable', 'w', now(), 'b')"
        )
    shown = Console(record=True, width=200, file=StringIO())

    print_summary(shown, get_settings())

    words = shown.export_text()
    assert (
        "FB is quarantined since 2013-02-09 (one wild value). The way out: the source mends it; or, if it is" in words
    )


def test_days_of_another_security_are_quarantined_until_a_new_history_begins(shared_market: MarketServer) -> None:
    for number, close in ((1, "10"), (2, "70")):
        days = {f"2013-02-{day:02}": dict.fromkeys(DAILY_NAMES, close) for day in range(1, 13)}
        body = json.dumps({"Time Series (Daily)": days}).encode()
        open_store().write_payload(DAILY_FUNCTION.name, "FOX", body, fetched_at=shared_market.clock())
        error = normalize("FOX", number, DAILY)
    assert "another security: only 0% of the raw closes held agree with it" in str(error)
    assert ask("select distinct close::int from silver.daily_prices") == [(10,)]

    [(since,)] = ask("select since from ops.quarantines")
    steps.replay("replay_bronze:1", symbols=["FOX"], first=since, new_history=True)  # type: ignore[arg-type]

    assert ask("select distinct close::int from silver.daily_prices") == [(70,)]
    assert quarantines() == []


def normalize(symbol: str, number: int, dataset: str = WEEKLY) -> StocklakeError | None:
    """The mapped task of a symbol alone; the error that it ended with."""
    batch = f"test:run-{number}"
    with connect() as connection:
        connection.execute(
            "insert into ops.ticker_runs (execution_batch_id, function, symbol, status) values (%s, %s, %s, 'fetched')",
            (batch, find_dataset(dataset).function.name, symbol),
        )
    try:
        steps.normalize(dataset, [symbol], batch)
    except StocklakeError as error:
        return error
    return None
