"""Every indicator equals TA-Lib's or its formula, nulls included; and where TA-Lib says 0 of nothing, it is null."""

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from include.indicators.technical import INDICATORS, compute_indicators
from include.market_simulator.prices import read_daily_prices
from tests.captures.folders import captures_of
from tests.indicators_oracle import expected
from tests.payloads import normalize_daily
from tests.properties import examples

DAYS, WEEKS = 252, 52
# What a difference is measured by, beside the value itself: the price, or a number of the indicator's own.
OSCILLATORS = dict.fromkeys(("adx_14", "rsi_14", "stoch_k", "stoch_d", "williams_r_14", "roc_10", "return_pct"), 100)
SCALES = OSCILLATORS | dict.fromkeys(("range_pct", "bollinger_width_pct", "historical_volatility_pct"), 100)
SCALES |= {"percent_b": 1, "volume_ratio": 1}
OF_VOLUME = {"obv", "avg_volume_20"}
FIRST_BAR = {
    **{"rsi_14": 14, "atr_14": 14, "adx_14": 27, "macd": 33, "macd_signal": 33, "stoch_k": 17, "stoch_d": 17},
    **{"sma_20": 19, "sma_200": 199, "ema_26": 25, "percent_b": 19, "roc_10": 10, "williams_r_14": 13, "obv": 0},
    **{"historical_volatility_pct": 20, "keltner_upper": 19, "vwap_20": 19, "return_pct": 1, "range_pct": 0},
}


def series_of(close: np.ndarray, *, symbol: str = "IBM", volume: float = 1000, reach: float = 0.01) -> pl.DataFrame:
    """Bars whose high and low lie a share above and below the close."""
    return pl.DataFrame(
        {
            "symbol": symbol,
            "scale": 0,
            "bar": np.arange(len(close)),
            "open": close,
            "high": close * (1 + reach),
            "low": close * (1 - reach),
            "close": close,
            "volume": np.full(len(close), float(volume)),
        }
    )


def walk(bars: int, seed: int = 1) -> np.ndarray:
    """Prices that wander, to the cent."""
    return np.round(50 * np.exp(np.cumsum(np.random.default_rng(seed).normal(0, 0.02, bars))), 2) + 1


def sample_market() -> list[tuple[str, pl.DataFrame]]:
    """The daily bars of each stock of the sample market."""
    bars = read_daily_prices().with_columns(pl.col("volume").cast(pl.Float64), scale=pl.lit(0))
    return [(str(symbol), own) for (symbol,), own in bars.group_by("symbol", maintain_order=True)]


def captured() -> list[tuple[str, pl.DataFrame]]:
    """The daily bars of each captured payload."""
    fetched_at = datetime(2026, 6, 1, tzinfo=UTC)
    typed = ((path, normalize_daily(path.read_bytes(), symbol="X", fetched_at=fetched_at)) for path in DAILY_CAPTURES)
    figures = pl.col("open", "high", "low", "close", "volume").cast(pl.Float64)
    return [
        (path.name, series.rows.sort("trade_date").with_columns(figures, scale=pl.lit(0))) for path, series in typed
    ]


DAILY_CAPTURES = captures_of("TIME_SERIES_DAILY")


def assert_as_expected(bars: pl.DataFrame, bars_a_year: int) -> None:
    """Compare each value to a billionth of it or of its natural scale, and the nulls exactly."""
    found, wanted = compute_indicators(bars, bars_a_year=bars_a_year), expected(bars, bars_a_year)
    assert set(wanted) == set(INDICATORS)
    for name, values in wanted.items():
        ours = found[name].to_numpy()
        assert (np.isnan(ours) == np.isnan(values)).all(), name
        natural = bars["volume" if name in OF_VOLUME else "close"].max() if name not in SCALES else SCALES[name]
        allowed = 1e-9 * np.maximum(np.abs(values), float(natural))  # type: ignore[arg-type]
        assert (np.isnan(values) | (np.abs(ours - values) <= allowed)).all(), name


@pytest.mark.parametrize(("symbol", "bars"), sample_market(), ids=[symbol for symbol, _ in sample_market()])
def test_the_sample_market_is_as_ta_lib_has_it(symbol: str, bars: pl.DataFrame):
    assert_as_expected(bars, DAYS)


def test_every_captured_series_is_as_ta_lib_has_it():
    found = captured()

    assert found
    for _, bars in found:
        assert_as_expected(bars, DAYS)


@examples(40)
@given(st.integers(1, 300), st.integers(0, 1000), st.sampled_from([DAYS, WEEKS]))
def test_series_of_any_length_are_as_ta_lib_has_them(bars: int, seed: int, bars_a_year: int):
    assert_as_expected(series_of(walk(bars, seed)), bars_a_year)


@pytest.mark.parametrize(("name", "first"), FIRST_BAR.items())
def test_an_indicator_begins_when_its_window_is_full(name: str, first: int):
    found = compute_indicators(series_of(walk(250)), bars_a_year=DAYS)

    assert found[name].is_not_null().arg_max() == first
    assert found[name].null_count() == first


def test_symbols_do_not_reach_into_each_other():
    one, other = series_of(walk(250)), series_of(1000 * walk(60, 2), symbol="AAPL")

    together = compute_indicators(pl.concat([one, other]), bars_a_year=DAYS)

    apart = [compute_indicators(bars, bars_a_year=DAYS) for bars in (one, other)]
    assert_frame_equal(together, pl.concat(apart), check_exact=True)


