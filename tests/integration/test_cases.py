"""Odd payloads from the source over HTTP to gold: what is odd about them harms nothing else.

All cases are symbols of one lakehouse: fed once a week, published once. To add one, give it a symbol, its payloads of
one or two weeks, and a test of what gold holds of it.
"""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from include import steps
from include.local_stack.postgres import EmbeddedPostgres
from include.serving.as_of import read_series_as_of
from include.settings import PROJECT_ROOT
from include.silver.datasets.daily_prices import DAILY as DAILY_FUNCTION
from include.silver.weeks import WEEKLY_ADJUSTED
from tests.integration.lakehouse import Lakehouse, Run, new_lakehouse
from tests.payloads import Bar, bar, payload_of

WEEKLY, DAILY = "weekly_adjusted_prices", "daily_prices"
CASES = PROJECT_ROOT.parent / "shared" / "cases"
needs_cases = pytest.mark.skipif(not CASES.is_dir(), reason=f"the small payloads are not at {CASES}")
SATURDAYS = [datetime(2024, 4, 13, 12, tzinfo=UTC), datetime(2024, 4, 20, 12, tzinfo=UTC)]
THREE_WEEKS = ["2024-04-12", "2024-04-05", "2024-03-28"]  # before Good Friday the week ends on Thursday
DAYS = ["2024-04-12", "2024-04-11", "2024-04-10"]


def quiet(**odd: Bar) -> dict[str, Bar]:
    """Three weeks at 100, the newest first; `last`, `middle` and `first` change one of them."""
    return {day: bar(**odd.get(name, {})) for day, name in zip(THREE_WEEKS, ("last", "middle", "first"), strict=True)}


def with_numbers(body: bytes, *texts: str) -> bytes:
    """The payload with these texts as numbers of JSON, digit for digit."""
    for text in texts:
        body = body.replace(f'"{text}"'.encode(), text.encode())
    return body


def daily(rows: dict[str, dict[str, str]]) -> bytes:
    names = ("1. open", "2. high", "3. low", "4. close", "5. volume")
    usual = dict(zip(names, ("100", "110", "90", "100", "1000"), strict=True))
    return json.dumps({"Time Series (Daily)": {day: usual | odd for day, odd in rows.items()}}).encode()


INVENTED: dict[str, bytes] = {
    "SOUND": payload_of(quiet(), "SOUND"),
    "ZEROLOW": payload_of(quiet(middle={"low": "0.0000"}), "ZEROLOW"),
    "ZEROOPEN": payload_of({day: fields | {"open": "0.0000"} for day, fields in quiet().items()}, "ZEROOPEN"),
    "UPSIDE": payload_of(quiet(middle={"high": "80", "low": "90"}), "UPSIDE"),
    "NEGATIVE": payload_of(quiet(middle={"volume": "-7"}, last={"high": "-1"}), "NEGATIVE"),
    "NOADJ": payload_of(quiet(middle={"adjusted_close": "0.0000"}), "NOADJ"),
    "UNKNOWN": payload_of(quiet(middle={"dividend_amount": "None"}), "UNKNOWN"),
    "EXPONENT": payload_of(quiet(middle={"open": "1.01e2", "high": "1.1E+02", "volume": "1.5e6"}), "EXPONENT"),
    "NUMBERS": with_numbers(
        payload_of(
            quiet(middle={"open": "101.5", "adjusted_close": "100.000000000012345", "volume": "2000"}), "NUMBERS"
        ),
        *("101.5", "100.000000000012345", "2000"),
    ),
    "DECIMALS": payload_of(quiet(middle={"open": "101.123456789012345"}), "DECIMALS"),
    "HUGE": payload_of(quiet(middle={"volume": "12345678901234567890"}, last={"volume": "10.5"}), "HUGE"),
}


def priced(price: str, **changes: object) -> Bar:
    return bar(**(dict.fromkeys(("open", "high", "low", "close", "adjusted_close"), price) | changes))


