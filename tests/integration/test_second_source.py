"""The steps of the weekly DAG with another source than Alpha Vantage: CSV files in a folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from include import steps
from include.alpha_vantage import quota
from include.alpha_vantage.client import ALPHA_VANTAGE
from include.bronze.store import open_store
from include.errors import InvalidCall, TickersFailed
from include.silver import datasets
from include.silver.datasets import dataset_names, find_dataset
from include.warehouse.connection import connect
from tests.market_server import MarketServer

FILES = "weekly_prices_from_files"
HEADER = "Date,Open,High,Low,Close,Adj Close,Volume,Dividends"


@pytest.fixture
def folder(shared_market: MarketServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of files; the source's own package is all that is added to the project."""
    monkeypatch.setattr(datasets, "__path__", [*datasets.__path__, str(Path(__file__).parent / "files_source")])
    find_dataset.cache_clear()
    monkeypatch.setattr(find_dataset(FILES).source, "path", tmp_path)
    yield tmp_path
    find_dataset.cache_clear()


def write(folder: Path, symbol: str, *weeks: str) -> None:
    (folder / f"{symbol}.csv").write_text("\n".join([HEADER, *weeks]) + "\n")


def run(number: int, *symbols: str) -> dict[str, int]:
    batch = f"weekly_prices_from_files:run-{number}"
    for group in steps.plan(FILES, batch, symbols=symbols):
        steps.fetch(FILES, group, batch)
        steps.normalize(FILES, group, batch)
    steps.validate(FILES, batch)
    return steps.report(FILES, batch)


def ask(query: str) -> list[tuple[object, ...]]:
    with connect() as connection:
        return connection.execute(query.encode()).fetchall()


def test_a_series_of_files_goes_the_way_of_every_other(folder: Path) -> None:
    write(folder, "FOX", "2013-02-15,10,12,9,11,5.5,100,0", "2013-02-22,5.5,6,5,5.6,5.6,300,0")

    counts = run(1, "FOX")

    assert (counts["tickers_fetched"], counts["rows_inserted"]) == (1, 2)
    rows = (
        "select week_ending::text, close::float, adjusted_close::float, split_factor from silver.weekly_adjusted_prices"
    )
    assert ask(f"{rows} order by 1") == [("2013-02-15", 11.0, 5.5, 1.0), ("2013-02-22", 5.6, 5.6, 2.0)]
    [key] = open_store("files").list_keys("WEEKLY_FILE")
    assert str(key).startswith("bronze/files/function=WEEKLY_FILE/symbol=FOX/fetched_at=")


def test_what_is_held_costs_no_second_look_and_a_replay_finds_nothing_to_change(folder: Path) -> None:
    write(folder, "FOX", "2013-02-22,10,12,9,11,11,100,0", "2013-03-01,11,13,10,12,12,300,0")
    run(1, "FOX")

    assert run(2, "FOX")["tickers_planned"] == 0
    assert steps.replay("replay_bronze:1")["rows_changed"] == 0


def test_a_missing_file_fails_its_own_ticker_alone(folder: Path) -> None:
    write(folder, "FOX", "2013-02-22,11,13,10,12,12,300,0")
    steps.plan(FILES, "weekly_prices_from_files:run-1", symbols=["FOX", "NONE"])

    with pytest.raises(InvalidCall, match=r"no file NONE\.csv"):
        steps.fetch(FILES, ["FOX", "NONE"], "weekly_prices_from_files:run-1")
    steps.normalize(FILES, ["FOX", "NONE"], "weekly_prices_from_files:run-1")
    with pytest.raises(TickersFailed, match="1 of the tickers failed"):
        steps.report(FILES, "weekly_prices_from_files:run-1")

    assert ask("select symbol, status from ops.ticker_runs order by 1") == [("FOX", "loaded"), ("NONE", "failed")]


def test_its_calls_are_no_calls_of_the_other_source(folder: Path) -> None:
    write(folder, "FOX", "2013-02-22,11,13,10,12,12,300,0")
    with connect() as connection:
        before = quota.credits_left(connection, ALPHA_VANTAGE.budget())
    run(1, "FOX")

    assert ask("select source, count(*) from ops.api_calls group by source") == [("files", 1)]
    with connect() as connection:
        assert quota.credits_left(connection, ALPHA_VANTAGE.budget()) == before


def test_the_dag_factory_finds_it_by_its_name(folder: Path) -> None:
    assert FILES in dataset_names()
