"""Captured payloads: the figures of the finance definitions are found again."""

from datetime import date
from decimal import Decimal
from functools import cache
from itertools import pairwise

import msgspec
import polars as pl
import pytest

from include.silver.datasets.company_overview import DATASET as OVERVIEW
from include.silver.normalize import NormalizedSeries
from include.silver.stored_weeks import FLAGS, STORED_WEEKS
from tests.captures import invented
from tests.captures.folders import (
    INVENTED,
    captures_of,
    each_capture,
    needs_real_captures,
    weekly_capture,
)
from tests.payloads import (
    combined_rows,
    csv_of,
    merge_with_history,
    moment,
    normalize,
    normalize_daily,
    normalize_weekly,
)

NOTHING = STORED_WEEKS.to_frame().with_columns(FLAGS == "t")

# file: rows, weeks, dividends, and every split
FIGURES: dict[str, tuple[int, int, int, dict[str, float]]] = {
    "FROST.TO_20220826.json": (44, 43, 3, {"2022-05-06": 2}),
    "MELT_20220520.json": (29, 29, 0, {}),
    "POLE_20220701.json": (43, 43, 3, {"2021-11-12": 2, "2022-05-20": 3}),
    "POLE_20220928.json": (40, 40, 3, {"2022-05-20": 3}),
    "POLE_20221104.csv": (45, 45, 4, {"2022-05-20": 3}),
    "AAPL_20220211.json": (1162, 1162, 39, {"2000-06-23": 2, "2005-03-04": 2, "2014-06-13": 7, "2020-09-04": 4}),
    "AAPL_20240415.json": (1276, 1276, 47, {"2000-06-23": 2, "2005-03-04": 2, "2014-06-13": 7, "2020-09-04": 4}),
    "FB_20220211.json": (508, 508, 0, {}),
    "GOOGL_20240415.json": (1026, 1026, 1, {"2022-07-22": 20}),
    "HPQ_20220211.json": (1162, 1162, 86, {"2000-11-03": 2}),
    "HPQ_20240415.json": (1276, 1276, 95, {"2000-11-03": 2}),
    "IBM_20220211.json": (1162, 1162, 90, {}),
    "IBM_20230622.json": (1233, 1233, 95, {}),
    "IBM_20231027.json": (1251, 1251, 96, {}),
    "IBM_20240415.json": (1276, 1276, 98, {}),
    "IBM_20251107.csv": (1357, 1357, 104, {}),
    "IBM_20260515.csv": (1384, 1384, 107, {}),
    "META_20240415.json": (622, 622, 1, {}),
    "MSFT_20180816.json": (
        1232,
        1232,
        59,
        {"1996-12-13": 2, "1998-02-27": 2, "1999-04-02": 2, "2003-02-21": 2},
    ),
    "MSFT_20191129.json": (1043, 1043, 64, {"2003-02-21": 2}),
    "MSFT_20240415.json": (1276, 1276, 81, {"2003-02-21": 2}),
    "NVDA_20220211.json": (
        1162,
        1162,
        37,
        {"2000-06-30": 2, "2001-09-21": 2, "2006-04-07": 2, "2007-09-14": 1.5, "2021-07-23": 4},
    ),
    "NVDA_20240415.json": (
        1276,
        1276,
        46,
        {"2000-06-30": 2, "2001-09-21": 2, "2006-04-07": 2, "2007-09-14": 1.5, "2021-07-23": 4},
    ),
    "PYPL_20240415.json": (456, 456, 0, {}),
    "T.TO_20230224.json": (951, 946, 72, {"2013-04-19": 2, "2020-03-20": 2}),
    "TSLA_20210423.json": (564, 564, 0, {"2020-09-04": 5}),
    "TSLA_20240415.json": (720, 720, 0, {"2020-09-04": 5, "2022-08-26": 3}),
}
SPIN_OFFS = {"IBM": (date(2021, 11, 5), 1.046), "MELT": (date(2022, 3, 11), 1.137)}
MIXED_WEEKS = {
    "FROST.TO_20220826.json": ["2022-05-06"],
    "MELT_20220520.json": ["2022-03-11"],
    "POLE_20220701.json": ["2021-11-12"],  # the split on a Monday is on one scale
    "AAPL_20240415.json": ["2000-06-23"],  # 2005-03-04 split on a Monday: its row is on one scale
    "GOOGL_20240415.json": ["2014-04-04"],
    "HPQ_20240415.json": [],
    "IBM_20240415.json": ["2021-11-05"],
    "MSFT_20240415.json": [],
    "NVDA_20240415.json": ["2000-06-30", "2006-04-07", "2007-09-14", "2021-07-23"],
    "T.TO_20230224.json": ["2013-04-19", "2020-03-20"],
    "TSLA_20240415.json": ["2022-08-26"],
}


