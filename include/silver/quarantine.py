"""Which payloads cannot be believed: pure rules, one per row of the table of implausible data that says "quarantined".

Each names what was found, what the rule allows, and what ends the quarantine. Until then silver stays as it was.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from shlex import quote

import polars as pl

from include.bronze.keys import BronzeKey
from include.errors import ContractError
from include.silver.accepted import Accepted, add_is_accepted
from include.silver.actions.listed import NO_LISTS, Lists, add_listed
from include.silver.history import add_actions_to_all, merge_history
from include.silver.normalize import NormalizedSeries
from include.silver.raw_restatement import RawRestatement, find_raw_restatement
from include.silver.weeks import take_weeks_after

CONTRACT = "contract"


@dataclass(frozen=True)
class Quarantine:
    """A rule that a payload breaks; `week_ending` is None where the rule is about the whole payload.

    Where `taken_after` names a week, the payload's weeks after it are taken in all the same.
    """

    rule: str
    week_ending: date | None
    value: str
    bound: str
    way_out: str
    taken_after: date | None = None

    def __str__(self) -> str:
        week = f" in the week of {self.week_ending}" if self.week_ending else ""
        rule = self.rule.replace("_", " ")
        return f"quarantined, {rule}{week}: {self.value}; {self.bound}. The way out: {self.way_out}"


@dataclass(frozen=True)
class Evidence:
    """What a payload is judged by; all of it comes from bronze, so that a replay judges the same.

    Shape:  history, what silver holds of the symbol when the payload comes: weeks (k, KEY and WEEKLY_COLUMNS) or days
            (k, 3: symbol, trade_date, close as float); since, from when on payloads have broken a rule in a week
            without one between them that did not; lists, the newest of the symbol's splits and dividends, whenever they
            came; inferred, the weeks where they were inferred with other symbols'.
    """

    payload: NormalizedSeries
    history: pl.DataFrame
    accepted: Accepted = field(default_factory=dict)
    since: Mapping[tuple[str, date | None], datetime] = field(default_factory=dict)
    lists: Lists = NO_LISTS
    inferred: pl.DataFrame | None = None

    @cached_property
    def merged(self) -> pl.DataFrame:
        """The weekly series as it would be with the payload, as `merge_history` gives it, is_accepted and LISTED."""
        merged = merge_history(self.payload, self.history, self.restated)
        return add_listed(add_is_accepted(merged, self.accepted), self.lists)

    @cached_property
    def restated(self) -> RawRestatement | None:
        """The ratio by which the payload restates raw closes that are held."""
        return find_raw_restatement(self.payload.rows, self.history)

    @cached_property
    def weeks(self) -> pl.DataFrame:
        """The same series with what happened in each week: (n, KEY and WEEKLY_COLUMNS)."""
        return add_actions_to_all([self.merged])[0] if self.inferred is None else self.inferred


Rule = Callable[[Evidence], Quarantine | None]


def quarantine(evidence: Evidence, rules: Sequence[Rule]) -> Quarantine | None:
    """Judge a payload: the first of the rules that it breaks, if any."""
    if evidence.payload.rows.is_empty():  # without one good row it says nothing that could be wrong
        return None
    return next((found for rule in rules if (found := rule(evidence))), None)


def what_is_taken(evidence: Evidence, found: Quarantine | None) -> Evidence | None:
    """What a judged payload brings to silver: all of it, its weeks after the wild one, or nothing."""
    if found is None or found.taken_after is None:
        return None if found else evidence
    return replace(evidence, payload=take_weeks_after(evidence.payload, found.taken_after), inferred=None)


def infer_together(evidence: Sequence[Evidence]) -> list[Evidence]:
    """Infer the weeks of several symbols at once."""
    inferred = add_actions_to_all([each.merged for each in evidence])
    return [replace(each, inferred=weeks) for each, weeks in zip(evidence, inferred, strict=True)]


def broken_contract(key: BronzeKey, error: ContractError) -> Quarantine:
    """A payload that is not as the contract says: none of it can be typed."""
    symbol = quote(key.symbol)
    return Quarantine(
        rule=CONTRACT,
        week_ending=None,
        value=str(error).removeprefix(f"{key.symbol}: "),
        bound=f"the contract of {key.function}",
        way_out=(
            "the source mends it; it is asked again after the next market day, or now: "
            f"make run FORCE=1 SYMBOLS={symbol}. Newer code may read it: make replay SYMBOLS={symbol}"
        ),
    )
