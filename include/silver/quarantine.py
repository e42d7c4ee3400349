"""Which payloads cannot be believed: pure rules, one per row of the table of implausible data that says "quarantined".

Each names what was found, what the rule allows, and what ends the quarantine. Until then silver stays as it was.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from shlex import quote

import polars as pl

from include.alpha_vantage.functions import Function
from include.bronze.keys import BronzeKey
from include.errors import ContractError
from include.silver.accepted import Accepted, add_is_accepted
from include.silver.history import lay_over
from include.silver.normalize import NormalizedSeries, take_weeks_after
from include.silver.wild_values import MOST_GROWTH, WildValue, find_wild_values

CONTRACT = "contract"
ANOTHER_SECURITY = "another_security"
ONE_WILD_VALUE = "one_wild_value"
SAME_SECURITY_SHARE = 0.9  # of the common raw closes; corrections touch single weeks, never a tenth of them


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
            (k, 3: symbol, trade_date, close as float).
    """

    key: BronzeKey
    payload: NormalizedSeries
    history: pl.DataFrame
    quarantined_before: tuple[str, ...] = ()  # keys of the payloads since the last one that was taken in
    accepted: Accepted = field(default_factory=dict)

    @cached_property
    def merged(self) -> pl.DataFrame:
        """The weekly series as it would be with the payload, as `lay_over` gives it, and is_accepted."""
        return add_is_accepted(lay_over(self.payload, self.history), self.accepted)


def quarantine(evidence: Evidence) -> Quarantine | None:
    """Judge a payload: the first rule that it breaks, if any."""
    if evidence.payload.rows.is_empty():  # without one good row it says nothing that could be wrong
        return None
    return next((found for rule in RULES[Function(evidence.key.function)] if (found := rule(evidence))), None)


def what_is_taken(evidence: Evidence, found: Quarantine | None) -> Evidence | None:
    """What a judged payload brings to silver: all of it, its weeks after the wild one, or nothing."""
    if found is None or found.taken_after is None:
        return None if found else evidence
    return replace(evidence, payload=take_weeks_after(evidence.payload, found.taken_after))


def broken_contract(key: BronzeKey, error: ContractError) -> Quarantine:
    """A payload that is not as the contract says: none of it can be typed."""
    symbol = quote(key.symbol)
    return Quarantine(
        rule=CONTRACT,
        week_ending=None,
        value=str(error).removeprefix(f"{key.symbol}: "),
        bound=f"the contract of {Function(key.function)}",
        way_out=(
            "the source mends it; it is asked again after the next market day, or now: "
            f"make run FORCE=1 SYMBOLS={symbol}. Newer code may read it: make replay SYMBOLS={symbol}"
        ),
    )


def _other_weeks(evidence: Evidence) -> Quarantine | None:
    payload, history = evidence.payload.rows, evidence.history
    if history.is_empty():
        return None
    weeks = payload["week_ending"]
    beyond = history.filter(~pl.col("week_ending").is_between(weeks.min(), weeks.max()))
    common = payload.join(history, on=("symbol", "week_ending"), suffix="_stored")
    closed = common.filter(pl.col("is_complete_week") & pl.col("is_complete_week_stored"))
    if common.is_empty() or (closed.is_empty() and beyond.height):
        return _another_security(evidence.key, f"it shares no week with the {history.height} weeks held")
    return _other_closes(evidence.key, closed)


def _other_days(evidence: Evidence) -> Quarantine | None:
    days = evidence.payload.rows.select("symbol", "trade_date", pl.col("close").cast(pl.Float64))
    common = days.join(evidence.history, on=("symbol", "trade_date"), suffix="_stored")
    # One day says nothing: it may not have been over when it came.
    return _other_closes(evidence.key, common) if common.height > 1 else None


def _other_closes(key: BronzeKey, common: pl.DataFrame) -> Quarantine | None:
    equal = common.filter(pl.col("close") == pl.col("close_stored")).height
    # Of a few common weeks one may be corrected, and the others tell that it is the same security.
    is_one_correction = equal > 0 and common.height - equal == 1
    if common.is_empty() or is_one_correction or equal >= SAME_SECURITY_SHARE * common.height:
        return None
    return _another_security(key, f"only {equal / common.height:.0%} of the raw closes held agree with it")


def _another_security(key: BronzeKey, value: str) -> Quarantine:
    return Quarantine(
        rule=ANOTHER_SECURITY,
        week_ending=None,
        value=value,
        bound=f"at least {SAME_SECURITY_SHARE:.0%} of the common raw closes are equal",
        way_out=(
            "the source mends it; or, if another security has the ticker now, a new history that begins with it: "
            f"make replay NEW_HISTORY=1 SYMBOLS={quote(key.symbol)} FROM={key.fetched_at:%Y-%m-%d}"
        ),
    )


def _one_wild_value(evidence: Evidence) -> Quarantine | None:
    found = find_wild_values(evidence.merged)
    if not found:
        return None
    # What lies before all that silver holds was never taken in: the weeks after it can be.
    first_held = evidence.history["week_ending"].min()
    within = [wild for wild in found if isinstance(first_held, date) and wild.week_ending >= first_held]
    newest = (within or found)[-1]
    has_more = evidence.payload.rows.filter(pl.col("week_ending") > newest.last_week).height > 0
    return _wild(evidence.key, newest, taken_after=newest.last_week if has_more and not within else None)


def _wild(key: BronzeKey, wild: WildValue, *, taken_after: date | None) -> Quarantine:
    return Quarantine(
        rule=ONE_WILD_VALUE,
        week_ending=wild.week_ending,
        value=wild.value,
        bound=f"in one week at most {MOST_GROWTH:.0f} times as much, or 1/{MOST_GROWTH:.0f}",
        way_out=(
            f"the source mends it; or, if it is right: make accept SYMBOL={quote(key.symbol)} WEEK={wild.week_ending}"
            + (" (the weeks after it are loaded)" if taken_after else "")
        ),
        taken_after=taken_after,
    )


Rule = Callable[[Evidence], Quarantine | None]
RULES: dict[Function, tuple[Rule, ...]] = {
    Function.WEEKLY_ADJUSTED: (_other_weeks, _one_wild_value),
    Function.DAILY: (_other_days,),
    Function.OVERVIEW: (),
}