@cache
def normalized(name: str) -> NormalizedSeries:
    body, symbol, at = weekly_capture(name)
    return normalize_weekly(body, symbol=symbol, fetched_at=at)


@cache
def silver(name: str) -> pl.DataFrame:
    """The rows of silver that a captured payload alone gives."""
    return merge_with_history(normalized(name), NOTHING).rows


def weeks_where(name: str, condition: pl.Expr) -> list[str]:
    return list(map(str, silver(name).filter(condition)["week_ending"]))


def week(name: str, friday: str) -> dict[str, object]:
    return silver(name).row(by_predicate=pl.col("week_ending") == date.fromisoformat(friday), named=True)


def test_the_invented_captures_are_as_their_module_writes_them() -> None:
    for name, text in invented.payloads().items():
        assert (INVENTED / name).read_bytes() == text.encode(), "python -m tests.captures.invented writes them anew"


@needs_real_captures
def test_every_capture_has_its_figures_here() -> None:
    assert sorted(FIGURES) == [path.name for path in captures_of("TIME_SERIES_WEEKLY_ADJUSTED")]


@pytest.mark.parametrize("name", each_capture(FIGURES))
def test_rows_dividends_and_splits_of_each_capture_are_found(name: str) -> None:
    series = normalized(name)
    splits = silver(name).filter(pl.col("split_to") != pl.col("split_from"))
    factors = splits["split_to"] / splits["split_from"]

    assert (series.received, series.rows.height, series.rejected.height) == (*FIGURES[name][:2], 0)
    assert silver(name).filter(pl.col("dividend_amount") > 0).height == FIGURES[name][2]
    assert dict(zip(map(str, splits["week_ending"]), factors, strict=True)) == FIGURES[name][3]


@pytest.mark.parametrize("name", each_capture(FIGURES))
def test_the_only_other_factor_is_that_of_a_spin_off(name: str) -> None:
    is_other = (pl.col("other_factor") != 1) & (pl.col("distribution_per_share") == 0)
    others = silver(name).filter(is_other).select("week_ending", "other_factor").rows()
    spin_off = SPIN_OFFS.get(name.partition("_")[0])

    assert others == ([(spin_off[0], pytest.approx(spin_off[1], abs=1e-5))] if spin_off else [])


@pytest.mark.parametrize("name", each_capture(FIGURES))
def test_each_recorded_action_explains_its_week(name: str) -> None:
    # Written out once more, row by row in plain Python: S(1 + D/H)(1 − ε) ≤ g ≤ S(1 + D/L)(1 + ε).
    rows = silver(name).rows(named=True)
    unexplained = []
    for previous, row in pairwise(rows):
        adjusted, close = float(row["adjusted_close"]), float(row["close"])
        adjusted_before, close_before = float(previous["adjusted_close"]), float(previous["close"])
        jump = (adjusted / close) / (adjusted_before / close_before)
        epsilon = 1.02 * 5e-5 * (1 / adjusted + 1 / adjusted_before) + 1e-9
        factor = row["split_to"] / row["split_from"] * row["other_factor"]
        per_share = row["dividend_per_share"]
        dividend = float(row["dividend_amount"] if per_share is None else per_share)
        lowest = factor * (1 + dividend / float(row["high"])) * (1 - epsilon)
        highest = factor * (1 + dividend / float(row["low"])) * (1 + epsilon)
        if not lowest <= jump <= highest:
            unexplained.append(row["week_ending"])

    assert len(rows) == FIGURES[name][1]
    assert unexplained == []


@pytest.mark.parametrize("name", each_capture(MIXED_WEEKS))
def test_weeks_on_two_scales_are_marked(name: str) -> None:
    assert weeks_where(name, pl.col("is_mixed_scale")) == MIXED_WEEKS[name]


DISTRIBUTIONS = {
    "GOOGL_20240415.json": ["2014-04-04"],  # the second share class
    "HPQ_20220211.json": ["2015-11-06"],  # the spin-off of 14.72
    "HPQ_20240415.json": ["2015-11-06"],
}
SPECIAL_DIVIDENDS = {
    "POLE_20220701.json": ["2022-01-14"],
    "POLE_20220928.json": ["2022-01-14"],
    "POLE_20221104.csv": ["2022-01-14"],
    "MSFT_20180816.json": ["2004-11-19"],
    "MSFT_20191129.json": ["2004-11-19"],
    "MSFT_20240415.json": ["2004-11-19"],
}