# A year in pence, then a week in pounds; raw closes beside adjusted ones of a single digit; a price of few ticks.
YEAR = [str(date(2024, 4, 12) - timedelta(weeks=week)) for week in range(54)]
MOVING: dict[str, bytes] = {
    "POUNDS.LON": payload_of(
        {day: priced("5.53" if week == 0 else f"{554 - week}") for week, day in enumerate(YEAR)}, "POUNDS.LON"
    ),
    "COARSE": payload_of(
        {
            day: priced(close, adjusted_close=adjusted)
            for day, close, adjusted in zip(
                THREE_WEEKS, ("15.60", "15.00", "15.20"), ("0.0008", "0.0007", "0.0008"), strict=True
            )
        },
        "COARSE",
    ),
    "TICKS": payload_of(dict(zip(THREE_WEEKS, map(priced, ("0.0100", "0.0099", "0.0101")), strict=True)), "TICKS"),
    "IDLE": payload_of(quiet(middle={"volume": "0"}), "IDLE"),
}
ONE_PAYLOAD = ("glitch_adjusted_close__GLITCH", "unit_switch_pence_to_pounds__UNIT.LON")
ONE_PAYLOAD += ("stock_dividend_5_percent__SDIV5",)


def shared(name: str) -> bytes:
    return (CASES / name).read_bytes()


