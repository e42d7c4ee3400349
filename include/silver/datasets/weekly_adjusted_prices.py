"""Weekly adjusted prices: bars with the source's adjusted close, merged with the weeks that it has dropped."""

from collections.abc import Sequence
from datetime import date
from functools import partial
from shlex import quote

import polars as pl

from include.alpha_vantage.client import ALPHA_VANTAGE
from include.bronze.keys import BronzeKey
from include.exchanges import week_closes_at
from include.silver.another_security import differs_in_weeks
from include.silver.dataset import Closing, Dataset, MergedSeries
from include.silver.forgotten_split import forgets_split
from include.silver.history import find_restatement
from include.silver.lists import read_lists
from include.silver.normalize import read_series
from include.silver.quarantine import Evidence, Quarantine, infer_together
from include.silver.stored_weeks import TABLE, read_stored_weeks
from include.silver.weeks import WEEKLY_ADJUSTED, WEEKLY_PRICES, type_weekly
from include.silver.wild_values import MOST_GROWTH, WildValue, find_wild_values

ONE_WILD_VALUE = "one_wild_value"


def has_wild_value(evidence: Evidence) -> Quarantine | None:
    """The rule of a weekly payload: no week of the series that it makes is wild."""
    found = find_wild_values(evidence.weeks)
    if not found:
        return None
    # What lies before all that silver holds was never taken in: the weeks after it can be.
    first_held = evidence.history["week_ending"].min()
    within = [wild for wild in found if isinstance(first_held, date) and wild.week_ending >= first_held]
    newest = (within or found)[-1]
    has_more = evidence.payload.rows.filter(pl.col("week_ending") > newest.last_week).height > 0
    return _wild(evidence.payload.key, newest, taken_after=newest.last_week if has_more and not within else None)


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


def merge_weeks(taken: Sequence[Evidence]) -> list[MergedSeries]:
    """The weeks that each payload makes of the symbol's history, and what it rewrote."""
    return [
        MergedSeries(each.payload, each.weeks, find_restatement(each.payload, each.history, each.weeks, each.restated))
        for each in taken
    ]


DATASET = Dataset(
    source=ALPHA_VANTAGE,
    function=WEEKLY_ADJUSTED,
    budget_rank=1,
    table=TABLE,
    read=partial(read_series, WEEKLY_PRICES),
    type_all=type_weekly,
    read_history=read_stored_weeks,
    read_lists=read_lists,
    prepare=infer_together,
    rules=(differs_in_weeks, forgets_split, has_wild_value),
    merge=merge_weeks,
    closing=Closing("is_complete_week", "price_date", week_closes_at),
)
