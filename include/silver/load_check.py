"""Does silver hold what a batch loaded?"""

import psycopg
from psycopg import sql

from include.errors import LoadMismatch
from include.silver.dataset import Dataset
from include.silver.tables import SILVER


def check_loaded(connection: psycopg.Connection, dataset: Dataset, batch: str) -> None:
    """See that silver holds the rows that the batch kept, of each symbol that it loaded.

    It may hold more, of earlier payloads; exactly those where the table flags the earlier ones as retained.
    Raises: LoadMismatch that names the symbols.
    """
    is_exact = "is_retained" in dataset.table.columns
    # Symbol by symbol, so that a batch reads its own rows of the table and not all of them.
    query = sql.SQL(
        """
        with loaded as (
            select distinct on (symbol) symbol, rows_kept from silver.loaded_payloads
            where function = %s and execution_batch_id = %s and rows_kept > 0 order by symbol, bronze_key desc
        )
        select symbol, rows_kept, rows from loaded
        cross join lateral (
            select count(*) as rows from {table} as stored where stored.symbol = loaded.symbol and {counted}
        ) as held
        where {is_wrong} order by symbol
        """
    ).format(
        table=sql.Identifier(SILVER, dataset.table.name),
        counted=sql.SQL("not is_retained" if is_exact else "true"),
        is_wrong=sql.SQL("rows <> rows_kept" if is_exact else "rows < rows_kept"),
    )
    rows = connection.execute(query, (dataset.function.name, batch)).fetchall()
    if rows:
        differences = "; ".join(f"{symbol}: {kept} kept, {stored} held" for symbol, kept, stored in rows)
        raise LoadMismatch(f"silver does not hold what was loaded. {differences}")