@pytest.fixture(scope="module")
def lakehouse(
    postgres: EmbeddedPostgres, s3_url: str, secrets: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lakehouse]:
    """A lakehouse that the market's first Saturday finds empty."""
    environment = {
        "STOCKLAKE_HOME": str(tmp_path_factory.mktemp("home")),
        "ANALYST_DB_URL": postgres.url("analyst"),
        "READER_DB_URL": postgres.url("reader"),
        "AWS_ENDPOINT_URL": s3_url,
        "AWS_ACCESS_KEY_ID": secrets["EMBEDDED_S3_ACCESS_KEY"],
        "AWS_SECRET_ACCESS_KEY": secrets["EMBEDDED_S3_SECRET_KEY"],
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    with new_lakehouse(postgres, environment, tmp_path_factory.mktemp("dbt"), now=SATURDAYS[0]) as made:
        yield made


@pytest.fixture(scope="module")
def runs(lakehouse: Lakehouse) -> list[Run]:
    """The runs of two Saturdays, published after the second."""
    feeds: list[dict[str, bytes]] = [INVENTED | MOVING, {}]
    if CASES.is_dir():
        feeds[0] |= {"FNOISE": shared("float_noise_1__FNOISE.json")}
        feeds[1] |= {"FNOISE": shared("float_noise_2__FNOISE.json"), "ZLOW": shared("zero_low__ZLOW.json")}
        feeds[1] |= {name.rpartition("__")[2]: shared(f"{name}.json") for name in ONE_PAYLOAD}
    done = []
    for saturday, payloads in zip(SATURDAYS, feeds, strict=True):
        lakehouse.source.now = saturday
        lakehouse.source.payloads |= {(WEEKLY_ADJUSTED.name, symbol): body for symbol, body in payloads.items()}
        if payloads:
            done.append(lakehouse.run(list(payloads)))
    statuses = lakehouse.gold.publish()
    assert not {"fail", "error", "skipped"} & set(statuses.values()), statuses
    return done


@pytest.fixture(scope="module")
def published(lakehouse: Lakehouse, runs: list[Run]) -> Lakehouse:
    """The lakehouse with every case in gold."""
    assert all(run.is_green for run in runs), [run.errors for run in runs]
    return lakehouse


def facts(lakehouse: Lakehouse, symbol: str, *columns: str) -> list[tuple[object, ...]]:
    return lakehouse.gold.facts(symbol, *columns)


def rejected(lakehouse: Lakehouse, symbol: str) -> list[tuple[object, ...]]:
    """Date, field, reason and raw text of what was rejected, in the order received."""
    return lakehouse.ask(
        "select row_date, field, reason, raw_values::json ->> field from silver.rejected_rows"
        f" where symbol = '{symbol}' order by row_number, field"
    )


@pytest.mark.parametrize("symbol", INVENTED)
def test_every_week_of_every_ticker_is_in_gold_and_no_return_is_lost(published: Lakehouse, symbol: str) -> None:
    assert facts(published, symbol, "weekly_return_pct", "weeks_spanned") == [(None, None), (0, 1), (0, 1)]


@pytest.mark.parametrize(
    ("symbol", "column", "values"),
    [
        ("SOUND", "low_price", [90, 90, 90]),
        ("ZEROLOW", "low_price", [90, None, 90]),
        ("ZEROLOW", "low_52w", [None, None, None]),
        ("ZEROOPEN", "open_price", [None, None, None]),
        ("UPSIDE", "high_price", [110, None, 110]),
        ("UPSIDE", "low_price", [90, 90, 90]),
        ("NEGATIVE", "trade_volume", [1000, None, 1000]),
        ("NEGATIVE", "high_price", [110, 110, None]),
        ("NOADJ", "adj_close_price", [100, None, 100]),
        ("NOADJ", "is_action_unsure", [False, True, False]),
        ("NOADJ", "drawdown_pct", [0, 0, 0]),
        ("UNKNOWN", "dividend_amount", [0, None, 0]),
        ("EXPONENT", "open_price", [100, 101, 100]),
        ("EXPONENT", "trade_volume", [1000, 1_500_000, 1000]),
        ("NUMBERS", "open_price", [100, Decimal("101.5"), 100]),
        ("NUMBERS", "adj_close_price", [100, Decimal("100.0000000000"), 100]),
        ("DECIMALS", "open_price", [100, Decimal("101.1234567890"), 100]),
        ("HUGE", "trade_volume", [1000, 12345678901234567890, Decimal("10.5")]),
    ],
)
def test_gold_holds_what_is_known_and_null_for_what_is_not(
    published: Lakehouse, symbol: str, column: str, values: list[object]
) -> None:
    assert [row[0] for row in facts(published, symbol, column)] == values


@pytest.mark.parametrize(
    ("symbol", "flags", "rows"),
    [
        ("SOUND", [False, False, False], []),
        ("ZEROLOW", [False, True, False], [("2024-04-05", "low", "zero low", "0.0000")]),
        ("ZEROOPEN", [True, True, True], [(day, "open", "zero open", "0.0000") for day in THREE_WEEKS]),
        ("UPSIDE", [False, True, False], [("2024-04-05", "high", "high below low", "80")]),
        (
            "NEGATIVE",
            [False, True, True],
            [("2024-04-12", "high", "negative high", "-1"), ("2024-04-05", "volume", "negative volume", "-7")],
        ),
        ("NOADJ", [False, True, False], [("2024-04-05", "adjusted_close", "zero adjusted_close", "0.0000")]),
        ("UNKNOWN", [False, True, False], [("2024-04-05", "dividend_amount", "missing dividend_amount", "None")]),
        ("EXPONENT", [False, False, False], []),
        ("NUMBERS", [False, False, False], []),
        ("DECIMALS", [False, False, False], []),
        ("HUGE", [False, False, False], []),
    ],
)
def test_what_is_rejected_is_flagged_and_keeps_its_text(
    published: Lakehouse, symbol: str, flags: list[bool], rows: list[tuple[object, ...]]
) -> None:
    assert [row[0] for row in facts(published, symbol, "has_rejected_fields")] == flags
    assert rejected(published, symbol) == rows


def test_a_year_of_two_units_is_on_that_of_its_newest_week(published: Lakehouse) -> None:
    columns = ("high_52w", "low_52w", "weekly_return_pct", "corporate_action", "unit_factor", "trade_volume")
    *_, before, newest = facts(published, "POUNDS.LON", *columns)

    assert before == (553, 502, pytest.approx(100 * (553 / 552 - 1)), None, 1, 1000)
    assert newest == (Decimal("5.53"), Decimal("5.03"), pytest.approx(0, abs=1e-9), "change of unit", 100, 1000)
    warned = "select week_ending from audit.corporate_actions_are_understood where symbol = 'POUNDS.LON'"
    assert published.ask(warned) == [(date(2024, 4, 12),)]


def test_closes_of_one_digit_move_as_the_raw_ones_beside_them(published: Lakehouse) -> None:
    found = facts(published, "COARSE", "round(weekly_return_pct::numeric, 2)", "is_factor_coarse")

    assert found == [(None, False), (Decimal("-1.32"), True), (Decimal("4.00"), True)]


def test_a_price_below_a_cent_is_bound_by_its_ticks(published: Lakehouse) -> None:
    assert facts(published, "TICKS", "is_tick_bound") == [(False,), (True,), (False,)]


def test_a_week_without_a_trade_is_kept_and_marked(published: Lakehouse) -> None:
    assert facts(published, "IDLE", "trade_volume", "has_no_trades") == [(1000, False), (0, True), (1000, False)]


@needs_cases
def test_every_case_is_fed_here_or_by_name_elsewhere() -> None:
    here = {f"{name}.json" for name in ONE_PAYLOAD} | {f"float_noise_{number}__FNOISE.json" for number in (1, 2)}
    elsewhere = {f"raw_closes_restated_by_split_{number}__RAW7.BRU.json" for number in (1, 2)}
    elsewhere |= {"hong_kong_typhoon_friday__0700.HKG.json"}

    assert {path.name for path in CASES.glob("*.json")} == here | {"zero_low__ZLOW.json"} | elsewhere


@needs_cases
def test_the_case_of_a_zero_low(published: Lakehouse) -> None:
    assert facts(published, "ZLOW", "week_ending", "low_price", "weeks_spanned", "has_rejected_fields") == [
        (date(2024, 4, 5), Decimal("29.7990"), None, False),
        (date(2024, 4, 12), None, 1, True),
        (date(2024, 4, 19), Decimal("31.6800"), 1, False),
    ]
    assert rejected(published, "ZLOW") == [("2024-04-12", "low", "zero low", "0.0000")]


@needs_cases
def test_the_case_of_float_noise(published: Lakehouse, runs: list[Run]) -> None:
    assert facts(published, "FNOISE", "close_price", "adj_close_price", "weeks_spanned") == [
        (40, Decimal("39.5061728436"), None),
        (41, Decimal("40.4938271647"), 1),
        (42, Decimal("41.4814814858"), 1),
    ]
    assert published.plan_of(runs[1])["FNOISE"] == ("loaded", "")
    assert rejected(published, "FNOISE") == []


@needs_cases
def test_the_case_of_an_adjusted_close_that_comes_back(published: Lakehouse) -> None:
    found = facts(published, "GLITCH", "adj_close_price", "round(weekly_return_pct::numeric, 2)", "is_action_unsure")

    assert [(float(adjusted or 0), float(percent or 0), unsure) for adjusted, percent, unsure in found] == [  # type: ignore[arg-type]
        (15.1, 0, False),
        (0, 0.66, True),
        (15.3, 0.66, False),
    ]
    assert found[1][0] is None


@needs_cases
def test_the_case_of_pence_and_pounds(published: Lakehouse) -> None:
    [*_, newest] = facts(
        published, "UNIT.LON", "weekly_return_pct", "price_return_pct", "adj_close_price", "drawdown_pct"
    )

    percent = pytest.approx(100 * (585.4 / 609.6 - 1))
    assert newest == (percent, percent, Decimal("5.8540"), pytest.approx(100 * (585.4 / 612.2 - 1)))
    assert facts(published, "UNIT.LON", "corporate_action")[-1] == ("change of unit",)


@needs_cases
def test_the_case_of_a_stock_dividend(published: Lakehouse) -> None:
    assert facts(published, "SDIV5", "adj_volume", "is_action_unsure") == [
        (1_050_000, False),
        (1_050_000, False),
        (1_000_000, False),
    ]
    assert facts(published, "SDIV5", "corporate_action")[-1] == ("split",)


def test_a_replay_changes_nothing_of_all_this(published: Lakehouse) -> None:
    assert steps.replay("replay_bronze:cases")["rows_changed"] == 0


def test_days_obey_the_same_rules(published: Lakehouse) -> None:
    rows = {DAYS[0]: {"5. volume": "1.5e3"}, DAYS[1]: {"1. open": "0.0000", "4. close": "100.00000000005"}, DAYS[2]: {}}
    published.source.payloads[DAILY_FUNCTION.name, "SOUND"] = daily(rows)

    assert published.run(["SOUND"], dataset=DAILY).is_green

    days = published.ask("select open, close, volume, has_rejected_fields from silver.daily_prices order by trade_date")
    assert days == [(100, 100, 1000, False), (None, 100, 1000, True), (100, 100, 1500, False)]


def load_sound_history(lakehouse: Lakehouse, symbol: str) -> None:
    """Load three quiet weeks of a ticker on the Saturday after the others."""
    lakehouse.source.now = datetime(2024, 4, 27, 12, tzinfo=UTC)
    lakehouse.source.payloads[WEEKLY_ADJUSTED.name, symbol] = payload_of(quiet(), symbol)
    assert lakehouse.run([symbol]).is_green


def test_a_broken_answer_is_red_once_named_and_asked_for_again_after_the_next_session(published: Lakehouse) -> None:
    broken, symbols = published, ["SOUND", "BROKEN"]
    load_sound_history(broken, "BROKEN")
    broken.run(["SOUND"])
    new_format = {day: fields | {"close": "100,00"} for day, fields in quiet().items()}
    broken.source.payloads[WEEKLY_ADJUSTED.name, "BROKEN"] = payload_of(new_format, "BROKEN")
    before = broken.ask("select to_jsonb(week) from silver.weekly_adjusted_prices as week order by symbol, week_ending")
    calls = broken.source.calls[WEEKLY_ADJUSTED.name, "BROKEN"]
    broken.source.now = datetime(2024, 5, 4, 12, tzinfo=UTC)  # a Saturday

    red = broken.run(symbols)

    assert [type(error).__name__ for error in red.errors] == ["ContractError", "TickersFailed"]
    assert "BROKEN: the newest row (2024-04-12) has no believable date and close" in str(red.errors[1])
    assert {symbol: status for symbol, (status, _) in broken.plan_of(red).items()} == {
        "SOUND": "unchanged",
        "BROKEN": "failed",
    }
    now = broken.ask("select to_jsonb(week) from silver.weekly_adjusted_prices as week order by symbol, week_ending")
    assert now == before
    assert [row[:3] for row in rejected(broken, "BROKEN")] == [(day, None, "malformed close") for day in THREE_WEEKS]

    broken.source.now = datetime(2024, 5, 6, 12, tzinfo=UTC)  # Monday at noon: no session since
    quiet_run = broken.run(symbols)
    assert quiet_run.is_green
    status, reason = broken.plan_of(quiet_run)["BROKEN"]
    assert status == "quarantined"
    assert reason.startswith("since 2024-05-04 12:00 UTC quarantined, contract: the newest row (2024-04-12)")
    assert broken.source.calls[WEEKLY_ADJUSTED.name, "BROKEN"] == calls + 1

    broken.source.now = datetime(2024, 5, 7, 12, tzinfo=UTC)
    again = broken.run(symbols)  # the same bytes: broken still, and nobody calls that unchanged
    assert not again.is_green
    assert broken.plan_of(again)["BROKEN"][0] == "failed"
    assert broken.source.calls[WEEKLY_ADJUSTED.name, "BROKEN"] == calls + 2
    assert not broken.run(["BROKEN"], force=True).is_green

    broken.source.payloads[WEEKLY_ADJUSTED.name, "BROKEN"] = payload_of(quiet(last={"volume": "7"}), "BROKEN")
    healed = broken.run(["BROKEN"], force=True)
    assert healed.is_green
    assert broken.plan_of(healed)["BROKEN"] == ("loaded", "")
    assert broken.ask("select count(*) from silver.loaded_payloads where symbol = 'BROKEN'") == [(2,)]
    assert broken.ask("select rule, ended_at is null from ops.quarantines where symbol = 'BROKEN'") == [
        ("contract", False)
    ]


def test_a_replay_leaves_a_broken_answer_out_and_takes_it_once_the_code_reads_it(
    published: Lakehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_sound_history(published, "MENDED")
    garbled = payload_of(quiet(last={"close": "100,00"}, middle={"volume": "9"}), "MENDED")
    published.source.payloads[WEEKLY_ADJUSTED.name, "MENDED"] = garbled
    published.source.now = datetime(2024, 5, 4, 12, tzinfo=UTC)
    assert not published.run(["MENDED"]).is_green
    volumes = "select volume from silver.weekly_adjusted_prices where symbol = 'MENDED' order by week_ending"

    assert steps.replay("replay_bronze:broken")["rows_changed"] == 0
    assert published.ask(volumes) == [(1000,), (1000,), (1000,)]

    monkeypatch.setattr("include.silver.from_bronze.check_arrived", lambda _: None)  # the rule is another one now
    # The week in the middle has the newer volume, the garbled one is kept from the payload before.
    assert steps.replay("replay_bronze:mended")["rows_changed"] == 2
    assert published.ask(volumes) == [(1000,), (9,), (1000,)]
    assert published.ask("select count(*) from silver.loaded_payloads where symbol = 'MENDED'") == [(2,)]
    assert published.ask("select from ops.quarantines where symbol = 'MENDED'") == []


def test_as_of_leaves_a_broken_answer_out(published: Lakehouse) -> None:
    load_sound_history(published, "ASOF")
    published.source.payloads[WEEKLY_ADJUSTED.name, "ASOF"] = payload_of(quiet(last={"close": "?"}), "ASOF")
    published.source.now = datetime(2024, 5, 4, 12, tzinfo=UTC)
    assert not published.run(["ASOF"]).is_green

    known = read_series_as_of("ASOF", datetime(2024, 5, 5, tzinfo=UTC))

    assert (known.key.fetched_at, known.rows.height) == (datetime(2024, 4, 27, 12, tzinfo=UTC), 3)
