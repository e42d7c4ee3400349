"""Whether a payload is of another security than the one that silver holds under its ticker: their raw closes differ."""

from shlex import quote

import polars as pl

from include.bronze.keys import BronzeKey
from include.silver.quarantine import Evidence, Quarantine
from include.silver.raw_restatement import SAME_SECURITY_SHARE

ANOTHER_SECURITY = "another_security"


def differs_in_weeks(evidence: Evidence) -> Quarantine | None:
    """The rule of a weekly payload: it shares weeks with those held, and their closes."""
    payload, history = evidence.payload.rows, evidence.history
    if history.is_empty():
        return None
    weeks = payload["week_ending"]
    beyond = history.filter(~pl.col("week_ending").is_between(weeks.min(), weeks.max()))
    common = payload.join(history, on=("symbol", "week_ending"), suffix="_stored")
    closed = common.filter(pl.col("is_complete_week") & pl.col("is_complete_week_stored"))
    if common.is_empty() or (closed.is_empty() and beyond.height):
        return _another_security(evidence.payload.key, f"it shares no week with the {history.height} weeks held")
    return None if evidence.restated else _compare_closes(evidence.payload.key, closed)


def differs_in_days(evidence: Evidence, *, usual_rows: int) -> Quarantine | None:
    """The rule of a daily payload: it shares days with those held, and their closes.

    One that has the newest rows alone, `usual_rows` of them, may begin after all that is held: nobody asked meanwhile.
    """
    payload, held = evidence.payload, evidence.history
    days = payload.rows.select("symbol", "trade_date", pl.col("close").cast(pl.Float64))
    common = days.join(held, on=("symbol", "trade_date"), suffix="_stored")
    if common.is_empty() and held.height > 1:
        is_a_part = payload.received == usual_rows and bool((days["trade_date"].min() > held["trade_date"]).all())
        value = f"it shares no day with the {held.height} days held"
        return None if is_a_part else _another_security(payload.key, value)
    # One day says nothing: it may not have been over when it came.
    return _compare_closes(payload.key, common) if common.height > 1 else None


def _compare_closes(key: BronzeKey, common: pl.DataFrame) -> Quarantine | None:
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
        bound=f"at least {SAME_SECURITY_SHARE:.0%} of the common raw closes are equal, or on one ratio of a split",
        way_out=(
            "the source mends it; or, if another security has the ticker now, a new history that begins with it: "
            f"make replay NEW_HISTORY=1 SYMBOLS={quote(key.symbol)} FROM={key.fetched_at:%Y-%m-%d}"
        ),
    )
