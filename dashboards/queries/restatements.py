"""What the pages *Stock* and *Pipeline* ask of histories that a newer payload rewrote."""

import polars as pl

from dashboards.reader import checked, read_ledger

MOST_RESTATEMENTS = 500


def restatements(symbol: str | None = None) -> pl.DataFrame:
    """The newest histories that a payload rewrote, of one stock or of all.

    Shape:  one row per payload that did, the newest first.
    Units:  adjusted close of the newest rewritten week in the listing's currency, before and after.
    """
    statement = """
        select
            symbol,
            known_at,
            cause,
            rows_changed,
            first_week,
            last_week,
            old_adjusted_close::double precision as old_adjusted_close,
            new_adjusted_close::double precision as new_adjusted_close,
            bronze_key,
            loaded_at,
            execution_batch_id
        from silver.restatements
        where {symbol}::text is null or symbol = {symbol}
        order by known_at desc, symbol asc
        limit {most}
    """
    only = checked([symbol])[0] if symbol else None
    return read_ledger(statement, symbol=only, most=MOST_RESTATEMENTS)
