"""What *Pipeline* shows of doubtful data: quarantined tickers, rejected rows, restatements, the checks of dbt."""

import polars as pl
import streamlit as st

from dashboards.components import formats, tables
from dashboards.components.footnote import footnote
from dashboards.components.plain_text import as_text
from dashboards.queries import pipeline as ask
from dashboards.queries.publication import PriceSource
from dashboards.queries.restatements import restatements as read_restatements
from include.observability.checks import CHECKED, say_checks

# By `published_rows` of what is quarantined.
READERS_SEE = {
    "kept": "what was published before",
    "removed": "nothing, for a full rebuild removed its rows",
    "none": "nothing, for gold held no row of it",
}
FINDING = {
    "duplicates": "a day twice",
    "future_session": "in the future",
    "gap": "sessions missing",
    "missing_fields": "fields missing",
    "rejected_rows": "rows rejected",
    "split_without_action": "a move like a split",
    "volume_high": "volume far above average",
    "volume_low": "volume far below average",
}
WAYS_OUT_IN_FULL = 5
OTHER_PAYLOADS = "what its other payloads say"


def quarantined(source: PriceSource) -> None:
    """What is held back, and what readers see instead."""
    st.subheader("Quarantined")
    held = ask.quarantines()
    if held.is_empty():
        st.caption("Nothing is quarantined: every payload was believed, every ticker was published.")
        return
    held = held.with_columns(
        readers_see=pl.when(pl.col("place") == "payload")
        .then(pl.lit(OTHER_PAYLOADS))
        .otherwise(pl.col("published_rows").replace_strict(READERS_SEE, default=None, return_dtype=pl.String))
    )
    tickers = held["symbol"].unique(maintain_order=True).to_list()
    count = formats.count(len(tickers), "ticker")
    st.warning(
        f"**{count} held back: {as_text(formats.listed(tickers))}.** {as_text(_what_readers_see(held))}"
        " The others go on.",
        icon=":material/front_hand:",
    )
    # The table cuts a long sentence off, and the command stands at its end.
    for symbol, way_out in held.select("symbol", "way_out").unique(maintain_order=True).head(WAYS_OUT_IN_FULL).rows():
        st.markdown(f"- **{as_text(symbol)}**: {as_text(way_out)}")
    columns = ["symbol", "place", "readers_see", "rule", "week_ending", "value", "bound", "since", "way_out"]
    tables.show(held, [*columns, "function", "bronze_key", "execution_batch_id"], rule="Rule", value="Found")
    unit = "Values as the source wrote them, in the listing's currency; oldest first"
    footnote(held, source, unit=unit, name="quarantines", stamped="since")


def _what_readers_see(held: pl.DataFrame) -> str:
    known = held.drop_nulls("readers_see")  # null only until the first publication by this version
    counts = known.group_by("readers_see", maintain_order=True).agg(pl.col("symbol").n_unique()).rows()
    told = "; ".join(f"of {formats.count(number, 'ticker')} {words}" for words, number in counts)
    return f"Readers see {told}." if told else ""


def rejected(source: PriceSource) -> None:
    """Rows and fields that could not be believed."""
    st.subheader("Rejected rows and fields")
    found = ask.rejected_rows()
    if found.is_empty():
        st.caption("No row or field of any payload was rejected.")
        return
    columns = ["symbol", "row_date", "field", "reason", "raw_values", "function", "bronze_key", "execution_batch_id"]
    tables.show(found, columns)
    unit = "Rows of a payload as received; where a field is named it alone is null; a replay tries them again"
    footnote(found, source, unit=unit, name="rejected_rows", stamped="loaded_at")


def restatements(source: PriceSource) -> None:
    """Closed weeks that a newer payload rewrote."""
    st.subheader("Restatements")
    found = read_restatements()
    if found.is_empty():
        st.caption("No newer payload has rewritten a closed week yet.")
        return
    columns = ["symbol", "known_at", "cause", "rows_changed", "first_week", "last_week"]
    tables.show(found, [*columns, "old_adjusted_close", "new_adjusted_close", "execution_batch_id"])
    unit = "Weeks rewritten; adjusted close of the newest of them in the listing's currency"
    footnote(found, source, unit=unit, name="all_restatements", stamped="loaded_at")


def count_checks(found: pl.DataFrame) -> tuple[str, str]:
    """How many checks passed when they ran last, and what became of the others."""
    if found.is_empty():
        return formats.MISSING, "none has run"
    counts = dict(found["status"].value_counts().rows())
    passed = counts.pop("pass", 0)
    others = [f"{counts[status]:,} {word}" for status, word in CHECKED.items() if counts.get(status)]
    return f"{passed:,} of {found.height:,}", ", ".join(["passed", *others])


def findings(source: PriceSource) -> None:
    """What is odd about the daily bars, which holds nothing back."""
    st.subheader("Odd daily bars")
    found = ask.findings()
    if found.is_empty():
        st.caption("No daily bars were looked at yet: each run of `stock_data_pipeline` looks at those that came.")
        return
    odd = found.filter(pl.col("level") != "info").with_columns(finding=pl.col("check_name").replace(FINDING))
    counted = odd.unique("level").sort("level").select("of_level", "level").rows()
    numbers = ", ".join(f"{number:,} {level}" for number, level in counted) or "nothing odd"
    tickers = formats.count(found["tickers"][0], "ticker")
    st.caption(f"{as_text(tickers)} looked at: {as_text(numbers)}. It holds nothing back.")
    if odd.is_empty():
        return
    tables.show(odd, ["symbol", "last_session", "finding", "level", "words", "execution_batch_id"])
    unit = "Volume is unusual above 3 times its average of 20 sessions or below a third, extreme above 10 or a tenth"
    footnote(odd, source, unit=f"{unit}; extreme first, then the newest", name="findings", stamped="found_at")


def checks(source: PriceSource) -> None:
    """What the checks of dbt found when they ran last."""
    st.subheader("Checks")
    found = ask.checks()
    if found.is_empty():
        st.caption("No check has run yet: they run before each publication.")
        return
    broken = found.filter(pl.col("status").is_in(["fail", "error"]))
    if broken.height:
        rules = formats.listed([f"{rule} ({table})" for rule, table in broken.select("rule", "checked_table").rows()])
        st.error(
            f"**Failed: {as_text(rules)}.** A check that fails before a publication stops it: "
            "readers keep the one before.",
            icon=":material/block:",
        )
    st.caption(f"{as_text(say_checks(dict(found['status'].value_counts().rows())))}, each when it ran last.")
    columns = ["rule", "checked_table", "status", "severity", "failing_rows", "seconds", "checked_at"]
    tables.show(found, [*columns, "failing_rows_table", "execution_batch_id"])
    unit = "Rows that broke the rule when it ran last, seconds on the wall"
    footnote(found, source, unit=unit, name="checks", stamped="checked_at")
