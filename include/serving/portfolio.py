"""A portfolio over a chosen period: what it grew to week by week, and what each of its holdings contributed."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from include.errors import PortfolioRefused
from include.tickers import parse_symbols

WHOLE = 100.0  # percent
INDEX, WEIGHT = pl.col("total_return_index"), pl.col("weight")


class Rebalancing(StrEnum):
    """When holdings are brought back to their weights: at the close of each week, of each month's last, or never."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"
    NEVER = "none"


@dataclass(frozen=True)
class Portfolio:
    """Its weeks, the first of them the base of its returns, and its holdings; both empty where these share no weeks.

    Shape:  weeks (week_ending, price_date, total_return_index, weekly_return_pct, weeks_spanned), sorted by week: the
            columns that `compute_period_figures` reads;
            holdings (symbol, first_week, last_week, weight_pct, weight_at_end_pct, total_return_pct,
            contribution_pct), in the order of the weights given; the weeks are those that it has in the period.
    Units:  percent; total_return_index is 100 in the first week; contributions are of the money at the beginning.
    """

    weeks: pl.DataFrame
    holdings: pl.DataFrame


def parse_holdings(text: str) -> dict[str, float]:
    """Read the weights of `AAPL:40,MSFT:60`; a ticker that is named twice has the sum.

    Raises: PortfolioRefused that quotes what is no holding.
    """
    weights: defaultdict[str, float] = defaultdict(float)
    for part in filter(None, (part.strip() for part in text.split(","))):
        ticker, _, number = part.rpartition(":")
        try:
            (symbol,), weight = parse_symbols(ticker), float(number)
        except ValueError:
            raise PortfolioRefused(f"{part!r} is no holding; write for example AAPL:40,MSFT:60") from None
        if not 0 < weight < float("inf"):
            raise PortfolioRefused(f"{symbol} has the weight {number}; a weight is above 0")
        weights[symbol] += weight
    if not weights:
        raise PortfolioRefused("it names no holding; write for example AAPL:40,MSFT:60")
    return dict(weights)


def write_holdings(weights: Mapping[str, float]) -> str:
    """The text that `parse_holdings` reads as these weights."""
    return ",".join(f"{symbol}:{weight:.10g}" for symbol, weight in weights.items())


def scale_weights(weights: Mapping[str, float]) -> dict[str, float]:
    """The weights as percent that sum to 100."""
    total = sum(weights.values())
    return {symbol: WHOLE * weight / total for symbol, weight in weights.items()}


def check_one_currency(currencies: Mapping[str, str | None]) -> None:
    """Find out whether returns may be summed: no currency is converted, and one that is unknown is no other.

    Raises: PortfolioRefused that names the holdings of each currency.
    """
    by_currency: dict[str, list[str]] = {}
    for symbol, currency in currencies.items():
        if currency:
            by_currency.setdefault(currency, []).append(symbol)
    if len(by_currency) > 1:
        named = " and ".join(f"{', '.join(symbols)} in {currency}" for currency, symbols in by_currency.items())
        raise PortfolioRefused(f"its holdings are in {len(by_currency)} currencies, and none is converted: {named}")


def compute_portfolio(weeks: pl.DataFrame, weights: Mapping[str, float], rebalancing: Rebalancing) -> Portfolio:
    """Compute what 100 became that was put into the holdings by their weights, dividends put back into each of them.

    It begins in the first week that all holdings have, and ends with the last one: the youngest decides, and one whose
    prices end. A holding without a price in a week between is held at the last one. No costs, no taxes.

    Shape:  weeks (symbol, week_ending, price_date, total_return_index) of the holdings, sorted by symbol and week;
            weights in percent that sum to 100.
    Source: FINANCE, daily and portfolio: a contribution is the sum over weeks of the holding's weight at the week's
            start x its return x the portfolio's growth until then; contributions sum to the total return.
    """
    held = pl.DataFrame({"symbol": list(weights), "weight": [weight / WHOLE for weight in weights.values()]})
    spans = held.join(_spans(weeks), on="symbol", how="left", maintain_order="left")
    if spans["first_week"].has_nulls():
        return _empty(spans)
    begin, end = spans["first_week"].max(), spans["last_week"].min()
    common = weeks.filter(pl.col("week_ending").is_between(begin, end) & pl.col("symbol").is_in(list(weights)))
    if common.is_empty() or begin == end:
        return _empty(spans)
    values = _values(_whole_grid(common, held), _calendar(common, rebalancing))
    return Portfolio(_weeks_of(values), _holdings_of(values, spans))