def test_a_split_of_unknown_size_begins_the_series_anew():
    bars = series_of(walk(300)).with_columns(scale=pl.when(pl.col("bar") < 250).then(0).otherwise(1))

    found = compute_indicators(bars, bars_a_year=DAYS)

    after = compute_indicators(bars.filter(pl.col("scale") == 1), bars_a_year=DAYS)
    assert_frame_equal(found.filter(pl.col("scale") == 1), after, check_exact=True)
    assert found.filter(pl.col("bar") == 250)["return_pct"].to_list() == [None]


@pytest.mark.parametrize("broken", [{"close": None}, {"volume": None}, {"low": float("nan")}, {"open": 0.0}])
def test_a_bar_without_its_figures_is_left_out_first(broken: dict[str, float | None]):
    bars = series_of(walk(120))
    at_60 = [
        pl.when(pl.col("bar") == 60).then(pl.lit(value)).otherwise(name).alias(name) for name, value in broken.items()
    ]

    found = compute_indicators(bars.with_columns(at_60), bars_a_year=DAYS)

    assert_frame_equal(found, compute_indicators(bars.filter(pl.col("bar") != 60), bars_a_year=DAYS), check_exact=True)


def test_of_a_price_that_never_moves_what_would_be_divided_by_0_is_null():
    last = compute_indicators(series_of(np.full(250, 50.1), reach=0), bars_a_year=DAYS).row(-1, named=True)

    nothing = ("rsi_14", "stoch_k", "stoch_d", "williams_r_14", "percent_b", "adx_14")
    assert [last[name] for name in nothing] == [None] * len(nothing)
    zeros = ("stddev_20", "atr_14", "historical_volatility_pct", "bollinger_width_pct", "macd", "roc_10", "return_pct")
    assert [last[name] for name in zeros] == pytest.approx([0] * len(zeros), abs=1e-12)
    assert last["sma_200"] == pytest.approx(50.1)


def test_of_a_price_that_has_come_to_rest_windows_are_null_until_it_moves_again():
    close = np.concatenate([walk(100), np.full(30, 47.3), walk(40, 3)])
    bars = series_of(close).with_columns(
        pl.when(pl.col("bar").is_between(100, 129)).then("close").otherwise(name).alias(name)
        for name in ("high", "low")
    )

    found = compute_indicators(bars, bars_a_year=DAYS)

    def null_bars(name: str) -> tuple[int, int, int]:
        bars = found.filter(pl.col(name).is_null() & (pl.col("bar") > 50))["bar"]
        return bars.min(), bars.max(), len(bars)  # type: ignore[return-value]

    assert null_bars("williams_r_14") == (113, 129, 17)
    assert null_bars("stoch_k") == (113, 131, 19)
    assert null_bars("stoch_d") == (113, 133, 21)
    assert null_bars("percent_b") == (119, 129, 11)
    assert found["rsi_14"].null_count() == 14  # gains and losses are remembered
    assert found.filter(pl.col("bar") == 125)["stddev_20"].to_list() == [0]


def test_an_rsi_of_0_and_of_100_are_figures():
    rsi = [
        compute_indicators(series_of(close), bars_a_year=DAYS)["rsi_14"][-1]
        for close in (
            np.linspace(100, 50, 60),
            np.linspace(50, 100, 60),
            np.concatenate([np.linspace(100, 50, 60), np.full(900, 50)]),
        )
    ]

    assert rsi == [0, 100, 0]


def test_without_trade_there_is_no_volume_to_weigh_by():
    last = compute_indicators(series_of(walk(60), volume=0), bars_a_year=DAYS).row(-1, named=True)

    assert (last["vwap_20"], last["volume_ratio"], last["avg_volume_20"], last["obv"]) == (None, None, 0, 0)


def test_no_bars_are_no_indicators():
    found = compute_indicators(series_of(walk(1)).clear(), bars_a_year=DAYS)

    assert found.is_empty()
    assert set(INDICATORS) <= set(found.columns)


def test_by_hand():
    found = compute_indicators(series_of(np.arange(1.0, 41.0), reach=0.5, volume=10), bars_a_year=DAYS)
    last = found.row(-1, named=True)

    assert last["sma_20"] == 30.5  # of 21 to 40
    assert last["stddev_20"] == pytest.approx(np.sqrt((20**2 - 1) / 12))
    assert last["bollinger_upper"] == pytest.approx(30.5 + 2 * np.sqrt(33.25))
    assert last["percent_b"] == pytest.approx((40 - 30.5 + 2 * np.sqrt(33.25)) / (4 * np.sqrt(33.25)))
    assert (last["momentum_10"], last["roc_10"]) == (10, pytest.approx(100 / 3))
    assert last["return_pct"] == pytest.approx(100 / 39)
    assert last["range_pct"] == pytest.approx(200)  # 60 over 20
    assert last["williams_r_14"] == pytest.approx(-100 * (60 - 40) / (60 - 13.5))
    assert (last["obv"], last["avg_volume_20"], last["volume_ratio"]) == (400, 10, 1)
    assert last["vwap_20"] == pytest.approx(30.5)
    assert last["rsi_14"] == 100
