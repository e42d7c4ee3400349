"""Commands that read or rebuild from bronze, as a user types them: on a real lake and a real warehouse."""

import sys
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner, Result

from include.bronze.decisions import read_beginnings
from include.bronze.store import open_store
from include.commands.__main__ import app
from include.commands.output.warehouse_summary import NEWEST_RUNS
from include.observability.failures import NEWEST_FAILURES
from include.settings import PROJECT_ROOT
from include.silver.weeks import WEEKLY_ADJUSTED
from include.warehouse.connection import connect
from tests.captures.folders import needs_real_captures, weekly_capture
from tests.market_server import MarketServer
from tests.payloads import Bar, bar, payload_of
from tests.terminals import on_a_terminal

SATURDAY, WEEK = datetime(2013, 2, 16, 12, tzinfo=UTC), timedelta(weeks=1)
THREE_WEEKS = ["2013-02-15", "2013-02-08", "2013-02-01"]
QUIET = "100.0000,110.0000,90.0000,100.0000,100.0000,1000,0.0000"
WILD = bar(close="6000.0000", high="6000.0000", adjusted_close="6000.0000")  # no hundred: that is another unit
WITH_A_DASH = "-P-HIZ"
AS_OF = [sys.executable, "-m", "include.commands", "as-of"]


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def put(symbol: str, weeks: dict[str, Bar], fetched_at: datetime) -> str:
    """A payload in the lake, fetched at a moment; its key."""
    body = payload_of(weeks, symbol)
    return str(open_store().write_payload(WEEKLY_ADJUSTED.name, symbol, body, fetched_at=fetched_at))


def ask(query: str) -> list[tuple[object, ...]]:
    with connect() as connection:
        return connection.execute(query.encode()).fetchall()


@pytest.fixture
def lake(shared_market: MarketServer) -> None:
    """A lake with three weeks of IBM."""
    del shared_market
    put("IBM", dict.fromkeys(THREE_WEEKS, bar()), SATURDAY)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--symbols=NOSUCH"], "bronze holds nothing of NOSUCH, so there is nothing to replay"),
        (["--symbols=IBM,NOSUCH,NEITHER", "--dry-run"], "bronze holds nothing of NEITHER, NOSUCH, so"),
        (["--symbols=IBM", "--since=2013-02-17"], "bronze holds nothing of IBM that was fetched in those days"),
        (["--until=2013-02-15"], "bronze holds nothing that was fetched in those days"),
        (["--new-history"], "of which tickers, and with the payloads since which day? SYMBOLS= and FROM= say it"),
        (["--new-history", "--symbols=NOSUCH", "--since=2013-02-16"], "bronze holds nothing of NOSUCH"),
        (["--symbols=,"], "SYMBOLS=, names no ticker"),
    ],
)
def test_a_refused_replay_is_red_and_no_run(lake: None, options: list[str], words: str) -> None:
    ended = call("replay", *options)

    assert ended.exit_code == 1
    assert words in ended.stderr
    assert ended.stdout.strip() == ""
    for runs in ("select * from ops.pipeline_runs", NEWEST_RUNS, NEWEST_FAILURES):
        assert ask(runs) == []
    assert read_beginnings(open_store()) == {}


def test_of_an_empty_lake_there_is_nothing_to_replay(shared_market: MarketServer) -> None:
    ended = call("replay")

    assert (ended.exit_code, ended.stderr) == (1, "Error: bronze holds nothing, so there is nothing to replay\n")
    assert ask("select * from ops.pipeline_runs") == []


def test_what_bronze_holds_is_replayed_and_recorded(lake: None) -> None:
    ended = call("replay", "--symbols=IBM")

    assert ended.exit_code == 0, ended.output
    assert "Replayed 1 objects of 1 series" in ended.stdout
    assert ask("select pipeline, status from ops.pipeline_runs") == [("replay_bronze", "success")]