@pytest.mark.parametrize("name", each_capture(FIGURES))
def test_special_dividends_and_distributions_are_told_from_regular_ones(name: str) -> None:
    assert weeks_where(name, pl.col("special_dividend_per_share") > 0) == SPECIAL_DIVIDENDS.get(name, [])
    assert weeks_where(name, pl.col("distribution_per_share") > 0) == DISTRIBUTIONS.get(name, [])


@pytest.mark.parametrize(
    ("name", "friday", "regular", "special", "distribution"),
    [
        ("POLE_20220701.json", "2022-01-14", "0.25", "5.75", "0"),
        pytest.param("MSFT_20180816.json", "2004-11-19", "0.08", "3", "0", marks=needs_real_captures),
        pytest.param("HPQ_20240415.json", "2015-11-06", "0", "0", "14.72", marks=needs_real_captures),
        pytest.param("GOOGL_20240415.json", "2014-04-04", "0", "0", "567.9717", marks=needs_real_captures),
    ],
)
def test_what_was_paid_beside_the_regular_dividend(
    name: str, friday: str, regular: str, special: str, distribution: str
) -> None:
    found = week(name, friday)

    paid = (found["dividend_per_share"], found["special_dividend_per_share"], found["distribution_per_share"])
    assert paid == (Decimal(regular) + Decimal(special), Decimal(special), Decimal(distribution))


@needs_real_captures
@pytest.mark.parametrize(
    ("name", "friday", "price_return"),
    [("HPQ_20240415.json", "2015-11-06", 7.28), ("GOOGL_20240415.json", "2014-04-04", -2.95)],
)
def test_a_distribution_is_no_price_return(name: str, friday: str, price_return: float) -> None:
    rows = silver(name).filter(pl.col("week_ending") <= date.fromisoformat(friday)).tail(2).rows(named=True)

    moved = float(rows[1]["close"]) * rows[1]["other_factor"] / float(rows[0]["close"])
    assert 100 * (moved - 1) == pytest.approx(price_return, abs=0.005)


LARGE_MOVES = {"AAPL": {"2000-09-29"}, "NVDA": {"2000-03-10", "2004-08-06"}}


@pytest.mark.parametrize("name", each_capture(FIGURES))
def test_moves_of_more_than_1_6_times_and_distributions_alone_are_unsure(name: str) -> None:
    large = LARGE_MOVES.get(name.partition("_")[0], set())
    weeks = set(weeks_where(name, pl.lit(value=True)))

    assert set(weeks_where(name, pl.col("is_action_unsure"))) == (large & weeks) | set(DISTRIBUTIONS.get(name, []))
    assert weeks_where(name, pl.col("is_factor_returning")) == []


TORONTO_WEEKS_IN_TWO_PARTS = {
    "FROST.TO_20220826.json": ["2021-12-31"],
    "T.TO_20230224.json": ["2007-12-28", "2012-12-28", "2013-12-27", "2018-12-28", "2019-12-27"],
}


@pytest.mark.parametrize("name", each_capture(TORONTO_WEEKS_IN_TWO_PARTS))
def test_toronto_weeks_in_two_parts_are_combined(name: str) -> None:
    series, combined = normalized(name), TORONTO_WEEKS_IN_TWO_PARTS[name]

    assert combined_rows(series) == len(combined)
    found = series.rows.filter(pl.col("week_ending").cast(pl.String).is_in(combined))
    assert found.height == len(combined)
    assert all(str(row["price_date"]) >= str(row["week_ending"])[:8] + "27" for row in found.rows(named=True))


# file: dividends, how many of them are restated, and of one its week, its amount as stated and as paid
RESTATED_DIVIDENDS = {
    "FROST.TO_20220826.json": (3, 2, "2021-12-10", 0.20, 0.40),
    "T.TO_20230224.json": (72, 61, "2005-03-11", 0.05, 0.20),
}


@pytest.mark.parametrize("name", each_capture(RESTATED_DIVIDENDS))
def test_toronto_dividends_are_restated_in_the_shares_of_their_day(name: str) -> None:
    count, restated, friday, stated, paid = RESTATED_DIVIDENDS[name]
    dividends = silver(name).filter(pl.col("dividend_amount") > 0)
    differ = dividends.filter(
        (pl.col("dividend_per_share").cast(pl.Float64) - pl.col("dividend_amount").cast(pl.Float64)).abs() > 1e-9
    )

    assert (dividends.height, differ.height, dividends["dividend_per_share"].null_count()) == (count, restated, 0)
    early = week(name, friday)
    assert (float(early["dividend_amount"]), float(early["dividend_per_share"])) == (stated, paid)  # type: ignore[arg-type]


