"""What is odd about daily bars: pure functions from the days of some symbols to findings."""

from math import log

import polars as pl

from include.silver.actions.ratios import MOST_TERMS_UNSURE, all_ratios
from include.silver.actions.rules import LARGE_MOVE
from include.silver.findings import EXTREME, FINDINGS, INFO, UNUSUAL
from include.silver.gaps import find_gaps
from include.silver.rejections import REPEATED, day_of

# Of 100 quiet sessions about one has three times its average: a day of news. Ten times is a mistake or an event.
AVERAGED_SESSIONS = 20
UNUSUAL_TIMES, EXTREME_TIMES = 3.0, 10.0
DAYS_BESIDE_EX_DATE = 5  # by which a source may date a split otherwise than the prices


def check_days(days: pl.DataFrame, splits: pl.DataFrame, rejected: pl.DataFrame) -> pl.DataFrame:
    """Look at everything that silver holds of some daily series.

    Shape:  days (n): symbol, trade_date, close, volume, is_complete_day, has_rejected_fields, today (of the exchange);
            splits (m): symbol, ex_date, shares (new ones for an old one); rejected (k): symbol, field, row_date and
            reason of the newest payload -> FINDINGS, sorted by symbol, check and session; one `date_range` per symbol.
    Units:  prices in the listing's currency, unadjusted; volume in shares.
    """
    days = days.sort("symbol", "trade_date")
    closed = days.filter("is_complete_day")
    found = [
        _date_ranges(days),
        _future_sessions(days),
        _missing_fields(days),
        *_rejected_rows(rejected),
        _gaps(days),
        _volumes(closed, splits),
        _split_moves(closed, splits),
    ]
    return pl.concat([_as_findings(frame) for frame in found]).sort("symbol", "check_name", "first_session")


def _as_findings(found: pl.DataFrame) -> pl.DataFrame:
    return found.select(pl.col(name).cast(dtype) for name, dtype in FINDINGS.items())


def _named(check_name: str, level: str, words: pl.Expr, bound: float | None = 0) -> list[pl.Expr]:
    names = {"check_name": check_name, "level": level, "bound": bound}
    return [*(pl.lit(value).alias(name) for name, value in names.items()), words.alias("words")]


def _span_of(days: pl.DataFrame) -> pl.DataFrame:
    return days.group_by("symbol").agg(
        first_session=pl.min("trade_date"), last_session=pl.max("trade_date"), value=pl.len()
    )


def _date_ranges(days: pl.DataFrame) -> pl.DataFrame:
    words = pl.format("{} sessions, from {} to {}", "value", "first_session", "last_session")
    return _span_of(days).with_columns(_named("date_range", INFO, words, bound=None))


def _future_sessions(days: pl.DataFrame) -> pl.DataFrame:
    words = pl.format("sessions in the future: {}, the last on {}", "value", "last_session")
    future = days.filter(pl.col("trade_date") > pl.col("today"))
    return _span_of(future).with_columns(_named("future_session", EXTREME, words))


def _missing_fields(days: pl.DataFrame) -> pl.DataFrame:
    words = pl.format("sessions with a missing field, for the source's could not be believed: {}", "value")
    return _span_of(days.filter("has_rejected_fields")).with_columns(_named("missing_fields", UNUSUAL, words))


def _rejected_rows(rejected: pl.DataFrame) -> list[pl.DataFrame]:
    rows = rejected.filter(pl.col("field").is_null()).with_columns(trade_date=day_of(pl.col("row_date")))
    is_repeated = pl.col("reason") == REPEATED
    repeated = pl.format("rows of the newest payload that repeat the day of another: {}", "value")
    unreadable = pl.format("rows of the newest payload that were rejected: {}", "value")
    return [
        _span_of(rows.filter(is_repeated)).with_columns(_named("duplicates", UNUSUAL, repeated)),
        _span_of(rows.filter(~is_repeated)).with_columns(_named("rejected_rows", UNUSUAL, unreadable)),
    ]


def _gaps(days: pl.DataFrame) -> pl.DataFrame:
    words = pl.format("sessions of the exchange that are missing: {}", "value")
    return find_gaps(days).rename({"sessions": "value"}).with_columns(_named("gap", UNUSUAL, words))


