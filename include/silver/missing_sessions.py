"""What brings the sessions that a daily series lacks: the next call, a key that allows more, or nothing."""

from collections.abc import Sequence
from datetime import datetime

import polars as pl
import psycopg
from psycopg import sql

from include.alpha_vantage.key_permissions import LEARNT_FOR, read_newest_permission
from include.alpha_vantage.planner import session_due_at
from include.exchanges import last_closed_session
from include.silver.dataset import Dataset, WholeHistory
from include.silver.held_days import read_whole_at
from include.silver.series_state import read_series_states
from include.silver.tables import SILVER
from include.silver.whole_history import first_session_reached

# Of a symbol: from when on its next call is due (null: now), the oldest session that it brings for certain where it
# asks for the newest rows, the last session that was over when the whole history was fetched last, and when the key was
# refused that (null: it may ask).
NEXT_CALLS = {
    "symbol": pl.String(),
    "due_at": pl.Datetime("us", "UTC"),
    "reached": pl.Date(),
    "whole_until": pl.Date(),
    "refused_at": pl.Datetime("us", "UTC"),
}
REFUSED = (
    "only the whole history, which the key's plan refused on {}: another key that allows outputsize=full "
    "is asked for it once, with its first call, and this one again from {} on"
)


def explain_gap_findings(
    connection: psycopg.Connection, dataset: Dataset, found: pl.DataFrame, now: datetime
) -> pl.DataFrame:
    """Add to the words of each gap among findings what brings its sessions, where a call brings a part of a series.

    Shape:  found (n, FINDINGS) -> the same.
    """
    if dataset.whole is None:
        return found
    is_gap = pl.col("check_name") == "gap"
    gaps = explain_gaps(connection, dataset, dataset.whole, found.filter(is_gap), now)
    explained = gaps.with_columns(words=pl.format("{}; what brings them: {}", "words", "brought_by")).select(
        found.columns
    )
    return pl.concat([found.filter(~is_gap), explained])


def explain_gaps(
    connection: psycopg.Connection, dataset: Dataset, whole: WholeHistory, gaps: pl.DataFrame, now: datetime
) -> pl.DataFrame:
    """Say of each gap, of a moment by the market's clock, what brings its sessions.

    Shape:  gaps (n, any): symbol, first_session, last_session -> the same with `brought_by`, in their order.
    """
    calls = _read_next_calls(connection, dataset, whole, gaps["symbol"].unique().sort().to_list(), now)
    return add_brought_by(_add_is_held(connection, dataset, gaps), calls).drop("is_held")


def add_brought_by(gaps: pl.DataFrame, calls: pl.DataFrame) -> pl.DataFrame:
    """Say of each gap what brings its sessions.

    Shape:  gaps (n, any): symbol, first_session, last_session, is_held (silver has some of them by now); calls (m,
            NEXT_CALLS) -> gaps with `brought_by`.
    """
    due = pl.format(" after {} UTC", pl.col("due_at").dt.strftime("%Y-%m-%d %H:%M")).fill_null("")
    call = pl.format("the next call, due with the next run{}", due)
    refused_on = pl.col("refused_at").dt.date()
    asked_again_on = (pl.col("refused_at") + LEARNT_FOR).dt.date()
    is_lacking, is_near = pl.col("last_session") <= pl.col("whole_until"), pl.col("first_session") >= pl.col("reached")
    lacking = pl.format("its whole history until {} came without them", "whole_until")
    brought_by = (
        pl.when("is_held")
        .then(pl.lit("the next publication, for they have come since"))
        .when(is_lacking & is_near)
        .then(pl.format("{}, if the source has them by then: {}", call, lacking))
        .when(is_lacking)
        .then(pl.format("nothing, for the source lacks them too: {}", lacking))
        .when(is_near)
        .then(pl.format("{}, if the source has them", call))
        .when(pl.col("refused_at").is_null())
        .then(pl.format("{}, which asks for the whole history, if the key allows that", call))
        .otherwise(pl.format(REFUSED, refused_on, asked_again_on))
    )
    beside = gaps.join(calls, on="symbol", how="left", maintain_order="left")
    return beside.select(*gaps.columns, brought_by=brought_by)


def _read_next_calls(
    connection: psycopg.Connection, dataset: Dataset, whole: WholeHistory, symbols: Sequence[str], now: datetime
) -> pl.DataFrame:
    states = read_series_states(connection, dataset, symbols, {})
    whole_at = read_whole_at(connection, dataset, whole, symbols)
    due_at = {symbol: session_due_at(symbol, states[symbol]) for symbol in symbols}
    # Until the call is made, a key may be asked again that was refused.
    made_at = {symbol: max(due_at[symbol] or now, now) for symbol in symbols}
    refused_at = {at: _read_refusal(connection, whole, at) for at in set(made_at.values())}
    rows = [
        (
            symbol,
            due_at[symbol] if made_at[symbol] > now else None,
            first_session_reached(symbol, usual_rows=whole.usual_rows, now=made_at[symbol]),
            last_closed_session(symbol, whole_at[symbol]) if symbol in whole_at else None,
            refused_at[made_at[symbol]],
        )
        for symbol in symbols
    ]
    return pl.DataFrame(rows, schema=NEXT_CALLS, orient="row")


def _read_refusal(connection: psycopg.Connection, whole: WholeHistory, at: datetime) -> datetime | None:
    permission = read_newest_permission(connection, whole.function.name, now=at)
    return permission.learnt_at if permission and not permission.is_allowed else None


def _add_is_held(connection: psycopg.Connection, dataset: Dataset, gaps: pl.DataFrame) -> pl.DataFrame:
    query = sql.SQL(
        """
        select exists (select from {table} as day where day.symbol = gap.symbol and {day} between first and last)
        from unnest(%s::text[], %s::date[], %s::date[]) with ordinality as gap (symbol, first, last, position)
        order by position
        """
    ).format(table=sql.Identifier(SILVER, dataset.table.name), day=sql.Identifier("day", dataset.table.date or ""))
    spans = [gaps[name].to_list() for name in ("symbol", "first_session", "last_session")]
    rows = connection.execute(query, spans).fetchall()
    return gaps.with_columns(is_held=pl.Series([is_held for (is_held,) in rows], dtype=pl.Boolean))
