"""What the source lists of a symbol beside its weekly series, and of which weeks the silence of a list counts."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from include.silver.schema import EXACT, MOST_DECIMALS
from include.sources import LISTED_WITHIN

LISTED_SINCE = date(1999, 1, 1)  # no captured list begins before
SPLIT = {"listed_split_to": pl.Int64(), "listed_split_from": pl.Int64(), "listed_factor": EXACT}
LISTED = pl.Schema({**SPLIT, "listed_dividend": EXACT, "is_split_told": pl.Boolean()})


@dataclass(frozen=True)
class Lists:
    """The newest lists of a symbol; None where there is none.

    Shape:  splits (k: ex_date, split_to, split_from, listed_factor), dividends (m: ex_date, amount), and when each list
            was fetched.
    """

    splits: pl.DataFrame | None = None
    splits_at: date | None = None
    dividends: pl.DataFrame | None = None

    def tells_of(self, week_ending: date) -> bool:
        """Whether the list of splits would hold one of that week."""
        return self.splits_at is not None and LISTED_SINCE <= week_ending <= self.splits_at - LISTED_WITHIN

    def splits_in(self, week_ending: date) -> bool:
        """Whether the list of splits holds one of that week, of whatever factor."""
        return self.splits is not None and week_ending in self.splits.select(_week_of("ex_date"))["week_ending"]


NO_LISTS = Lists()


def add_listed(series: pl.DataFrame, lists: Lists = NO_LISTS) -> pl.DataFrame:
    """Add what is listed in each week of one symbol, from Monday to Sunday.

    Shape:  (n, week_ending, …) -> LISTED added: null where nothing is; a factor of no family has no ratio;
            is_split_told where the list is so much younger than the week that its silence counts.
    """
    listed = series
    for found in (_splits_by_week(lists.splits), _dividends_by_week(lists.dividends)):
        listed = listed.join(found, on="week_ending", how="left", maintain_order="left")
    until = lists.splits_at - LISTED_WITHIN if lists.splits_at else date.min
    return listed.with_columns(pl.col("week_ending").is_between(LISTED_SINCE, until).alias("is_split_told"))


def without_lists(series: pl.DataFrame) -> pl.DataFrame:
    """The same series with LISTED, of which nothing is known unless it has them."""
    missing = [name for name in LISTED if name not in series.columns]
    return series.with_columns(pl.lit(None, LISTED[name]).alias(name) for name in missing)


def _splits_by_week(splits: pl.DataFrame | None) -> pl.DataFrame:
    if splits is None or splits.is_empty():
        return pl.DataFrame(schema={"week_ending": pl.Date(), **SPLIT})
    # Of several in a week the product took effect: of a family only if all are.
    are_all_splits = pl.col("split_to").is_not_null().all()
    return splits.group_by(_week_of("ex_date")).agg(
        pl.when(are_all_splits).then(pl.col("split_to").product()).alias("listed_split_to"),
        pl.when(are_all_splits).then(pl.col("split_from").product()).alias("listed_split_from"),
        pl.col("listed_factor").cast(pl.Float64).product().round(MOST_DECIMALS).cast(EXACT),
    )


def _dividends_by_week(dividends: pl.DataFrame | None) -> pl.DataFrame:
    if dividends is None or dividends.is_empty():
        return pl.DataFrame(schema={"week_ending": pl.Date, "listed_dividend": EXACT})
    return dividends.group_by(_week_of("ex_date")).agg(pl.col("amount").cast(EXACT).sum().alias("listed_dividend"))


def _week_of(day: str) -> pl.Expr:
    return (pl.col(day) + pl.duration(days=5 - pl.col(day).dt.weekday())).alias("week_ending")
