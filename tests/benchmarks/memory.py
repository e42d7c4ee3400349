"""`make audit-mem`: the memory that Polars and pandas take for the same rows of silver, side by side."""

import subprocess
import sys

import psycopg
from rich.console import Console
from rich.table import Table

from include.settings import PROJECT_ROOT
from tests.benchmarks.measure import Result, bench_warehouse

ROWS = 1_000_000
COLUMNS = "symbol, week_ending, open, high, low, close, adjusted_close, volume, dividend_amount, execution_batch_id"
QUERY = f"select {COLUMNS} from silver.weekly_adjusted_prices"
# Each reader runs in a process of its own: what it took at its peak, less what its imports took.
READERS = {
    "Polars": "import connectorx, polars as pl, pyarrow",
    "pandas": "import pandas as pd; from sqlalchemy import create_engine; import psycopg2",
}
READS = {
    "Polars": "rows = pl.read_database_uri(query, url)",
    "pandas": "rows = pd.read_sql(query, create_engine(url.replace('postgresql:', 'postgresql+psycopg2:')))",
}
AUDIT = """
import sys
sys.path.insert(0, "{root}")
from tests.benchmarks.measure import peak_kibibytes as peak
{imports}
url, query = sys.argv[1:]
before = peak()
{read}
print(peak() - before, len(rows))
"""


def audit(url: str) -> Result:
    """Read every row of silver both ways.

    Units:  MiB at the peak of the read, above what the imports took.
    """
    polars, pandas = (_peak_megabytes(name, url) for name in ("Polars", "pandas"))
    return Result("read silver to a frame", polars, pandas, "pandas.read_sql", pandas / polars, unit="MiB")


def fill_silver(url: str, *, rows: int) -> None:
    """Generate weekly rows inside Postgres; their prices mean nothing."""
    with psycopg.connect(url) as connection:
        connection.execute(
            """
            insert into silver.weekly_adjusted_prices (
                symbol, week_ending, price_date, open, high, low, close, adjusted_close, volume, dividend_amount,
                is_complete_week, bronze_key, execution_batch_id
            )
            select
                'INVENTED-' || n / 1000, date '1994-01-07' + 7 * (n %% 1000), date '1994-01-07' + 7 * (n %% 1000),
                100.25, 101.5, 99.75, 100.5, 95.1234, 1000000 + n, 0, true, 'bronze/none', 'bench'
            from generate_series(0, %s - 1) as n
            """,
            (rows,),
        )


def _peak_megabytes(reader: str, url: str) -> float:
    program = AUDIT.format(root=PROJECT_ROOT, imports=READERS[reader], read=READS[reader])
    command = [sys.executable, "-c", program, url, QUERY]
    done = subprocess.run(command, cwd=PROJECT_ROOT, check=True, capture_output=True, text=True)
    kibibytes, rows = map(int, done.stdout.split())
    assert rows > 0, "silver is empty: nothing was measured"
    return kibibytes / 1024


def main() -> None:
    """Measure and print."""
    with bench_warehouse() as url:
        fill_silver(url, rows=ROWS)
        result = audit(url)
    table = Table("reader", "peak memory", title=f"{ROWS:,} rows of silver")
    table.add_row("Polars and ConnectorX", f"{result.ours:,.0f} MiB")
    table.add_row(result.other_is, f"{result.other:,.0f} MiB")
    console = Console()
    console.print(table)
    console.print(f"pandas takes {result.ratio:.1f} times the memory of Polars.")


if __name__ == "__main__":
    main()
