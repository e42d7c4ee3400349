"""What the ledger and silver know of each series, and the lake where the ledger is gone."""

from collections.abc import Mapping, Sequence
from datetime import date

import psycopg
from psycopg import sql

from include.alpha_vantage.calls import NewestCalls, read_newest_calls
from include.alpha_vantage.planner import SeriesState
from include.bronze.keys import BronzeKey, parse_key
from include.silver.dataset import Dataset
from include.silver.payload_quarantines import read_newest_judged, read_open_quarantines
from include.silver.quarantine import CONTRACT
from include.silver.stored_weeks import TABLE as WEEKS
from include.silver.tables import SILVER, Target
from include.sources import LISTED_WITHIN, Cadence

NO_ACTION = "split_to = split_from and other_factor = 1 and coalesce(dividend_per_share, 0) = 0"


def read_series_states(
    connection: psycopg.Connection,
    dataset: Dataset,
    symbols: Sequence[str],
    newest_in_bronze: Mapping[str, BronzeKey],
) -> dict[str, SeriesState]:
    """Put together, for each symbol, when it was answered and refused last, and what became of its newest payload.

    `newest_in_bronze` holds the newest object of symbols that `find_unknown_to_ledger` named.
    Units:  moments by the market's clock.
    """
    function = dataset.function.name
    calls = read_newest_calls(connection, function, symbols)
    weeks = _read_newest_weeks(connection, dataset.table, symbols)
    judged = read_newest_judged(connection, SILVER, function, symbols)
    quarantines = read_open_quarantines(connection, SILVER, function, symbols)
    is_list = dataset.function.changes_with is Cadence.ACTION
    actions = _read_newest_actions(connection, calls, judged) if is_list else {}
    states = {}
    for symbol in symbols:
        newest = calls.get(symbol, NewestCalls())
        answered_at, key = newest.answered_at, newest.bronze_key
        if symbol in newest_in_bronze:
            key, fetched_at = str(newest_in_bronze[symbol]), newest_in_bronze[symbol].fetched_at
            answered_at = max(answered_at or fetched_at, fetched_at)
        quarantine = quarantines.get(symbol)
        # While the newest payload is quarantined, silver does not say which weeks the source has.
        is_told = quarantine is None or quarantine.is_taken_in_part
        closed, still_open = weeks.get(symbol, (None, None)) if is_told else (None, None)
        doubted, unlisted = actions.get(symbol, (None, None))
        states[symbol] = SeriesState(
            answered_at,
            newest.refused_at,
            newest.refusal,
            newest.asked_at,
            closed,
            still_open,
            is_waiting_in_bronze=key is not None and judged.get(symbol, "") < key,
            quarantined=str(quarantine) if quarantine else None,
            is_contract_broken=quarantine is not None and quarantine.found.rule == CONTRACT,
            doubted_week=doubted,
            unlisted_week=unlisted,
        )
    return states


def _read_newest_weeks(
    connection: psycopg.Connection, table: Target, symbols: Sequence[str]
) -> dict[str, tuple[date | None, date | None]]:
    """By symbol, the newest closed and the newest open week."""
    if "is_complete_week" not in table.columns:
        return {}
    query = sql.SQL(
        """
        select
            symbol,
            max(week_ending) filter (where is_complete_week),
            max(week_ending) filter (where not is_complete_week)
        from {} where symbol = any(%s) group by symbol
        """
    )
    rows = connection.execute(query.format(sql.Identifier(SILVER, table.name)), (list(symbols),)).fetchall()
    return {symbol: (closed, still_open) for symbol, closed, still_open in rows}


def _read_newest_actions(
    connection: psycopg.Connection, calls: Mapping[str, NewestCalls], judged: Mapping[str, str]
) -> dict[str, tuple[date | None, date | None]]:
    """By symbol, the newest unsure week that its list is not younger than, and the newest action that no list has.

    Shape:  judged, the newest list of each symbol; where a later response was the same, it is older than that.
    """
    answered = {symbol: newest.answered_at.date() for symbol, newest in calls.items() if newest.answered_at}
    listed = [
        parse_key(judged[symbol]).fetched_at.date() if symbol in judged else day for symbol, day in answered.items()
    ]
    query = sql.SQL(
        """
        select asked.symbol, doubted.week_ending, unlisted.week_ending
        from unnest(%s::text[], %s::date[], %s::date[]) as asked (symbol, answered_on, listed_on)
        cross join lateral (
            select max(week_ending) as week_ending from {weeks} as week
            where week.symbol = asked.symbol and week.is_action_unsure and week.week_ending > asked.listed_on - {within}
        ) as doubted
        cross join lateral (
            select max(week_ending) as week_ending from {weeks} as week
            where week.symbol = asked.symbol and week.week_ending >= asked.answered_on
            and not ({no_action}) and not exists (
                select from silver.corporate_actions as action
                where action.symbol = week.symbol
                and action.ex_date between week.week_ending - 4 and week.week_ending + 2
            )
        ) as unlisted
        """
    ).format(
        no_action=sql.SQL(NO_ACTION), weeks=sql.Identifier(SILVER, WEEKS.name), within=sql.Literal(LISTED_WITHIN.days)
    )
    rows = connection.execute(query, (list(answered), list(answered.values()), listed)).fetchall()
    return {symbol: (doubted, unlisted) for symbol, doubted, unlisted in rows}
