"""Each row rule, on a sound row of which one thing is changed; also those that no payload can break, only our SQL."""

import json
import shlex
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.dbt.gold import Gold
from tests.dbt.weeks import friday, series

NEWEST = 60
PROMISED = "promised_columns_are_never_null"
RATIOS = "ratios_are_within_their_bounds"
OPEN_WEEKS = "open_weeks_have_no_risk_figures"
MIXED_WEEKS = "mixed_weeks_have_no_adjusted_range"
RETURNS = "returns_are_believable"


@dataclass(frozen=True)
class Rules:
    """The rules as SQL, and a sound row of each kind to try them on."""

    gold: Gold
    received: str
    computed: str
    way_out: str

    def broken_by(self, table: str, **changes: object) -> dict[str, str]:
        """The bounds of the rules that the row breaks once it is changed, by their names."""
        rules = {"changed_weeks": self.received, "computed_weeks": self.computed}[table]
        ((found,),) = self.gold.execute(
            f"""
            select {rules} from (
                select changed.* from audit.{table} as sound
                cross join lateral jsonb_populate_record(sound, '{json.dumps(changes)}') as changed
                where sound.week_ending = '{friday(NEWEST)}'
            ) as rows
            """
        )
        return {rule["rule"]: rule["bound"] for rule in found or []}  # type: ignore[attr-defined]  # a JSON array


@pytest.fixture(scope="module")
def rules(new_gold: Callable[[], Gold]) -> Rules:
    """The rules as dbt writes them into the models, and a sound stock."""
    gold = new_gold()
    gold.write(*series("IBM", range(NEWEST + 1)))
    gold.publish()
    statement = (
        "{{ broken_rules(received_rules()) }}|||{{ broken_rules(computed_rules()) }}|||{{ way_out_of_quarantine() }}"
    )
    gold.dbt("compile", "--inline", statement)
    (result,) = json.loads((gold.folder / "run_results.json").read_text())["results"]
    return Rules(gold, *result["compiled_code"].split("|||"))


def test_a_sound_row_breaks_none(rules: Rules):
    assert rules.broken_by("changed_weeks") == {}
    assert rules.broken_by("computed_weeks") == {}


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("symbols_look_like_tickers", {"is_ticker": False}),
        ("weeks_are_on_the_calendar", {"week_ending": "1899-12-29"}),
        ("prices_are_positive", {"open_price": 0}),
        ("prices_are_of_a_believable_size", {"high_price": "Infinity"}),
        ("prices_are_of_a_believable_size", {"close_price": 1e-11}),
        ("volumes_and_dividends_are_not_negative", {"trade_volume": -1}),
        ("volumes_and_dividends_are_not_negative", {"dividend_amount": "NaN"}),
        ("factors_are_positive", {"other_factor": 0}),
        ("factors_are_positive", {"split_factor": 100_001}),
    ],
)
def test_a_received_row_breaks_the_rule_that_it_should(rules: Rules, rule: str, changes: dict[str, object]):
    assert next(iter(rules.broken_by("changed_weeks", **changes))) == rule  # the cause stands first


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        (PROMISED, {"date_id": None}),
        (PROMISED, {"is_retained": None}),
        ("one_row_per_week", {"weeks_spanned": 0}),
        ("only_the_newest_week_is_open", {"is_previous_week_complete": False}),
        ("scales_are_of_a_believable_size", {"later_split_factor": 1e101}),
        ("scales_are_of_a_believable_size", {"total_return_index": 1e51}),
        ("scales_are_of_a_believable_size", {"total_return_index": 1e-51}),
        (RETURNS, {"previous_close_price": 1}),
        (RETURNS, {"previous_adj_close_price": 6000}),
        ("returns_are_above_minus_100", {"price_return_pct": -100}),
        ("one_week_returns_are_known", {"weekly_return_pct": None}),
        (RATIOS, {"drawdown_pct": 0.1}),
        (RATIOS, {"volatility_pct": -1}),
        (RATIOS, {"range_pct": -1}),
        (RATIOS, {"dividend_yield_pct": -1}),
        (OPEN_WEEKS, {"is_complete_week": False}),
        (MIXED_WEEKS, {"is_mixed_scale": True}),
        ("actions_explain_the_adjusted_series", {"implied_factor": 1.1}),
    ],
)
def test_a_computed_row_breaks_the_rule_that_it_should(rules: Rules, rule: str, changes: dict[str, object]):
    assert list(rules.broken_by("computed_weeks", **changes)) == [rule]


