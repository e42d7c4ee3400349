"""Which stocks fit: filters on their figures, how many each of them excludes, and the order of what is left."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

FROM_TO = ".."  # of a range that is written: 10..30, 10.. or ..30


@dataclass(frozen=True)
class Between:
    """A stock fits whose figure is known and within both bounds, which belong to the range; None is no bound."""

    figure: str
    low: float | None = None
    high: float | None = None

    def value(self) -> pl.Expr:
        """The figure; null where it is not known."""
        return _known(self.figure)

    def fits(self) -> pl.Expr:
        """Whether a stock fits; false where its figure is not known."""
        value = self.value()
        bounds = [value >= self.low] if self.low is not None else []
        bounds += [value <= self.high] if self.high is not None else []
        return pl.all_horizontal(value.is_not_null(), *bounds).fill_null(value=False)


@dataclass(frozen=True)
class OneOf:
    """A stock fits whose word (sector, symbol) is one of these."""

    figure: str
    words: tuple[str, ...]

    def value(self) -> pl.Expr:
        """The word; null where it is not known."""
        return pl.col(self.figure)

    def fits(self) -> pl.Expr:
        """Whether a stock fits; false where its word is not known."""
        return self.value().is_in(self.words).fill_null(value=False)


Filter = Between | OneOf


def read_range(figure: str, text: str) -> Between:
    """Read `10..30`, `10..` or `..30`.

    Raises: ValueError where it is no range of numbers.
    """
    low, dots, high = text.partition(FROM_TO)
    bounds = [float(bound) if bound else None for bound in (low, high)]
    if not dots or any(bound is not None and not math.isfinite(bound) for bound in bounds):
        raise ValueError(f"no range of numbers: {text!r}")
    return Between(figure, *bounds)


def write_range(low: float | None, high: float | None) -> str:
    """Write a range as `read_range` reads it; empty where it has no bound."""
    bounds = ["" if bound is None else repr(float(bound)).removesuffix(".0") for bound in (low, high)]
    return FROM_TO.join(bounds) if any(bounds) else ""


def keep_fitting(stocks: pl.DataFrame, filters: Sequence[Filter]) -> pl.DataFrame:
    """Keep the stocks that every filter fits, in their order.

    Shape:  (n: the figures of the filters, any) -> (m <= n: the same).
    """
    return stocks.filter(*(one.fits() for one in filters))


def count_excluded(stocks: pl.DataFrame, filters: Sequence[Filter]) -> pl.DataFrame:
    """Count what each filter excludes of all the stocks, as if it were the only one.

    Shape:  (n: the figures of the filters, any) -> (figure, excluded, unknown), a row per filter in their order;
            `unknown` are those of the excluded whose figure nobody knows.
    """
    counts = [
        {
            "figure": one.figure,
            "excluded": stocks.select((~one.fits()).sum()).item(),
            "unknown": stocks.select(one.value().is_null().sum()).item(),
        }
        for one in filters
    ]
    return pl.DataFrame(counts, schema={"figure": pl.String, "excluded": pl.Int64, "unknown": pl.Int64})


def sort_stocks(stocks: pl.DataFrame, figure: str, *, is_descending: bool) -> pl.DataFrame:
    """Sort by a figure, stocks of the same by their symbol; those whose figure is not known come last either way.

    Shape:  (n: symbol, `figure`, any) -> the same rows.
    """
    return stocks.sort(_known(figure), "symbol", descending=[is_descending, False], nulls_last=True)


def _known(figure: str) -> pl.Expr:
    return pl.col(figure).fill_nan(None)
