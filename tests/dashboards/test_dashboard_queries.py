"""What the pages ask, on the gold that dbt built from the sample market."""

from collections.abc import Callable
from datetime import date

import numpy as np
import polars as pl
import pytest

from dashboards.queries import compare, market, publication, stock
from dashboards.queries.benchmark import ALL_STOCKS, Benchmark
from dashboards.queries.publication import Publication
from tests.benchmarks import dashboard, gold
from tests.dashboards.gold_warehouse import GOLD_BATCH, Warehouse
from tests.period_oracle import EMPYRICAL

FIRST_WEEK_OF_FB = date(2012, 5, 18)


@pytest.fixture
def published(read_from: Callable[[Warehouse], None], warehouse: Warehouse) -> Publication:
    read_from(warehouse)
    newest = publication.newest_publication()
    assert newest
    return newest


def test_the_publication_names_its_batch_and_its_market(published: Publication) -> None:
    assert published.execution_batch_id == GOLD_BATCH
    assert published.is_sample
    assert published.market_at.date() == date(2013, 3, 2)


@pytest.mark.parametrize("read", dashboard.PAGES.values(), ids=dashboard.PAGES)
def test_the_benchmark_reads_a_page(published: Publication, read: dashboard.Page) -> None:
    read(published, ["AAPL", "IBM"])


@pytest.mark.parametrize("read", [read for _, read in gold.PAGES.values()], ids=gold.PAGES)
def test_the_benchmark_reads_a_query_of_a_page(published: Publication, read: Callable[[Publication], object]) -> None:
    read(published)


def test_an_empty_warehouse_has_no_publication(
    read_from: Callable[[Warehouse], None], empty_warehouse: Warehouse
) -> None:
    read_from(empty_warehouse)

    assert publication.newest_publication() is None


def test_every_stock_of_the_market_can_be_chosen(published: Publication) -> None:
    assert publication.stocks(published)["symbol"].to_list() == ["AAPL", "FB", "GOOG", "IBM", "MSFT"]


def test_the_figures_of_a_period_are_those_of_empyrical(published: Publication) -> None:
    weeks = compare.weekly_prices(published, ["AAPL", "FB", "GOOG", "IBM", "MSFT"], since=date(2005, 1, 1))

    found = compare.period_figures(weeks)

    assert found["symbol"].to_list() == ["AAPL", "FB", "GOOG", "IBM", "MSFT"]
    for row in found.iter_rows(named=True):
        simple = weeks.filter(pl.col("symbol") == row["symbol"])["weekly_return_pct"].to_numpy()[1:] / 100
        assert row["weeks"] == len(simple) > 40
        for name, compute in EMPYRICAL.items():
            assert row[name] == pytest.approx(compute(simple), rel=1e-9), (row["symbol"], name)


def test_rebased_prices_begin_at_100_where_each_stock_begins(published: Publication) -> None:
    prices = compare.weekly_prices(published, ["FB", "IBM"], since=None)

    begins = prices.group_by("symbol", maintain_order=True).first()
    assert begins["growth_of_100"].to_list() == [100, 100]
    assert begins["week_ending"].to_list() == [FIRST_WEEK_OF_FB, date(2000, 3, 3)]


@pytest.mark.parametrize("name", ["IBM", ALL_STOCKS])
def test_a_benchmark_is_what_its_stocks_returned(published: Publication, name: str) -> None:
    since, until = date(2012, 5, 18), date(2013, 3, 1)
    benchmark = Benchmark.read(published, name, since=since, until=until)
    symbols = ["IBM"] if name == "IBM" else ["AAPL", "FB", "GOOG", "IBM", "MSFT"]
    weeks = compare.weekly_prices(published, symbols, since=since, until=until)

    series = benchmark.series(base_week=since)

    returns = weeks.pivot("symbol", index="week_ending", values="weekly_return_pct").sort("week_ending")
    mean = returns.select(symbols).to_numpy()[1:].mean(axis=1)
    assert series["weekly_return_pct"].to_numpy()[1:] == pytest.approx(mean, rel=1e-9)
    growth = series["total_return_index"].to_numpy() / series["total_return_index"][0]
    assert growth == pytest.approx(np.cumprod([1, *(1 + mean / 100)]), rel=1e-9)
    msft = compare.weekly_prices(published, ["MSFT"], since=since, until=until)
    beside = benchmark.beside(msft, is_among_them=True)
    assert beside.height == (41 if name == "IBM" else 0)  # MSFT has but four others