def test_what_is_unknown_breaks_no_rule(rules: Rules):
    prices = dict.fromkeys(["open_price", "high_price", "low_price", "adj_close_price", "trade_volume"])
    dividends = dict.fromkeys(["dividend_amount", "dividend_per_share"])
    before = dict.fromkeys(["previous_close_price", "previous_adj_close_price", "is_previous_week_complete"])
    figures = dict.fromkeys(["weekly_return_pct", "price_return_pct", "drawdown_pct", "range_pct", "implied_factor"])

    assert rules.broken_by("changed_weeks", **prices, **dividends) == {}
    assert rules.broken_by("computed_weeks", **before, **figures) == {}


@pytest.mark.parametrize(("previous", "is_believed"), [(2, True), (1.99, False), (5_202, True), (5_202.01, False)])
def test_a_week_may_grow_51_times_and_shrink_as_much(rules: Rules, previous: float, is_believed: bool):
    broken = rules.broken_by(
        "computed_weeks",
        effective_adj_close=102,
        close_price=102,
        previous_adj_close_price=previous,
        previous_close_price=previous,
    )

    assert (RETURNS not in broken) == is_believed
    assert broken.get(RETURNS, "at most 51 times").startswith("at most 51 times")


@pytest.mark.parametrize("unjudged", [{"is_return_believed": True}, {"weeks_spanned": 2}])
def test_an_accepted_return_and_one_over_a_gap_are_believed_whatever_they_are(
    rules: Rules, unjudged: dict[str, object]
):
    assert rules.broken_by("computed_weeks", previous_close_price=1, **unjudged) == {}


@pytest.mark.parametrize(("adjusted", "factor", "is_believed"), [(0.0052, 52, True), (0.0078, 78, False)])
def test_closes_of_a_few_of_the_last_decimals_may_be_rounded(
    rules: Rules, adjusted: float, factor: int, is_believed: bool
):
    broken = rules.broken_by(
        "computed_weeks",
        close_price=20,
        previous_close_price=20,
        other_factor=factor,
        effective_adj_close=adjusted,
        previous_adj_close_price=0.0001,
    )

    assert (RETURNS not in broken) == is_believed


@pytest.mark.parametrize("symbol", ["T.TO", "-P-HIZ", "BC/PA", "NXT(EXP20091224)", "NEE 6.219", "M&M", "O'NEILL"])
def test_a_way_out_is_a_command_that_a_shell_understands(rules: Rules, symbol: str):
    ((acceptable, other),) = rules.gold.execute(
        f"""
        select max(way_out) filter (where is_acceptable), max(way_out) filter (where not is_acceptable)
        from (
            select is_acceptable, {rules.way_out} as way_out
            from (
                values
                ($${symbol}$$, '{RETURNS}', date '2013-03-01', true),
                ($${symbol}$$, 'prices_are_positive', date '2013-03-01', false)
            ) as quarantined (symbol, rule, week_ending, is_acceptable)
        ) as ways_out
        """
    )

    # What costs nothing stands first.
    assert _words_of("make replay", acceptable)[:3] == ["make", "replay", f"SYMBOLS={symbol}"]
    assert _words_of("make accept", acceptable) == ["make", "accept", f"SYMBOL={symbol}", "WEEK=2013-03-01"]
    assert _words_of("make replay", other) == ["make", "replay", f"SYMBOLS={symbol}"]
    assert ("'" in str(other)) == (symbol not in {"T.TO", "-P-HIZ"})


def _words_of(command: str, way_out: object) -> list[str]:
    return shlex.split(command + str(way_out).split(command)[1])