def test_a_ticker_that_begins_with_a_dash_is_one_to_every_command(shared_market: MarketServer) -> None:
    put(WITH_A_DASH, dict.fromkeys(THREE_WEEKS, bar()), SATURDAY)

    replayed = call("replay", "--symbols", WITH_A_DASH)
    assert replayed.exit_code == 0, replayed.output
    assert ask("select distinct symbol, count(*) from silver.weekly_adjusted_prices group by 1") == [(WITH_A_DASH, 3)]

    for arguments in ([WITH_A_DASH, "2013-02-16"], ["--", WITH_A_DASH, "2013-02-16"]):
        shown = call("as-of", *arguments)
        assert shown.exit_code == 0, shown.output
        assert shown.stdout.count(f"\n{WITH_A_DASH},2013-") == 3

    nothing = f"Error: {WITH_A_DASH}: no week of it is quarantined"
    assert call("accept", WITH_A_DASH, "2013-02-15").stderr.startswith(nothing)
    for arguments in (["--undo", WITH_A_DASH, "2013-02-15"], [WITH_A_DASH, "2013-02-15", "--undo"]):
        assert call("accept", *arguments).stderr == (
            f"Error: {WITH_A_DASH}: the week of 2013-02-15 is not accepted; no week of it is\n"
        )
    assert "Nothing runs" in call("run", "--symbols", WITH_A_DASH).stderr


@pytest.mark.parametrize("arguments", [["status", "-x"], ["as-of", "IBM", "2013-02-16", "-x"], ["sql", "-x"]])
def test_what_is_neither_a_ticker_nor_an_option_is_refused(lake: None, arguments: list[str]) -> None:
    assert call(*arguments).exit_code == 2


def stored(symbol: str) -> list[str]:
    """Silver of a symbol, each number with the places that it is stored with."""
    columns = "symbol, week_ending, price_date, open, high, low, close, adjusted_close, volume, dividend_amount"
    query = f"select concat_ws(',', {columns}, is_complete_week, is_retained) from silver.weekly_adjusted_prices"
    rows = ask(f"{query} where symbol = '{symbol}' order by week_ending")
    return [str(row).replace(",t", ",true").replace(",f", ",false") for (row,) in rows]


def shown(symbol: str, at: str) -> list[str]:
    """What `make as-of` prints into a pipe, without its header."""
    printed = call("as-of", symbol, at)
    assert printed.exit_code == 0, printed.output
    return printed.stdout.splitlines()[1:]


@pytest.mark.parametrize(
    ("files", "weeks", "retained"),
    [
        (["POLE_20220701.json", "POLE_20220928.json"], [43, 56], [0, 16]),
        pytest.param(
            ["MSFT_20180816.json", "MSFT_20191129.json", "MSFT_20240415.json"],
            [1_232, 1_299, 1_528],
            [0, 256, 252],
            marks=needs_real_captures,
        ),
    ],
)
def test_as_of_shows_what_silver_held_then_to_the_digit(
    shared_market: MarketServer, files: list[str], weeks: list[int], retained: list[int]
) -> None:
    held, moments = [], []
    for name in files:
        body, symbol, at = weekly_capture(name)
        open_store().write_payload(WEEKLY_ADJUSTED.name, symbol, body, fetched_at=at)
        assert call("replay").exit_code == 0
        held.append(stored(symbol))
        moments.append(str(at.date()))

    then = [shown(symbol, day) for day in moments]

    assert [len(rows) for rows in then] == weeks
    assert [sum(row.endswith(",true") for row in rows) for rows in then] == retained
    assert then == held
    # Where a retained week needs ten places, its neighbours do not.
    assert {len(row.split(",")[7].partition(".")[2]) for row in then[-1] if row.endswith(",false")} == {4}