def test_a_period_starts_at_its_first_week(published: Publication) -> None:
    prices = compare.weekly_prices(published, ["IBM"], since=date(2013, 2, 1))

    assert prices["week_ending"].to_list() == [date(2013, 2, 1 + 7 * n) for n in range(4)] + [date(2013, 3, 1)]
    assert prices["growth_of_100"][0] == 100


def test_a_return_over_a_period_is_what_the_fact_says(published: Publication) -> None:
    latest = compare.latest_week(published, ["AAPL"])
    prices = compare.weekly_prices(published, ["AAPL"], since=date(2012, 3, 2))

    assert prices["growth_of_100"][-1] - 100 == pytest.approx(latest["return_52w_pct"][0])


@pytest.mark.parametrize("symbol", ["IBM'; drop table gold.publications; --", "ibm", "", "A" * 33])
def test_what_is_no_symbol_reaches_no_statement(published: Publication, symbol: str) -> None:
    with pytest.raises(ValueError, match="no symbol"):
        compare.latest_week(published, [symbol])


def test_numbers_arrive_as_floats_and_days_as_dates(published: Publication) -> None:
    prices = compare.weekly_prices(published, ["IBM"], since=None)

    assert prices.schema["adj_close_price"] == pl.Float64
    assert prices.schema["week_ending"] == pl.Date


def test_a_stock_with_four_others_has_no_beta(published: Publication) -> None:
    row = stock.risk(published, "AAPL").row(0, named=True)

    assert (row["benchmark"], row["common_weeks"], row["beta"]) == ("the other stocks", 0, None)


def test_momentum_ends_four_weeks_ago(published: Publication, warehouse: Warehouse) -> None:
    ((earlier, recent),) = warehouse.execute(
        "select min(adj_close_price) filter (where week_ending = '2012-03-02'),"
        " min(adj_close_price) filter (where week_ending = '2013-02-01')"
        " from gold.fact_adjusted_prices where symbol = 'IBM'"
    )
    expected = 100 * (float(str(recent)) / float(str(earlier)) - 1)

    # The source rounds adjusted closes.
    assert stock.risk(published, "IBM")["momentum_12_1_pct"].item() == pytest.approx(expected, abs=0.005)


def test_the_deepest_fall_has_a_peak_a_trough_and_a_recovery(published: Publication) -> None:
    row = stock.risk(published, "AAPL").row(0, named=True)

    # Apple's closes around its dot-com fall: top on 24 March 2000, bottom in April 2003, back in January 2005.
    assert (row["peak_week"], row["trough_week"]) == (date(2000, 3, 24), date(2003, 4, 18))
    assert row["recovered_week"] == date(2005, 1, 14)
    assert row["drawdown_weeks"] == 160
    assert row["max_drawdown_pct"] == pytest.approx(-81.08, abs=0.01)


def test_every_week_is_in_one_class_of_returns(published: Publication) -> None:
    bins = stock.return_bins(published, "IBM", since=None)

    assert bins["rows"].sum() == 678, "679 weeks, the first without a return"
    assert bins["from_value"].is_unique().all()


def test_breadth_counts_every_stock_once(published: Publication) -> None:
    breadth = market.breadth(published)
    week = breadth.row(-1, named=True)

    assert breadth.height == 52
    assert (week["week_ending"], week["stocks"]) == (date(2013, 3, 1), 5)
    assert (week["advancing"], week["declining"]) == (4, 1)
    assert market.new_extremes(published) == (0, 1)


def test_the_movers_are_sorted_and_never_twice(published: Publication) -> None:
    movers = market.movers(published, most=3)

    assert movers["symbol"].to_list() == ["FB", "IBM", "GOOG", "MSFT", "AAPL"]
