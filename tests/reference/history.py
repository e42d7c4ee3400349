"""The payloads of a symbol, in order of fetching, to the weeks that silver holds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise

from tests.reference.actions import Pair, infer
from tests.reference.doubts import doubt, forgets_split, is_wild
from tests.reference.growth import fits, growth_between, growths_of, prices_of
from tests.reference.payloads import ContractError
from tests.reference.records import ONE, Action, Growth, HeldWeek, Payload, Week
from tests.reference.restated import Quarantined, raw_ratio, retain
from tests.reference.weeks import weeks_of

SAY_THE_SAME = timedelta(days=30)  # after which a forgotten split is believed
Held = Mapping[date, HeldWeek]


class ForgottenSplit(Quarantined):
    """The payload forgets a split that silver holds."""


@dataclass(frozen=True)
class History:
    """What is held of a symbol after its payloads, oldest week first, and what was not taken."""

    symbol: str
    weeks: tuple[HeldWeek, ...]
    last_look: datetime
    not_taken: tuple[tuple[datetime, str], ...]


def replay(payloads: Iterable[Payload]) -> History:
    """Take the payloads of one symbol in order of fetching."""
    held: Held = {}
    not_taken: list[tuple[datetime, str]] = []
    forgotten_since: dict[str, datetime] = {}
    payload = None
    for payload in payloads:
        try:
            held = _take(held, weeks_of(payload), payload.fetched_at, forgotten_since)
            forgotten_since.clear()
        except (ContractError, Quarantined) as error:
            not_taken.append((payload.fetched_at, str(error)))
            if isinstance(error, ForgottenSplit):
                forgotten_since.setdefault(str(error), payload.fetched_at)
    assert payload is not None, "no payload"
    weeks = tuple(held[day] for day in sorted(held))
    return History(payload.symbol, weeks, payload.fetched_at, tuple(not_taken))


def _take(held: Held, weeks: list[Week], fetched_at: datetime, forgotten_since: Mapping[str, datetime]) -> Held:
    if not held:
        return _without_wild_beginning(weeks)
    ratio = raw_ratio(held, weeks)
    retained = retain(held, weeks, ratio)
    loaded = _load(weeks, held, _first_action(weeks[0], held, retained, ratio))
    for pair, action in _pairs(loaded):
        _check_split(pair, action, held, fetched_at, forgotten_since)
    if wild := _wild_weeks(loaded):
        if wild[-1] <= min(held):  # the beginning that the first payload was taken without
            return _take(held, _after_wild(weeks, wild), fetched_at, forgotten_since)
        raise Quarantined(f"wild value in the week of {wild[-1]}")
    return retained | {each.week.week_ending: each for each in loaded}


def _without_wild_beginning(weeks: Sequence[Week]) -> Held:
    loaded = _load(weeks, {}, None)
    if wild := _wild_weeks(loaded):
        return _without_wild_beginning(_after_wild(weeks, wild))
    return {each.week.week_ending: each for each in loaded}


def _wild_weeks(loaded: Sequence[HeldWeek]) -> list[date]:
    return [pair.week.week_ending for pair, action in _pairs(loaded) if is_wild(pair, action)]


def _after_wild(weeks: Sequence[Week], wild: Sequence[date]) -> list[Week]:
    # Two wild returns in a row are the way there and back: the week before is the wild one.
    is_way_back = wild[-1] - timedelta(weeks=1) in wild
    return [week for week in weeks if week.week_ending > wild[-1] or (is_way_back and week.week_ending == wild[-1])]


def _load(weeks: Sequence[Week], held: Held, first_action: Action | None) -> list[HeldWeek]:
    """The weeks of a payload with their actions, inferred newest first."""
    growths, returning = growths_of(weeks)
    loaded, later_splits = [], ONE
    for place in range(len(weeks) - 1, -1, -1):
        week, action = weeks[place], first_action
        if place:
            pair = Pair(weeks[place - 1], week, growths[place - 1], later_splits)
            action = _held_action(pair, held) or doubt(pair, infer(pair), is_newest=place == len(weeks) - 1)
            later_splits *= action.split
        loaded.append(HeldWeek(week, week.adjusted_close, is_factor_returning=place in returning, action=action))
    return loaded[::-1]


def _held_action(pair: Pair, held: Held) -> Action | None:
    """The action that silver holds of a week, if nothing it rests on has changed; with the narrower growth."""
    week, previous = held.get(pair.week.week_ending), held.get(pair.previous.week_ending)
    if week is None or previous is None or week.action is None:
        return None
    action, growth = week.action, week.action.growth
    is_unchanged = (
        action.previous_week == pair.previous.week_ending
        and (week.week.close, previous.week.close) == (pair.week.close, pair.previous.close)
        and week.week.dividend_amount == pair.week.dividend_amount
    )
    if not is_unchanged or action.is_provisional or not growth.overlaps(pair.growth):
        return None
    kept = _with_narrower_growth(action, pair.growth)
    # A sure action that cannot be the finer growth of a newer payload: that payload knows more.
    explains = fits(pair.growth, action.split * action.other, action.dividend_per_share, prices_of(pair.week))
    return kept if kept is action or action.is_unsure or explains else None


def _with_narrower_growth(action: Action, growth: Growth) -> Action:
    held, new = action.growth.width, growth.width
    if new is None or (held is not None and held <= new):
        return action
    has_its_growth = action.dividend_per_share and action.rule != "dividend not adjusted for"
    return replace(action, growth=growth, h=action.unit * growth.point if has_its_growth else action.h)


def _first_action(week: Week, held: Held, retained: Held, ratio: Fraction) -> Action | None:
    """The action of a payload's oldest week: from the older payload that held the week before, too."""
    before = [each for day, each in retained.items() if day < week.week_ending]
    if not before:
        return None
    own = held.get(week.week_ending)
    if own is not None and own.action is not None:
        return replace(own.action, dividend_per_share=own.action.dividend_per_share / ratio)
    previous = before[-1].week
    if week.adjusted_close is None or previous.adjusted_close is None:
        growth = Growth(ONE, ONE, ONE)
    else:
        growth = growth_between((week.adjusted_close, week.close), (previous.adjusted_close, previous.close))
    return infer(Pair(previous, week, growth))


def _pairs(loaded: Sequence[HeldWeek]) -> list[tuple[Pair, Action]]:
    return [
        (Pair(before.week, each.week, each.action.growth), each.action)
        for before, each in pairwise(loaded)
        if each.action is not None
    ]


def _check_split(pair: Pair, action: Action, held: Held, fetched_at: datetime, since: Mapping[str, datetime]) -> None:
    week, previous = held.get(pair.week.week_ending), held.get(pair.previous.week_ending)
    if week is None or previous is None or week.action is None:
        return
    are_unchanged = (week.week.close, previous.week.close) == (pair.week.close, pair.previous.close)
    if are_unchanged and forgets_split(pair, week.action, action):
        reason = f"forgets the {week.action.split}:1 split of {pair.week.week_ending}"
        if fetched_at - since.get(reason, fetched_at) < SAY_THE_SAME:
            raise ForgottenSplit(reason)