def _spans(weeks: pl.DataFrame) -> pl.DataFrame:
    week = pl.col("week_ending")
    return weeks.group_by("symbol").agg(first_week=week.min(), last_week=week.max())


def _calendar(weeks: pl.DataFrame, rebalancing: Rebalancing) -> pl.DataFrame:
    """The weeks in order, and at whose close the weights are restored: that of the first is where they are bought."""
    is_first = pl.int_range(pl.len()) == 0
    month = pl.col("price_date").dt.month_start()
    restores = {
        Rebalancing.WEEKLY: pl.lit(value=True),
        Rebalancing.MONTHLY: month != month.shift(-1),
        Rebalancing.NEVER: pl.lit(value=False),
    }[rebalancing]
    return (
        weeks.group_by("week_ending")
        .agg(pl.col("price_date").max())
        .sort("week_ending")
        .with_columns(is_restored=is_first | restores.fill_null(value=False))
    )


def _whole_grid(weeks: pl.DataFrame, held: pl.DataFrame) -> pl.DataFrame:
    """Each holding in each week; where it has no price, the index of its last one."""
    grid = held.join(weeks.select("week_ending").unique(), how="cross")
    indexes = weeks.select("symbol", "week_ending", "total_return_index")
    return (
        grid.join(indexes, on=["symbol", "week_ending"], how="left")
        .sort("symbol", "week_ending")
        .with_columns(INDEX.forward_fill().over("symbol"))
    )


def _values(grid: pl.DataFrame, calendar: pl.DataFrame) -> pl.DataFrame:
    """The value of each holding at the start and the end of each week but the first, of a portfolio that began as 1."""
    before = INDEX.shift(1).over("symbol")
    bought_at = pl.when(pl.col("is_restored")).then(INDEX).forward_fill().shift(1).over("symbol")
    grown = grid.join(calendar, on="week_ending", maintain_order="left").with_columns(
        start=WEIGHT * before / bought_at, end=WEIGHT * INDEX / bought_at
    )
    # What all had grown to when the weights were last restored: the product of the spans between.
    since_restored = (
        grown.group_by("week_ending", "is_restored", maintain_order=True)
        .agg(growth=pl.col("end").sum())
        .sort("week_ending")
        .with_columns(growth=pl.when(pl.int_range(pl.len()) == 0).then(1.0).otherwise("growth"))
        .select("week_ending", level=pl.when("is_restored").then("growth").otherwise(1.0).cum_prod().shift(1))
    )
    level = pl.col("level")
    return (
        grown.join(since_restored, on="week_ending", maintain_order="left")
        .with_columns(start=level * pl.col("start"), end=level * pl.col("end"))
        .with_columns(end=pl.coalesce("end", "weight"))
    )


def _weeks_of(values: pl.DataFrame) -> pl.DataFrame:
    growth = pl.col("total_return_index")
    return (
        values.group_by("week_ending", "price_date")
        .agg(total_return_index=WHOLE * pl.col("end").sum())
        .sort("week_ending")
        .with_columns(
            weekly_return_pct=100 * (growth / growth.shift(1) - 1),
            weeks_spanned=pl.col("week_ending").diff().dt.total_days() // 7,
        )
    )


def _holdings_of(values: pl.DataFrame, spans: pl.DataFrame) -> pl.DataFrame:
    end = pl.col("end")
    found = values.group_by("symbol").agg(
        contribution_pct=100 * (end - pl.col("start")).sum(),
        total_return_pct=100 * (INDEX.last() / INDEX.first() - 1),
        last_value=end.last(),
    )
    return spans.join(found, on="symbol", how="left", maintain_order="left").select(
        "symbol",
        "first_week",
        "last_week",
        weight_pct=WHOLE * WEIGHT,
        weight_at_end_pct=100 * pl.col("last_value") / pl.col("last_value").sum(),
        total_return_pct="total_return_pct",
        contribution_pct="contribution_pct",
    )


def _empty(spans: pl.DataFrame) -> Portfolio:
    weeks = {"week_ending": pl.Date, "price_date": pl.Date, "total_return_index": pl.Float64}
    figures = dict.fromkeys(("weight_at_end_pct", "total_return_pct", "contribution_pct"), pl.lit(None, pl.Float64))
    holdings = spans.select("symbol", "first_week", "last_week", weight_pct=WHOLE * WEIGHT, **figures)
    return Portfolio(
        pl.DataFrame(schema=weeks | {"weekly_return_pct": pl.Float64, "weeks_spanned": pl.Int64}), holdings
    )
