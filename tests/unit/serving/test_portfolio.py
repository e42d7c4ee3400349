"""A portfolio: by hand, without an action's jump, and the same as a plain loop over its weeks."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.errors import PortfolioRefused
from include.serving.portfolio import (
    Portfolio,
    Rebalancing,
    check_one_currency,
    compute_portfolio,
    parse_holdings,
    scale_weights,
    write_holdings,
)
from tests.properties import examples

FRIDAY = date(2010, 1, 1)
EVEN = {"AAPL": 50.0, "MSFT": 50.0}
Index = Sequence[float | None]


def weeks(**indexes: Index) -> pl.DataFrame:
    """Total return indexes from one Friday on; None is a week without a price."""
    rows = [
        (symbol, FRIDAY + timedelta(weeks=place), FRIDAY + timedelta(weeks=place), float(value))
        for symbol, index in sorted(indexes.items())
        for place, value in enumerate(index)
        if value is not None
    ]
    names = ["symbol", "week_ending", "price_date", "total_return_index"]
    types = [pl.String, pl.Date, pl.Date, pl.Float64]
    return pl.DataFrame(rows, schema=dict(zip(names, types, strict=True)), orient="row")


def levels(portfolio: Portfolio) -> list[float]:
    return portfolio.weeks["total_return_index"].to_list()


def of_holdings(portfolio: Portfolio, column: str) -> dict[str, float]:
    return dict(portfolio.holdings.select("symbol", column).iter_rows())


def test_weights_that_are_never_restored_drift_with_the_prices() -> None:
    found = compute_portfolio(weeks(AAPL=[100, 200, 100], MSFT=[10, 10, 20]), EVEN, Rebalancing.NEVER)

    assert levels(found) == pytest.approx([100, 150, 150])  # 50 + 50, 100 + 50, 50 + 100
    assert found.weeks["weekly_return_pct"].to_list() == [None, pytest.approx(50), pytest.approx(0)]
    assert of_holdings(found, "contribution_pct") == {"AAPL": pytest.approx(0), "MSFT": pytest.approx(50)}
    assert of_holdings(found, "weight_at_end_pct") == pytest.approx({"AAPL": 100 / 3, "MSFT": 200 / 3})


def test_weights_that_are_restored_each_week() -> None:
    found = compute_portfolio(weeks(AAPL=[100, 200, 100], MSFT=[10, 10, 20]), EVEN, Rebalancing.WEEKLY)

    assert levels(found) == pytest.approx([100, 150, 187.5])  # half of +100 %; then half of -50 % and of +100 %
    assert of_holdings(found, "contribution_pct") == {"AAPL": pytest.approx(50 - 37.5), "MSFT": pytest.approx(75)}
    assert of_holdings(found, "total_return_pct") == {"AAPL": 0, "MSFT": pytest.approx(100)}


def test_weights_are_restored_at_the_close_of_a_months_last_week() -> None:
    # 1, 8, 15, 22, 29 January and 5 February.
    index = {"AAPL": [100, 200, 200, 200, 200, 100], "MSFT": [10, 10, 10, 10, 10, 20]}

    found = compute_portfolio(weeks(**index), EVEN, Rebalancing.MONTHLY)

    assert levels(found) == pytest.approx([100, 150, 150, 150, 150, 187.5])  # 75 and 75 again on 29 January


def test_the_youngest_holding_decides_where_it_begins_and_the_first_to_end_where_it_ends() -> None:
    index: dict[str, Index] = {"AAPL": [100, 110, 121, 133.1, 120], "MSFT": [None, 10, 20, 20, None]}

    found = compute_portfolio(weeks(**index), EVEN, Rebalancing.NEVER)

    assert found.weeks["week_ending"].to_list() == [FRIDAY + timedelta(weeks=week) for week in (1, 2, 3)]
    assert levels(found) == pytest.approx([100, 155, 160.5])
    assert found.holdings["first_week"].to_list() == [FRIDAY, FRIDAY + timedelta(weeks=1)]


def test_a_week_without_a_price_holds_the_last_one() -> None:
    index: dict[str, Index] = {"AAPL": [100, 110, 121], "MSFT": [10, None, 20]}

    found = compute_portfolio(weeks(**index), EVEN, Rebalancing.NEVER)

    assert levels(found) == pytest.approx([100, 105, 160.5])
    assert found.weeks["weeks_spanned"].to_list() == [None, 1, 1]


def test_a_week_that_no_holding_has_is_spanned() -> None:
    index: dict[str, Index] = {"AAPL": [100, None, 121], "MSFT": [10, None, 20]}

    assert compute_portfolio(weeks(**index), EVEN, Rebalancing.WEEKLY).weeks["weeks_spanned"].to_list() == [None, 2]


@pytest.mark.parametrize(
    "index",
    [{"AAPL": [1, 2, None, None], "MSFT": [None, None, 1, 2]}, {"AAPL": [1, 2]}, {"AAPL": [1], "MSFT": [1]}],
)
def test_holdings_that_share_no_weeks_are_no_portfolio(index: dict[str, Index]) -> None:
    found = compute_portfolio(weeks(**index), EVEN, Rebalancing.WEEKLY)

    assert found.weeks.is_empty()
    assert found.holdings["symbol"].to_list() == ["AAPL", "MSFT"]
    assert found.holdings["contribution_pct"].to_list() == [None, None]
    assert (
        found.weeks.schema == compute_portfolio(weeks(AAPL=[1, 2], MSFT=[1, 2]), EVEN, Rebalancing.WEEKLY).weeks.schema
    )


@pytest.mark.parametrize(
    ("text", "weights"),
    [
        ("AAPL:40,MSFT:60", {"AAPL": 40, "MSFT": 60}),
        (" brk.b : 1 ,, ^GSPC:2.5,", {"BRK.B": 1, "^GSPC": 2.5}),
        ("AAPL:1,AAPL:2", {"AAPL": 3}),
    ],
)
def test_holdings_are_read_from_text_and_written_to_it(text: str, weights: dict[str, float]) -> None:
    assert parse_holdings(text) == weights
    assert parse_holdings(write_holdings(weights)) == weights


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "it names no holding"),
        ("AAPL", "'AAPL' is no holding; write for example AAPL:40,MSFT:60"),
        ("AAPL:much", "'AAPL:much' is no holding"),
        ("?:1", r"'\?:1' is no holding"),
        (":1", "':1' is no holding"),
        ("AAPL:1,MSFT:0", "MSFT has the weight 0; a weight is above 0"),
        ("AAPL:-1", "AAPL has the weight -1"),
        ("AAPL:nan", "AAPL has the weight nan"),
        ("AAPL:1e999", "AAPL has the weight 1e999"),
    ],
)
def test_what_is_no_holding_is_quoted(text: str, words: str) -> None:
    with pytest.raises(PortfolioRefused, match=words):
        parse_holdings(text)


def test_weights_are_scaled_to_a_hundred() -> None:
    assert scale_weights({"AAPL": 1, "MSFT": 3}) == {"AAPL": 25, "MSFT": 75}


def test_two_currencies_are_refused_and_an_unknown_one_is_not() -> None:
    check_one_currency({"AAPL": "USD", "MSFT": "USD", "ZZZ": None})
    with pytest.raises(
        PortfolioRefused, match=r"2 currencies, and none is converted: AAPL, MSFT in USD and T\.TO in CAD"
    ):
        check_one_currency({"AAPL": "USD", "T.TO": "CAD", "MSFT": "USD"})


def looped(
    indexes: Mapping[str, Index], weights: Mapping[str, float], rebalancing: Rebalancing
) -> tuple[list[float], dict[str, float]]:
    """The same by money: so many shares of each index, bought anew when the weights are restored."""
    days = [FRIDAY + timedelta(weeks=place) for place in range(len(next(iter(indexes.values()))))]
    last = {symbol: float(index[0] or 0) for symbol, index in indexes.items()}
    shares = {symbol: weights[symbol] / last[symbol] for symbol in weights}
    gained, values = dict.fromkeys(weights, 0.0), [100.0]
    for place in range(1, len(days)):
        for symbol in weights:
            now = indexes[symbol][place]
            price = last[symbol] if now is None else float(now)
            gained[symbol] += shares[symbol] * (price - last[symbol])
            last[symbol] = price
        values.append(sum(shares[symbol] * last[symbol] for symbol in weights))
        is_month_end = place + 1 < len(days) and days[place].month != days[place + 1].month
        if rebalancing is Rebalancing.WEEKLY or (rebalancing is Rebalancing.MONTHLY and is_month_end):
            shares = {symbol: values[-1] * weights[symbol] / 100 / last[symbol] for symbol in weights}
    return values, gained


prices = st.floats(0.01, 10_000).map(lambda value: round(value, 4))


@st.composite
def indexes(draw: st.DrawFn) -> dict[str, Index]:
    count = draw(st.integers(2, 30))
    # A price in the first and the last week; between them it may be missing, but not of all.
    one: list[float | None] = [draw(prices) for _ in range(count)]
    others = [
        [draw(prices), *(draw(prices | st.none()) for _ in range(count - 2)), draw(prices)]
        for _ in range(draw(st.integers(0, 3)))
    ]
    return {f"S{place}": index for place, index in enumerate([one, *others])}


@examples(60)
@given(indexes(), st.lists(st.integers(1, 1000), min_size=4, max_size=4), st.sampled_from(Rebalancing))
def test_it_is_what_buying_shares_comes_to(found: dict[str, Index], parts: list[int], how: Rebalancing) -> None:
    weights = scale_weights(dict(zip(found, map(float, parts), strict=False)))

    portfolio = compute_portfolio(weeks(**found), weights, how)

    values, gained = looped(found, weights, how)
    assert levels(portfolio) == pytest.approx(values, rel=1e-9)
    assert of_holdings(portfolio, "contribution_pct") == pytest.approx(gained, rel=1e-9, abs=1e-9 * max(values))
    total = portfolio.holdings["contribution_pct"].sum()
    assert total == pytest.approx(values[-1] - 100, rel=1e-9, abs=1e-9 * max(values))
