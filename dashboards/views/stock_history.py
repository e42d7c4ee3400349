"""What was known of a stock when: restatements of its history, and its series as of a day."""

from datetime import UTC, date, datetime, time
from typing import Any

import polars as pl
import streamlit as st

from dashboards.charts import series
from dashboards.components import formats, tables
from dashboards.components.colours import MARKED, NEUTRAL
from dashboards.components.footnote import STAMPS, footnote
from dashboards.components.page_header import Opened
from dashboards.components.period import Period
from dashboards.components.plain_text import as_code, as_text
from dashboards.queries.publication import Publication
from include.errors import BronzeError, LakeError, ObjectMissing
from include.serving.as_of import KnownSeries, list_fetched, read_series_as_of

THEN, TODAY = "as known then", "as known today"
LISTING_SECONDS = 60
NAMED_PAYLOADS = 4
SAME_PERCENT_POINTS = 0.2  # the source rounds adjusted closes to four decimals: up to 0.13 points in a return


def restatements(published: Publication, found: pl.DataFrame) -> None:
    """How newer payloads rewrote the history."""
    st.subheader("Restatements of its history")
    if found.is_empty():
        st.caption("No newer payload has rewritten a week of this stock yet.")
        return
    columns = ["known_at", "cause", "rows_changed", "first_week", "last_week"]
    tables.show(found, [*columns, "old_adjusted_close", "new_adjusted_close", "execution_batch_id"])
    unit = "Weeks rewritten; adjusted close of the newest of them in the listing's currency"
    footnote(found, published, unit=unit, as_of=published.published_at, name="restatements", stamped="loaded_at")


def as_known_then(opened: Opened, symbol: str, today: pl.DataFrame, period: Period) -> None:
    """The series as the lake knew it on a chosen day, against what is known today; the charts show the period."""
    st.subheader("As known on a day")
    try:
        fetched = _fetched(symbol)
        if not fetched:
            st.caption("The lake holds no payload of this stock.")
            return
        chosen = _choose_day(fetched, opened.published.market_at.date())
        known = [moment for moment in fetched if moment <= datetime.combine(chosen, time.max, UTC)]
        if not known:
            st.info(
                f"**Nothing was known on {formats.day(chosen)}.** The first payload was fetched on "
                f"{formats.moment(fetched[0])}: choose that day or a later one.",
                icon=":material/history_toggle_off:",
            )
            return
        then = _read(symbol, known[-1])
        if then.quarantined:
            days = formats.listed([formats.day(key.fetched_at) for key in then.quarantined])
            st.caption(f"Left out, for it cannot be believed: what was fetched on {days}; the page Pipeline says why.")
        _compare(opened.published, then, today, chosen, period)
    except ObjectMissing as error:
        st.info(
            f"**Nothing that can be believed was known then.** {as_text(error)}", icon=":material/history_toggle_off:"
        )
    except (BronzeError, LakeError) as error:
        st.error(
            f"**The lake cannot be read**, so what was known then cannot be shown. {as_code(error)}",
            icon=":material/cloud_off:",
        )


def _choose_day(fetched: list[datetime], newest_day: date) -> date:
    chosen = st.date_input(
        "As known on",
        value=newest_day,
        min_value=date(1995, 1, 1),
        max_value=max(newest_day, fetched[-1].date()),
        key="as_of",
        bind="query-params",
        format="YYYY-MM-DD",
        help="The series as the payloads fetched by the end of this day, UTC, tell it together",
    )
    days = formats.listed([formats.day(moment) for moment in fetched[-NAMED_PAYLOADS:]])
    last = "last " if len(fetched) > NAMED_PAYLOADS else ""
    st.caption(f"{formats.count(len(fetched), 'payload')} in the lake, fetched {last}on {days}.")
    return chosen