NEWEST_DAYS = {
    "POLE_20220928.json": "2022-09-28",  # a Wednesday
    "POLE_20221104.csv": "2022-11-04",  # Friday, taken before its day was over
    "AAPL_20240415.json": "2024-04-15",  # a Monday
    "IBM_20230622.json": "2023-06-22",  # a Thursday, Friday is to come
    "MSFT_20180816.json": "2018-08-16",
    "IBM_20220211.json": "2022-02-11",  # Friday, taken before its day was over
    "T.TO_20230224.json": "2023-02-24",
}


@pytest.mark.parametrize("name", each_capture(NEWEST_DAYS))
def test_the_newest_week_is_open(name: str) -> None:
    newest = silver(name).row(-1, named=True)

    assert (str(newest["price_date"]), newest["is_complete_week"]) == (NEWEST_DAYS[name], False)
    assert weeks_where(name, ~pl.col("is_complete_week")) == [str(newest["week_ending"])]


GOOD_FRIDAYS = {"POLE_20220701.json": ("2022-04-15", "2022-04-14"), "IBM_20260515.csv": ("2026-04-03", "2026-04-02")}


@pytest.mark.parametrize("name", each_capture(GOOD_FRIDAYS))
def test_good_friday_leaves_a_complete_week_that_ends_on_thursday(name: str) -> None:
    friday, thursday = GOOD_FRIDAYS[name]
    found = week(name, friday)

    assert (str(found["price_date"]), found["is_complete_week"]) == (thursday, True)


@pytest.mark.parametrize("name", each_capture(["FROST.TO_20220826.json", "AAPL_20220211.json", "T.TO_20230224.json"]))
def test_the_same_answer_as_csv_gives_the_same_frame(name: str) -> None:
    body, symbol, at = weekly_capture(name)
    series = msgspec.json.decode(body)["Weekly Adjusted Time Series"]
    fields = ("open", "high", "low", "close", "adjusted_close", "volume", "dividend_amount")
    rows = [(day, dict(zip(fields, values.values(), strict=True))) for day, values in series.items()]
    assert len(rows) == FIGURES[name][0]

    again = normalize_weekly(csv_of(rows), symbol=symbol, fetched_at=at)

    assert again.rows.equals(normalized(name).rows)


def test_every_daily_capture_is_typed_without_a_loss() -> None:
    rows = {}
    for path in captures_of("TIME_SERIES_DAILY"):
        symbol = path.stem.rpartition("_")[0]
        series = normalize_daily(path.read_bytes(), symbol=symbol, fetched_at=moment("2026-06-01"))
        assert (series.rejected.height, combined_rows(series)) == (0, 0)
        rows[path.name] = series.rows.height

    invented_and_short = {"POLE_20221104.csv": 20, "POLE_20221104.json": 20, "FB_20251016.json": 79}
    assert {name: height for name, height in rows.items() if height != 100}.items() <= invented_and_short.items()
    assert {"POLE_20221104.csv", "POLE_20221104.json"} <= rows.keys()


def test_every_overview_capture_names_its_company() -> None:
    files = captures_of("OVERVIEW")
    assert files

    for path in files:
        symbol = path.stem.rpartition("_")[0]
        series = normalize(OVERVIEW, path.read_bytes(), symbol=symbol, fetched_at=moment("2026-06-01"))
        [row] = series.rows.rows(named=True)
        assert row["company_name"]
        assert row["market_capitalization"] > 10**9
        assert row["sector"].upper() in {
            "TECHNOLOGY",
            "COMPUTER & OFFICE EQUIPMENT",
            "MANUFACTURING",
            "CONSUMER CYCLICAL",
        }


MONTHS_APART = [
    ("POLE_20220701.json", "POLE_20220928.json"),
    pytest.param("IBM_20220211.json", "IBM_20240415.json", marks=needs_real_captures),
    pytest.param("AAPL_20220211.json", "AAPL_20240415.json", marks=needs_real_captures),
]


@pytest.mark.parametrize(("earlier", "later"), MONTHS_APART)
def test_actions_of_untouched_weeks_do_not_depend_on_the_answer(earlier: str, later: str) -> None:
    is_special = (pl.col("special_dividend_per_share") > 0).alias("is_special")
    columns = ("week_ending", "split_to", "dividend_per_share", is_special, "is_mixed_scale")
    first_of_both = max(silver(name)["week_ending"].min() for name in (earlier, later))
    old, new = (silver(name).filter(pl.col("week_ending") > first_of_both) for name in (earlier, later))
    old_rows = old.filter("is_complete_week").select(columns).rows()

    assert len(old_rows) > 20
    assert new.select(columns).rows()[: len(old_rows)] == old_rows
