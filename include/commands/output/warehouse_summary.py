"""What the warehouse holds, read as `reader`."""

from collections.abc import Collection
from typing import Any

import psycopg
from rich.console import Console
from rich.table import Table

from include.bronze.store import open_store
from include.commands.output.empty_tables import print_empty
from include.commands.output.quarantined import print_quarantined
from include.errors import LakeError, StackError
from include.observability.failures import read_newest_failures
from include.observability.tables import table_exists
from include.settings import Settings
from include.silver.datasets import all_datasets
from include.terminal import as_text
from include.warehouse.connection import connect

STOCKS, WEEKS, DAYS = "gold.dim_stock", "gold.fact_adjusted_prices", "gold.fact_daily_prices"
IN_GOLD = (STOCKS, "gold.dim_date", WEEKS, DAYS, "gold.fact_technical_indicators")
PRICES = f"""
    select tickers, weeks, days, least(first_week, first_day), greatest(last_week, last_day)
    from (select count(*) as tickers from {STOCKS}) as stocks
    cross join (
        select count(*) as weeks, min(week_ending) as first_week, max(week_ending) as last_week from {WEEKS}
    ) as of_weeks
    cross join (
        select count(*) as days, min(trade_date) as first_day, max(trade_date) as last_day from {DAYS}
    ) as of_days
"""
NEWEST_RUNS = """
    select distinct on (pipeline) pipeline, seconds
    from ops.pipeline_runs
    where status = 'success' and seconds is not null
    order by pipeline, finished_at desc
"""


def print_summary(console: Console, settings: Settings, *, followed: Collection[str] = ()) -> None:
    """Print what was built: tickers, weeks, days, rows per layer, seconds, and what is wrong.

    Of the pipelines that were `followed` it was printed already why they failed.

    Raises: StackError when the warehouse does not answer.
    """
    with _connect(settings) as connection:
        if not is_published(connection):
            console.print("Nothing is published yet: `make run` fills the warehouse")
            print_quarantined(console, connection)
            return
        _print_prices(console, connection, settings)
        _print_rows(console, {"bronze": _count_objects(console, settings)} | _count_rows(connection))
        print_empty(console, connection, settings)
        _print_seconds(console, connection)
        print_quarantined(console, connection)
        for pipeline, error in read_newest_failures(connection):
            if pipeline not in followed:
                console.print(f"[red]The newest run of {as_text(pipeline)} failed:[/] {as_text(error)}")


def is_published(connection: psycopg.Connection) -> bool:
    """Whether gold holds any stock."""
    return table_exists(connection, DAYS) and bool(_one(connection, f"select exists (select from {STOCKS})")[0])


def _connect(settings: Settings) -> psycopg.Connection:
    try:
        return connect(settings.warehouse.reader_url)
    except psycopg.OperationalError as error:
        reason = str(error).splitlines()[0]
        raise StackError(f"The warehouse does not answer ({reason}); is it up? `make status`") from None


def _print_prices(console: Console, connection: psycopg.Connection, settings: Settings) -> None:
    tickers, weeks, days, first, last = _one(connection, PRICES)
    bars = " and ".join(f"{count:,} {name}" for count, name in ((weeks, "weeks"), (days, "days")) if count)
    is_sample, markets = _one(connection, "select coalesce(bool_and(is_sample), false), count(*) from ops.market")
    words = "sample market, 2000 to 2013" if (is_sample if markets else settings.source.is_sample) else "live market"
    console.print(f"\n[bold]{tickers} tickers, {bars} of prices[/] ({first} to {last}; {words})")


def _print_rows(console: Console, rows: dict[str, dict[str, int]]) -> None:
    table = Table(box=None, pad_edge=False)
    table.add_column("Layer")
    table.add_column("What")
    table.add_column("Rows", justify="right")
    for layer, tables in rows.items():
        for name, count in tables.items():
            table.add_row(layer, as_text(name), f"{count:,}")
    table.add_row("[bold]sum[/]", "", f"[bold]{sum(sum(tables.values()) for tables in rows.values()):,}[/]")
    console.print(table)


def _print_seconds(console: Console, connection: psycopg.Connection) -> None:
    runs = connection.execute(NEWEST_RUNS).fetchall()
    if runs:
        words = ", ".join(f"{as_text(pipeline)} {float(seconds):.1f} s" for pipeline, seconds in runs)
        console.print(f"[dim]newest successful runs: {words}[/]")


def _count_objects(console: Console, settings: Settings) -> dict[str, int]:
    keys = (open_store(dataset.source.name).list_keys(dataset.function.name) for dataset in all_datasets())
    try:
        return {f"objects in {settings.bronze.bucket}": sum(1 for series in keys for _ in series)}
    except LakeError as error:  # what the warehouse holds is shown all the same
        console.print(f"[red]Bronze cannot be counted:[/] {as_text(error)}")
        return {}


def _count_rows(connection: psycopg.Connection) -> dict[str, dict[str, int]]:
    counted = {
        "silver": [*(f"silver.{dataset.table.name}" for dataset in all_datasets()), "silver.rejected_rows"],
        "gold": IN_GOLD,
    }
    return {
        layer: {table: int(_one(connection, f"select count(*) from {table}")[0]) for table in tables}
        for layer, tables in counted.items()
    }


def _one(connection: psycopg.Connection, query: str) -> tuple[Any, ...]:
    (row,) = connection.execute(query.encode()).fetchall()  # an aggregate always answers, with one row
    return tuple(row)