def _compare(published: Publication, then: KnownSeries, today: pl.DataFrame, chosen: date, period: Period) -> None:
    both = _side_by_side(then.rows, today)
    shown = both.filter(pl.col("week_ending").is_between(period.base_week, period.until))
    if shown.is_empty():
        st.caption("Nothing of this period was known then; the table holds what was.")
    else:
        _both(shown, chosen, period)
    closed = both.filter("is_complete_week")  # a week that was open then has gone on since, and is no correction
    moved = closed["then_against_today_pct"].abs().max()
    if moved and shown.height:  # otherwise a line along zero says no more than the caption below
        _moved(shown, period)
    corrected = closed.filter(pl.col("difference_points").abs() > SAME_PERCENT_POINTS)
    st.caption(
        f"Known by {formats.day(chosen)}: {formats.count(then.rows.height, 'week')} up to "
        f"{formats.day(then.rows['week_ending'][-1])}, "
        f"fetched {formats.moment(then.key.fetched_at)}.",
        help=f"The object in bronze: {as_code(then.key)}",
    )
    st.caption(_verdict(corrected.height, moved) + _open_week(both.row(-1, named=True)))
    columns = ["week_ending", "close_then", "adj_close_then", "adj_close_today", "return_then_pct", "return_today_pct"]
    newest_first = both.sort("week_ending", descending=True)
    tables.show(newest_first, [*columns, "difference_points"])
    unit = (
        f"Adjusted close in the listing's currency, against today's and returns in percent; then: {formats.day(chosen)}"
    )
    footnote(both, published, unit=unit, as_of=then.key.fetched_at, name="as_known_then")


def _both(shown: pl.DataFrame, chosen: date, period: Period) -> None:
    long = pl.concat(
        [
            shown.select("week_ending", pl.lit(words).alias("symbol"), pl.col(column).alias("adjusted_close"))
            for words, column in ((TODAY, "adj_close_today"), (THEN, "adj_close_then"))  # the last lies on top
        ]
    )
    chart = series.lines(
        long,
        value="adjusted_close",
        title="Adjusted close (listing's currency, log scale)",
        colours={TODAY: NEUTRAL, THEN: MARKED},
        unit="listing's currency",
        below=TODAY,
        is_log=True,
    )
    period.show(chart, name="known", alt_text=f"Lines: adjusted close as known on {chosen} and as known today")


def _moved(shown: pl.DataFrame, period: Period) -> None:
    moved = series.lines(
        shown.with_columns(symbol=pl.lit(THEN)),
        value="then_against_today_pct",
        title="As known then, against today (%)",
        colours={THEN: MARKED},
        unit="% of today's",
        has_zero=True,
        height=200,
    )
    period.show(moved, name="moved", alt_text="Line: adjusted close as known then against today's, in percent")


def _verdict(corrected: int, moved: object) -> str:
    if corrected:
        return f"{formats.count(corrected, 'weekly return')} differ from today's by more than rounding: corrections."
    if moved is None:
        return "No adjusted close of it can be compared with today's."
    if not moved:
        return "Nothing of it has changed since: every adjusted close is today's."
    return "Every weekly return is today's, but for rounding: dividends and splits moved the level, nothing else."


def _open_week(newest: dict[str, Any]) -> str:
    if newest["is_complete_week"]:
        return ""
    return f" The week ending {formats.day(newest['week_ending'])} was still open then."


def _side_by_side(then: pl.DataFrame, today: pl.DataFrame) -> pl.DataFrame:
    def weekly_return(column: str) -> pl.Expr:
        return 100 * (pl.col(column) / pl.col(column).shift(1) - 1)

    return (
        then.sort("week_ending")
        .select(
            "week_ending",
            "is_complete_week",
            close_then=pl.col("close").cast(pl.Float64),
            adj_close_then=pl.col("adjusted_close").cast(pl.Float64),
        )
        .join(
            today.select("week_ending", pl.col("adj_close_price").alias("adj_close_today"), *STAMPS),
            on="week_ending",
            how="left",
        )
        .sort("week_ending")
        .with_columns(
            return_then_pct=weekly_return("adj_close_then"), return_today_pct=weekly_return("adj_close_today")
        )
        .with_columns(
            difference_points=pl.col("return_then_pct") - pl.col("return_today_pct"),
            then_against_today_pct=100 * (pl.col("adj_close_then") / pl.col("adj_close_today") - 1),
        )
    )


@st.cache_data(ttl=LISTING_SECONDS, show_spinner="Looking into the lake …")
def _fetched(symbol: str) -> list[datetime]:
    return list_fetched(symbol)


@st.cache_data(ttl=LISTING_SECONDS, max_entries=32, show_spinner="Reading the payloads …")
def _read(symbol: str, at: datetime) -> KnownSeries:
    return read_series_as_of(symbol, at)
