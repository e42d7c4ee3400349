"""`ops.quarantines` of payloads: what was judged and not taken in, since when, and what ended it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import psycopg
from psycopg import sql

from include.bronze.keys import BronzeKey
from include.silver.load_log import read_newest_loaded
from include.silver.quarantine import Quarantine
from include.silver.tables import SILVER

OPS, TABLE = "ops", "quarantines"
PAYLOAD = "payload"


@dataclass(frozen=True)
class OpenQuarantine:
    """The newest payload of a series that is quarantined now.

    Units:  `since` when the oldest payload that was not taken in since then was fetched, by the market's clock.
    """

    bronze_key: str
    since: datetime
    is_taken_in_part: bool
    found: Quarantine

    def __str__(self) -> str:
        return f"since {self.since:%Y-%m-%d %H:%M} UTC {self.found}"


def record_judgement(
    connection: psycopg.Connection,
    schema: str,
    batch: str,
    *,
    taken: Sequence[BronzeKey] = (),
    held_back: Sequence[tuple[BronzeKey, Quarantine]] = (),
) -> None:
    """Write down what became of payloads; in the load's transaction.

    What was taken in ends the quarantine of those before it, and has none itself where it was judged otherwise before.
    """
    _end(connection, schema, taken)
    for key, quarantine in held_back:
        _write(connection, schema, batch, key, quarantine)


def read_open_quarantines(
    connection: psycopg.Connection, schema: str, function: str, symbols: Sequence[str]
) -> dict[str, OpenQuarantine]:
    """By symbol, what is quarantined now: the newest payload, since when, and why."""
    query = sql.SQL(
        """
        select distinct on (symbol) symbol, bronze_key, min(since) over (partition by symbol) as since,
            exists (select from {loaded} as loaded where loaded.bronze_key = held.bronze_key) as is_taken_in_part,
            rule, week_ending, value, bound, way_out
        from {table} as held where place = 'payload' and function = %s and symbol = any(%s) and ended_at is null
        order by symbol, bronze_key desc
        """
    ).format(table=_table(schema), loaded=sql.Identifier(schema, "loaded_payloads"))
    rows = connection.execute(query, (function, list(symbols))).fetchall()
    return {
        symbol: OpenQuarantine(key, since, is_taken_in_part, Quarantine(*found))
        for symbol, key, since, is_taken_in_part, *found in rows
    }


def read_broken_since(
    connection: psycopg.Connection, schema: str, function: str, symbols: Sequence[str]
) -> dict[str, dict[tuple[str, date | None], datetime]]:
    """By symbol, rule and week, when the oldest payload was fetched that broke it, of those quarantined now."""
    query = sql.SQL(
        "select symbol, rule, week_ending, min(since) from {} where place = 'payload' and function = %s"
        " and symbol = any(%s) and ended_at is null group by symbol, rule, week_ending"
    ).format(_table(schema))
    since: dict[str, dict[tuple[str, date | None], datetime]] = {}
    for symbol, rule, week_ending, oldest in connection.execute(query, (function, list(symbols))):
        since.setdefault(symbol, {})[rule, week_ending] = oldest
    return since


def read_quarantined_weeks(connection: psycopg.Connection, symbol: str) -> dict[date, str]:
    """The weeks of a symbol that are quarantined now, as payload or in a publication, and what was found there."""
    rows = connection.execute(
        """
        select week_ending, coalesce(value, rule) from ops.quarantines
        where symbol = %s and ended_at is null and week_ending is not null order by bronze_key
        """,
        (symbol,),
    )
    return dict(rows.fetchall())


def read_newest_judged(
    connection: psycopg.Connection, schema: str, function: str, symbols: Sequence[str]
) -> dict[str, str]:
    """By symbol, the key of the newest object of its series that was taken in or quarantined.

    What is newer waits to be judged; what is not newer is not judged again until it is asked for again or replayed.
    """
    query = sql.SQL(
        "select symbol, max(bronze_key) from {} where place = 'payload' and function = %s and symbol = any(%s)"
        " group by symbol"
    ).format(_table(schema))
    quarantined: dict[str, str] = dict(connection.execute(query, (function, list(symbols))).fetchall())
    loaded = read_newest_loaded(connection, schema, function, symbols)
    return {symbol: max(loaded.get(symbol, ""), quarantined.get(symbol, "")) for symbol in {*loaded, *quarantined}}


def _write(connection: psycopg.Connection, schema: str, batch: str, key: BronzeKey, quarantine: Quarantine) -> None:
    query = sql.SQL(
        """
        insert into {} (
            place, symbol, function, bronze_key, rule, week_ending, value, bound, way_out, since, execution_batch_id
        )
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        on conflict (place, symbol, bronze_key) do update set
            rule = excluded.rule, week_ending = excluded.week_ending, value = excluded.value, bound = excluded.bound,
            way_out = excluded.way_out
        """
    ).format(_table(schema))
    origin = (PAYLOAD, key.symbol, key.function, str(key))
    found = (quarantine.rule, quarantine.week_ending, quarantine.value, quarantine.bound, quarantine.way_out)
    connection.execute(query, (*origin, *found, key.fetched_at, batch))


def _end(connection: psycopg.Connection, schema: str, taken: Sequence[BronzeKey]) -> None:
    own = "delete from {} where place = 'payload' and symbol = %(symbol)s and bronze_key = %(key)s"
    earlier = """
        update {} set ended_at = %(at)s where place = 'payload' and function = %(function)s and symbol = %(symbol)s
            and bronze_key < %(key)s and ended_at is null
    """
    keys = [{"function": key.function, "symbol": key.symbol, "key": str(key), "at": key.fetched_at} for key in taken]
    for query in (own, earlier):
        connection.cursor().executemany(sql.SQL(query).format(_table(schema)), keys)


def _table(schema: str) -> sql.Identifier:
    return sql.Identifier(OPS if schema == SILVER else schema, TABLE)
