"""`make bench`: every benchmark, one table, and `bench-results.json`."""

import json
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from include.settings import PROJECT_ROOT
from tests.benchmarks import daily, dashboard, gold, silver
from tests.benchmarks.measure import Result, bench_warehouse

RESULTS = PROJECT_ROOT / "bench-results.json"


def main() -> None:
    """Measure, print, write."""
    with bench_warehouse() as url:
        results = [*silver.run(url), *dashboard.run(url)]
    with bench_warehouse() as url:
        results += gold.run(url)
    with bench_warehouse() as url:
        results += daily.run(url)
    RESULTS.write_text(json.dumps([asdict(result) for result in results], indent=2) + "\n")
    Console().print(_table(results))


def _table(results: list[Result]) -> Table:
    table = Table("what", "ours", "other", "the other is", "ratio", title="Side by side, in one run")
    for result in results:
        ours, other = (f"{_shown(value)} {result.unit}" for value in (result.ours, result.other))
        table.add_row(result.name, ours, other, result.other_is, f"{result.ratio:.2f} x")
    return table


def _shown(value: float) -> str:
    # From queries of a tenth of a millisecond to builds of minutes.
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


if __name__ == "__main__":
    main()