def test_as_of_on_a_terminal_says_what_was_known_then_and_what_differs_now(shared_market: MarketServer) -> None:
    long = bar(close="100.1234567891")
    put("IBM", dict.fromkeys(THREE_WEEKS, bar()) | {THREE_WEEKS[2]: long}, SATURDAY)
    restated = dict.fromkeys(THREE_WEEKS, bar()) | {THREE_WEEKS[1]: bar(volume="123456789012")}
    put("IBM", {"2013-02-22": bar()} | restated, SATURDAY + WEEK)

    told = on_a_terminal([*AS_OF, "IBM", "2013-02-16"], TERM="dumb")

    assert max(map(len, told.splitlines())) <= 80
    lines = [line.split() for line in told.splitlines()]
    assert ["Weeks", "3", "4"] in lines
    assert ["Last", "week", THREE_WEEKS[0], "2013-02-22"] in lines
    words = " ".join(told.split())
    assert "2 of the 3 weeks known then differ now: " in words
    assert "Weeks new since: 1." in words
    assert [THREE_WEEKS[1], "volume", "1000", "123456789012"] in lines
    assert [THREE_WEEKS[2], "close", "100.1234567891", "100.0000"] in lines
    csv = call("as-of", "IBM", "2013-02-16").stdout
    assert csv.startswith("symbol,week_ending,")
    assert on_a_terminal([*AS_OF, "--csv", "IBM", "2013-02-16"]) == csv


def test_as_of_of_the_sample_market_says_why_nothing_differs(shared_market: MarketServer) -> None:
    put("IBM", dict.fromkeys(THREE_WEEKS, bar()), SATURDAY)

    told = on_a_terminal([*AS_OF, "IBM", "2013-02-16"], TERM="dumb")

    assert "No newer payload was taken in since: what was known then is what is known now." in told
    assert "of these stocks no day shows a difference" in " ".join(told.split())
    assert "INVENTED" in (PROJECT_ROOT / ".github/docs/settings.md").read_text()  # where it says how to see one
    assert max(map(len, told.splitlines())) <= 80


def test_as_of_does_not_show_what_was_quarantined(shared_market: MarketServer) -> None:
    put("IBM", dict.fromkeys(THREE_WEEKS, bar()), SATURDAY)
    before = shown("IBM", "2013-02-16")
    put("IBM", {"2013-02-22": bar(), **dict.fromkeys(THREE_WEEKS, bar()), THREE_WEEKS[1]: WILD}, SATURDAY + WEEK)

    assert shown("IBM", "2013-02-23") == before == [f"IBM,{day},{day},{QUIET},true,false" for day in THREE_WEEKS[::-1]]


def test_after_a_new_history_every_row_names_an_object_of_it(shared_market: MarketServer) -> None:
    put("IBM", dict.fromkeys(THREE_WEEKS, bar()), SATURDAY)
    new = put("IBM", {"2013-02-22": bar(), **dict.fromkeys(THREE_WEEKS, bar())}, SATURDAY + WEEK)
    assert call("replay").exit_code == 0
    assert len(ask("select distinct bronze_key from silver.weekly_adjusted_prices")) == 2

    begun = call("replay", "--new-history", "--symbols=IBM", "--since=2013-02-23")

    assert "3 rows of silver changed." in begun.stdout
    assert ask("select bronze_key, count(*) from silver.weekly_adjusted_prices group by 1") == [(new, 4)]
    assert "0 rows of silver changed." in call("replay").stdout


def test_a_decimal_is_stored_as_alone_whatever_stands_beside_it(shared_market: MarketServer) -> None:
    long = bar(close="100.1234567891", volume="10.5")
    put("IBM", {"2013-02-15": bar(), "2013-02-08": long, "2013-02-01": bar()}, SATURDAY)
    put("FB", {"2013-02-15": bar()}, SATURDAY)

    assert call("replay").exit_code == 0

    assert ask("select distinct close::text, volume::text from silver.weekly_adjusted_prices order by 1") == [
        ("100.0000", "1000"),
        ("100.1234567891", "10.5"),
    ]
