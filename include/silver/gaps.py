"""The sessions that a daily series lacks between its first and its newest day, by the calendar of its exchange."""

import polars as pl

from include.exchanges import Exchange, exchange_of, sessions_between

GAPS = {"symbol": pl.String, "first_session": pl.Date, "last_session": pl.Date, "sessions": pl.Int64}


def find_gaps(days: pl.DataFrame) -> pl.DataFrame:
    """Find the runs of sessions that lie between two days of a series, and are not there.

    Shape:  (n, any): symbol, trade_date, in any order -> (k, 4) as GAPS, one per run, sorted by symbol and day.
    Units:  `sessions` counts those that the exchange had scheduled; where nobody keeps a calendar, weekdays. A day
            that the calendar does not know, as a special session on a Saturday, is held and is no gap.
    """
    return find_gaps_between(_keep_pairs_apart(days))


def find_gaps_between(pairs: pl.DataFrame) -> pl.DataFrame:
    """Find the sessions that lie between neighbouring days of series.

    Shape:  (n, any): symbol, previous, trade_date -> (k, 4) as GAPS, sorted by symbol and day.
    """
    symbols = pairs["symbol"].unique().to_list()
    exchanges = pl.DataFrame(
        {"symbol": symbols, "exchange": _number_exchanges(symbols)}, schema={"symbol": pl.String, "exchange": pl.Int64}
    )
    by_exchange = pairs.join(exchanges, on="symbol").partition_by("exchange")
    found = [_count_sessions(part, exchange_of(part["symbol"][0])) for part in by_exchange]
    return pl.concat([pl.DataFrame(schema=GAPS), *found]).sort("symbol", "first_session")


def _number_exchanges(symbols: list[str]) -> list[int]:
    numbers: dict[Exchange, int] = {}
    return [numbers.setdefault(exchange_of(symbol), len(numbers)) for symbol in symbols]


def _keep_pairs_apart(days: pl.DataFrame) -> pl.DataFrame:
    """Neighbouring days of a series, with at least a day between them."""
    is_same_series = pl.col("symbol") == pl.col("symbol").shift()
    return (
        days.select("symbol", "trade_date")
        .sort("symbol", "trade_date")
        .with_columns(pl.when(is_same_series).then(pl.col("trade_date").shift()).alias("previous"))
        .filter(pl.col("trade_date") - pl.col("previous") > pl.duration(days=1))
    )


def _count_sessions(pairs: pl.DataFrame, exchange: Exchange) -> pl.DataFrame:
    scheduled = sessions_between(exchange, *pairs.select(pl.min("previous"), pl.max("trade_date")).row(0))
    sessions = pl.Series(scheduled, dtype=pl.Date)
    # How many there are up to the earlier day, and before the later one: the sessions of the gap stand between.
    until = sessions.search_sorted(pairs["previous"], side="right").cast(pl.Int64)
    before = sessions.search_sorted(pairs["trade_date"], side="left").cast(pl.Int64)
    gaps = pairs.select("symbol", until=until, before=before).filter(pl.col("before") > pl.col("until"))
    return gaps.select(
        "symbol",
        first_session=sessions.gather(gaps["until"]),
        last_session=sessions.gather(gaps["before"] - 1),
        sessions=pl.col("before") - pl.col("until"),
    )
