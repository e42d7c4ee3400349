"""What the warehouse holds, read as `reader`."""

from dataclasses import dataclass
from typing import Any

import psycopg
from rich.console import Console
from rich.table import Table

from include.bronze.store import open_store
from include.commands.output.quarantined import Quarantined, print_quarantined, read_quarantined
from include.errors import StackError
from include.observability.tables import table_exists
from include.settings import Settings, get_settings
from include.silver.datasets import all_datasets
from include.terminal import as_text
from include.warehouse.connection import connect

COUNTED = {
    "silver": (
        "silver.weekly_adjusted_prices",
        "silver.daily_prices",
        "silver.company_overview",
        "silver.rejected_rows",
    ),
    "gold": ("gold.dim_stock", "gold.dim_date", "gold.fact_adjusted_prices"),
}
FACT = "gold.fact_adjusted_prices"
TICKERS_AND_WEEKS = f"select count(distinct symbol), count(*), min(week_ending), max(week_ending) from {FACT}"
NEWEST_RUNS = """
    select distinct on (pipeline) pipeline, seconds
    from ops.pipeline_runs
    where status = 'success' and seconds is not null
    order by pipeline, finished_at desc
"""
NEWEST_FAILURES = """
    select pipeline, coalesce(error, 'no reason recorded')
    from (
        select distinct on (pipeline) pipeline, status, error
        from ops.pipeline_runs
        order by pipeline, started_at desc
    ) as newest
    where status = 'failed'
"""


@dataclass(frozen=True)
class Summary:
    """The warehouse in numbers.

    Units:  `weeks` counts a week of each ticker; `seconds` by pipeline, of its newest successful run.
    """

    rows: dict[str, dict[str, int]]
    tickers: int
    weeks: int
    first_week: str
    last_week: str
    seconds: dict[str, float]
    failures: dict[str, str]
    quarantined: list[Quarantined]
    is_sample: bool

    @property
    def is_published(self) -> bool:
        """Whether gold was ever built."""
        return self.weeks > 0


def summary(console: Console) -> int:
    """Print what there is, as `make up` and `make run` end with."""
    print_summary(console, read_summary(get_settings()))
    return 0


def read_summary(settings: Settings) -> Summary:
    """Count what is there now; a table that is not built yet counts nothing.

    Raises: StackError when the warehouse does not answer.
    """
    try:
        connection = connect(settings.warehouse.reader_url)
    except psycopg.OperationalError as error:
        reason = str(error).splitlines()[0]
        raise StackError(f"The warehouse does not answer ({reason}); is it up? `make status`") from None
    with connection:
        rows = {"bronze": _count_objects(settings)}
        rows |= {layer: _count(connection, tables) for layer, tables in COUNTED.items()}
        tickers, weeks, first, last = (
            _one(connection, TICKERS_AND_WEEKS) if FACT in rows["gold"] else (0, 0, None, None)
        )
        seconds = {name: float(value) for name, value in connection.execute(NEWEST_RUNS).fetchall()}
        failures = {name: str(error) for name, error in connection.execute(NEWEST_FAILURES).fetchall()}
        quarantined = read_quarantined(connection)
        market = _one(connection, "select coalesce(bool_and(is_sample), false), count(*) from ops.market")
    is_sample = bool(market[0]) if market[1] else settings.source.is_sample
    return Summary(rows, tickers, weeks, str(first), str(last), seconds, failures, quarantined, is_sample)


def print_summary(console: Console, found: Summary) -> None:
    """Print what was built: tickers, weeks, rows per layer, seconds."""
    if not found.is_published:
        console.print("Nothing is published yet: `make run` fills the warehouse")
        print_quarantined(console, found.quarantined)
        return
    market = "sample market, 2000 to 2013" if found.is_sample else "live market"
    span = f"{found.first_week} to {found.last_week}"
    console.print(f"\n[bold]{found.tickers} tickers, {found.weeks:,} weeks of prices[/] ({span}; {market})")
    table = Table(box=None, pad_edge=False)
    table.add_column("Layer")
    table.add_column("What")
    table.add_column("Rows", justify="right")
    for layer, tables in found.rows.items():
        for name, count in tables.items():
            table.add_row(layer, as_text(name), f"{count:,}")
    table.add_row("[bold]sum[/]", "", f"[bold]{sum(sum(tables.values()) for tables in found.rows.values()):,}[/]")
    console.print(table)
    for pipeline, seconds in found.seconds.items():
        console.print(f"[dim]{as_text(pipeline)}: {seconds:.1f} s, its newest successful run[/]")
    print_quarantined(console, found.quarantined)
    for pipeline, error in found.failures.items():
        console.print(f"[red]The newest run of {as_text(pipeline)} failed:[/] {as_text(error)}")


def _count_objects(settings: Settings) -> dict[str, int]:
    keys = (open_store(dataset.source.name).list_keys(dataset.function.name) for dataset in all_datasets())
    return {f"objects in {settings.bronze.bucket}": sum(1 for series in keys for _ in series)}


def _count(connection: psycopg.Connection, tables: tuple[str, ...]) -> dict[str, int]:
    return {
        table: int(_one(connection, f"select count(*) from {table}")[0])
        for table in tables
        if table_exists(connection, table)
    }


def _one(connection: psycopg.Connection, query: str) -> tuple[Any, ...]:
    (row,) = connection.execute(query.encode()).fetchall()  # an aggregate always answers, with one row
    return tuple(row)
