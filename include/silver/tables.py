"""The SQL of silver, whatever the table: lock symbols, copy frames in, merge what differs."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl
import psycopg
from psycopg import sql

from include.silver.schema import write_decimals

SILVER = "silver"
ORIGIN = ("bronze_key", "execution_batch_id")


@dataclass(frozen=True)
class Target:
    """A table of silver: its key and what a row consists of, beside where it came from.

    Where `is_whole`, a payload says all there is of its symbol: what it lacks is gone, on any date.
    """

    name: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    is_whole: bool = False

    @property
    def content(self) -> tuple[str, ...]:
        """The columns that a frame brings."""
        return (*self.key, *self.columns)

    @property
    def date(self) -> str | None:
        """The column that orders a symbol's rows; None where a symbol has one row only."""
        return self.key[1] if len(self.key) > 1 else None


def lock_symbols(connection: psycopg.Connection, symbols: Sequence[str]) -> None:
    """Keep other batches off these symbols until the transaction ends; the fixed order prevents a deadlock."""
    # A row that is there is locked although nothing of it changes. No reading role can lock a row.
    connection.execute(
        """
        insert into ops.symbol_locks (symbol)
        select distinct symbol from unnest(%s::text[]) as symbol order by symbol
        on conflict (symbol) do update set symbol = excluded.symbol where false
        """,
        (list(symbols),),
    )


def find_new_symbols(
    connection: psycopg.Connection, target: Target, symbols: Sequence[str], *, schema: str
) -> set[str]:
    """Those of the symbols that the table has no row of."""
    query = sql.SQL(
        "select symbol from unnest(%s::text[]) as asked (symbol) where not exists (select from {} as stored"
        " where stored.symbol = asked.symbol)"
    ).format(sql.Identifier(schema, target.name))
    return {symbol for (symbol,) in connection.execute(query, (list(symbols),))}


def copy_frames(
    connection: psycopg.Connection,
    target: Target,
    frames: Iterable[tuple[str, pl.DataFrame]],
    *,
    into: sql.Identifier,
    batch: str,
) -> None:
    """Copy frames, each with the bronze key it came from, into a table that has none of their rows."""
    columns = (*target.content, *ORIGIN)
    copy_in = sql.SQL("copy {} ({}) from stdin (format csv)").format(into, names(columns))
    with connection.cursor().copy(copy_in) as copy:
        for bronze_key, rows in frames:
            origin = {"bronze_key": pl.lit(bronze_key), "execution_batch_id": pl.lit(batch)}
            written = write_decimals(rows).with_columns(**origin).select(columns)
            copy.write(written.write_csv(include_header=False))


def create_incoming(connection: psycopg.Connection, target: Target, *, rows_of: str | None = None) -> None:
    """Create the temporary table `incoming`, empty or with the rows of the same table in another schema."""
    connection.execute("drop table if exists incoming")
    connection.execute(
        sql.SQL("create temporary table incoming on commit drop as select {} from {} {}").format(
            names((*target.content, *ORIGIN)),
            sql.Identifier(rows_of or SILVER, target.name),
            sql.SQL("" if rows_of else "with no data"),
        )
    )


def merge_incoming(
    connection: psycopg.Connection,
    target: Target,
    *,
    schema: str,
    protected_dates: Sequence[tuple[str, date | None]] = (),
    whole: Sequence[str] = (),
    is_whole_history: bool = False,
) -> defaultdict[str, Counter[str]]:
    """Make the table equal to `incoming` between each symbol's first and last date; equal rows are not touched.

    Rows are equal by what they consist of; where `incoming` was built from the whole history, also by the object that
    they came from, for the history may have changed.
    Shape:  protected_dates names symbols and days (None: any) whose rows stay although `incoming` lacks them; whole
            names symbols of which the table is made equal on every date, also where `incoming` has none of their rows
            -> by symbol, the rows inserted, updated and deleted.
    """
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    compared = (*target.columns, "bronze_key") if is_whole_history else target.columns
    done = connection.execute(_insert_or_update(target, schema, compared)).fetchall()
    if target.date:
        symbols, days = [symbol for symbol, _ in protected_dates], [day for _, day in protected_dates]
        protected = {"symbols": symbols, "days": days, "whole": list(whole)}
        done += connection.execute(_delete_missing(target.name, target.date, schema), protected).fetchall()
    for symbol, action, rows in done:
        counts[symbol][action] += rows
    return counts


def _delete_missing(table: str, date_column: str, schema: str) -> sql.Composed:
    # Within the span of a payload, which is endless of a whole one, a row that it lacks is gone at the source too.
    return sql.SQL(
        """
        with spans as (
            select symbol, min({date}) as first, max({date}) as last from incoming
            where symbol <> all(%(whole)s::text[]) group by symbol
            union all
            select symbol, '-infinity', 'infinity' from unnest(%(whole)s::text[]) as symbol
        ),
        gone as (
            delete from {table} as stored using spans
            where stored.symbol = spans.symbol and stored.{date} between spans.first and spans.last and not exists (
                select from incoming where incoming.symbol = stored.symbol and incoming.{date} = stored.{date}
            ) and not exists (
                select from unnest(%(symbols)s::text[], %(days)s::date[]) as kept (symbol, day)
                where kept.symbol = stored.symbol and coalesce(kept.day, stored.{date}) = stored.{date}
            )
            returning stored.symbol
        )
        select symbol, 'deleted', count(*) from gone group by symbol
        """
    ).format(date=sql.Identifier(date_column), table=sql.Identifier(schema, table))


def _insert_or_update(target: Target, schema: str, compared: Sequence[str]) -> sql.Composed:
    assigned = (*target.columns, *ORIGIN)
    return sql.SQL(
        """
        with written as (
            insert into {table} as stored ({content})
            select {content} from incoming
            on conflict ({key}) do update
            set {assignments}, loaded_at = now()
            where ({stored}) is distinct from ({excluded})
            returning stored.symbol, case when xmax = 0 then 'inserted' else 'updated' end as action
        )
        select symbol, action, count(*) from written group by symbol, action
        """
    ).format(
        table=sql.Identifier(schema, target.name),
        content=names((*target.content, *ORIGIN)),
        key=names(target.key),
        assignments=sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in assigned),
        stored=sql.SQL(", ").join(sql.Identifier("stored", name) for name in compared),
        excluded=sql.SQL(", ").join(sql.Identifier("excluded", name) for name in compared),
    )


def names(columns: Iterable[str]) -> sql.Composed:
    """Columns as SQL writes them in a list."""
    return sql.SQL(", ").join(map(sql.Identifier, columns))