def _volumes(closed: pl.DataFrame, splits: pl.DataFrame) -> pl.DataFrame:
    # In the shares of the oldest session, so that a split that is known moves no average.
    traded = closed.filter(pl.col("volume") > 0).pipe(_add_shares, splits)
    old_shares = pl.col("volume") / pl.col("shares")
    # The rows stand symbol by symbol; a window over each would take four times as long.
    is_own = pl.col("symbol") == pl.col("symbol").shift(AVERAGED_SESSIONS)
    average = pl.when(is_own).then(old_shares.rolling_mean(AVERAGED_SESSIONS).shift())
    times = traded.with_columns(value=old_shares / average)
    value, is_high = pl.col("value"), pl.col("value") > 1
    is_extreme = (value > EXTREME_TIMES) | (value < 1 / EXTREME_TIMES)
    bound = pl.when(is_extreme).then(EXTREME_TIMES).otherwise(UNUSUAL_TIMES)
    # In one chunk, for Polars 2.1 cannot format columns that are cut at different rows.
    return (
        times.filter((value > UNUSUAL_TIMES) | (value < 1 / UNUSUAL_TIMES))
        .rechunk()
        .select(
            "symbol",
            "value",
            first_session="trade_date",
            last_session="trade_date",
            check_name=pl.when(is_high).then(pl.lit("volume_high")).otherwise(pl.lit("volume_low")),
            level=pl.when(is_extreme).then(pl.lit(EXTREME)).otherwise(pl.lit(UNUSUAL)),
            bound=pl.when(is_high).then(bound).otherwise(1 / bound),
            words=pl.format(
                f"{{}} shares, {{}} times the average of the {AVERAGED_SESSIONS} sessions before",
                _with_commas(pl.col("volume").cast(pl.Int64)),
                value.round_sig_figs(3),
            ),
        )
    )


def _with_commas(number: pl.Expr) -> pl.Expr:
    in_threes = number.cast(pl.String).str.reverse().str.replace_all(r"([0-9]{3})", "$1,")
    return in_threes.str.strip_chars_end(",").str.reverse()


def _add_shares(days: pl.DataFrame, splits: pl.DataFrame) -> pl.DataFrame:
    """Add what a share of the time before all splits is by then, in shares."""
    so_far = splits.sort("symbol", "ex_date").with_columns(pl.col("shares").cum_prod().over("symbol"))
    is_split = pl.col("symbol").is_in(splits["symbol"].unique().implode())
    # Few are ever split, and to sort all of them by day would take longer than all else.
    split = days.filter(is_split).sort("trade_date")
    split = split.join_asof(
        so_far.sort("ex_date"), left_on="trade_date", right_on="ex_date", by="symbol", check_sortedness=False
    )
    rest = days.filter(~is_split).with_columns(shares=pl.lit(1.0))
    together = pl.concat([rest, split.select(*rest.columns[:-1], pl.col("shares").fill_null(1.0))])
    return together.sort("symbol", "trade_date") if split.height else rest


def _split_moves(closed: pl.DataFrame, splits: pl.DataFrame) -> pl.DataFrame:
    before = {f"previous_{name}": pl.col(name).shift().over("symbol") for name in ("close", "trade_date")}
    moves = closed.with_columns(**before).with_columns(value=pl.col("previous_close") / pl.col("close"))
    large = moves.filter(pl.col("value").log().abs() > log(LARGE_MOVE))
    beside = pl.duration(days=DAYS_BESIDE_EX_DATE)
    first, last = pl.col("previous_trade_date") - beside, pl.col("trade_date") + beside
    listed = large.join(splits, on="symbol").filter(pl.col("ex_date").is_between(first, last))
    words = pl.format(
        "the close went from {} to {}, about as in a split of {}, and none is listed",
        "previous_close",
        "close",
        "ratio",
    )
    return (
        large.join(listed, on=("symbol", "trade_date"), how="anti")
        .with_columns(nearness=pl.col("value").log())
        .sort("nearness")
        .join_asof(_simple_ratios(), on="nearness", strategy="nearest")
        .rechunk()
        .with_columns(_named("split_without_action", EXTREME, words, bound=LARGE_MOVE))
        .with_columns(first_session="previous_trade_date", last_session="trade_date")
    )


def _simple_ratios() -> pl.DataFrame:
    """Split ratios that are common.

    Shape:  (n, 2): nearness, the logarithm of the shares that a share becomes, sorted; ratio, as people write it.
    """
    simple = [ratio for ratio in all_ratios() if ratio.terms <= MOST_TERMS_UNSURE or 1 in (ratio.new, ratio.old)]
    rows = {log(ratio.value): f"{ratio.new}:{ratio.old}" for ratio in simple}
    return pl.DataFrame({"nearness": list(rows), "ratio": list(rows.values())}).sort("nearness")
