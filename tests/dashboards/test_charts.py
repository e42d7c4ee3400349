"""Frame to chart, without a browser."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from dashboards.charts import bars, candles, grids, scatter, series, technical, zoom
from dashboards.charts.elements import Chart, log_labels
from dashboards.components.colours import ticker_colours

WEEKS = [date(2013, 2, 22), date(2013, 3, 1)]


def weeks(**closes: list[float | None]) -> pl.DataFrame:
    """Two weeks of each symbol; `_` in a name stands for a dot."""
    rows = [
        {"symbol": symbol.replace("_", "."), "week_ending": week, "close": close}
        for symbol, series in closes.items()
        for week, close in zip(WEEKS, series, strict=True)
    ]
    return pl.DataFrame(rows, schema_overrides={"close": pl.Float64})


def spec(chart: Chart) -> dict[str, Any]:
    found = chart.to_dict()
    assert found["layer"]
    return dict(found)


def test_a_line_chart_says_its_unit_on_the_axis() -> None:
    frame = weeks(IBM=[1, 2])
    layers = spec(
        series.lines(frame, value="close", title="Close (USD)", colours=ticker_colours(["IBM"], universe=["IBM"]))
    )["layer"]

    assert "Close (USD)" in [layer["encoding"].get("y", {}).get("axis", {}).get("title") for layer in layers]


def test_the_tooltip_names_every_ticker_with_its_unit_even_with_a_dot_or_without_a_week() -> None:
    frame = weeks(BRK_B=[1, 2], IBM=[3, None])
    colours = ticker_colours(["BRK.B", "IBM", "MSFT"], universe=["BRK.B", "IBM", "MSFT"])
    answering = spec(series.lines(frame, value="close", title="Close", colours=colours, unit="USD"))["layer"][-1]
    said = answering["encoding"]["tooltip"]
    written = {step["as"]: step["calculate"] for step in answering["transform"] if "calculate" in step}

    assert [line["title"] for line in said] == ["Week ending", "BRK.B (USD)", "IBM (USD)", "MSFT (USD)"]
    assert all(line["field"] in written for line in said)
    assert written[said[1]["field"]].startswith('isValid(datum["BRK.B"]) ?')


def test_every_ticker_has_its_own_colour_in_every_chart() -> None:
    frame = weeks(AAPL=[1, 2], IBM=[1, 2]).with_columns(return_1w_pct=pl.col("close"))
    colours = ticker_colours(["AAPL", "IBM"], universe=["AAPL", "IBM"])
    line = spec(series.lines(frame, value="close", title="Close", colours=colours))["layer"][0]["encoding"]["color"][
        "scale"
    ]
    returns = bars.returns(frame.head(1), colours=colours, horizons={"return_1w_pct": "1 week"})
    bar = spec(returns)["layer"][0]["encoding"]["color"]["scale"]

    assert line == bar == {"domain": ["AAPL", "IBM"], "range": [colours["AAPL"], colours["IBM"]]}


def test_of_a_crowd_the_one_that_is_pointed_at_is_told_and_only_colours_are_in_the_legend() -> None:
    symbols = [f"S{number}" for number in range(9)]
    frame = weeks(**{symbol: [number + 1, 2 * number + 1] for number, symbol in enumerate(symbols)})
    colours = ticker_colours(symbols, universe=symbols)
    of = {"value": "close", "title": "Close", "colours": colours}
    for chart in (series.lines(frame, unit="USD", **of), series.points(frame, levels=[-2, 2], unit="USD", **of)):
        found = spec(chart)
        (cells,) = (layer for layer in found["layer"] if layer.get("name", "").startswith("columns"))
        (hover,) = (param for param in found["params"] if param["name"] == "hover")
        legends = [layer["encoding"]["color"]["legend"] for layer in found["layer"] if "color" in layer["encoding"]]

        assert [line["title"] for line in cells["encoding"]["tooltip"]] == ["Week ending", "Ticker", "USD"]
        assert cells["encoding"]["y2"] == {"field": "high"}
        assert hover["select"]["fields"] == ["column_start", "symbol"]
        assert [legend["values"] for legend in legends] == [symbols[:6]]


def test_a_line_below_another_is_broad_and_pale() -> None:
    frame = weeks(IBM=[1, 2], MSFT=[1, 2])
    colours = ticker_colours(["IBM", "MSFT"], universe=["IBM", "MSFT"])
    lines = spec(series.lines(frame, value="close", title="Close", colours=colours, below="IBM"))["layer"][0]
    usual = spec(series.lines(frame, value="close", title="Close", colours=colours))["layer"][0]

    assert lines["encoding"]["size"]["condition"] == {"test": "datum.symbol == 'IBM'", "value": 8}
    assert lines["encoding"]["strokeOpacity"]["condition"] == {"test": "datum.symbol == 'IBM'", "value": 0.5}
    assert not {"size", "strokeOpacity"} & set(usual["encoding"])


def test_a_return_that_is_not_known_is_no_bar() -> None:
    frame = pl.DataFrame({"symbol": ["FB"], "return_1w_pct": [2.4], "return_52w_pct": [None]})
    chart = bars.returns(
        frame,
        colours=ticker_colours(["FB"], universe=["FB"]),
        horizons={"return_1w_pct": "1 week", "return_52w_pct": "52 weeks"},
    )
    (rows,) = (rows for rows in spec(chart)["datasets"].values() if rows and "return_pct" in rows[0])

    assert [row["horizon"] for row in rows] == ["1 week"]


def candle_weeks(**changes: object) -> pl.DataFrame:
    """One usual week: opened at 10, closed at 12."""
    row: dict[str, object] = {
        "week_ending": WEEKS[1],
        "open": 10.0,
        "high": 13.0,
        "low": 9.0,
        "close": 12.0,
        "volume": 5.0,
        "action": None,
        "action_words": "",
    }
    return pl.DataFrame([row | changes], schema_overrides={"action": pl.String, "open": pl.Float64})


def candles_of(**changes: object) -> dict[str, Any]:
    return dict(candles.weeks(candle_weeks(**changes), title="Price (USD)", currency="USD").to_dict())


def week_of(**changes: object) -> dict[str, Any]:
    (week, *_), *_ = candles_of(**changes)["datasets"].values()
    return dict(week)


def test_a_week_on_two_scales_is_a_dash_at_its_close() -> None:
    week = week_of(open=None, high=None, low=None)

    assert week["body"] == week["bottom"] == week["top"] == week["Close"] == 12


def test_a_week_without_a_low_has_no_wick_below_its_body() -> None:
    week = week_of(open=11.0, low=None)

    assert (week["body"], week["Close"], week["bottom"]) == (11, 12, 11)


def test_a_week_without_an_open_keeps_its_wick() -> None:
    week = week_of(open=None)

    assert week["body"] == week["Close"] == 12
    assert week["bottom"] < 12 < week["top"]


def test_a_split_is_marked_and_a_usual_week_is_not() -> None:
    usual = candles_of()["vconcat"][0]["layer"]
    split = candles_of(action="split", action_words="split 2 : 1")["vconcat"][0]["layer"]

    (marks,) = (layer for layer in split if "shape" in layer["encoding"])
    assert len(split) == len(usual) + 1
    assert marks["encoding"]["shape"]["field"] == "Action"


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (10, 700, [10, 20, 50, 100, 200, 500]),
        (427, 690, [450, 500, 550, 600, 650]),
        (0.8, 90, [1, 2, 5, 10, 20, 50]),
        (99, 101, [99, 99.5, 100, 100.5, 101]),
    ],
)
def test_a_log_axis_has_labels_that_can_be_read(low: float, high: float, labels: list[float]) -> None:
    assert log_labels(low, high) == pytest.approx(labels)


def test_a_ranking_has_room_for_its_numbers_only_where_bars_end() -> None:
    frame = pl.DataFrame({"symbol": ["A", "B"], "value": [50.0, 100.0]})
    domain = spec(bars.ranking(frame, name="symbol", value="value", title="%"))["layer"][0]["encoding"]["x"]["scale"][
        "domain"
    ]

    assert domain == [0, 112]


def test_a_guide_without_a_value_is_left_out() -> None:
    frame = pl.DataFrame({"from_value": [0.0], "rows": [3]})
    chart = bars.histogram(frame, title="%", counted="Weeks", width=1, marked={"median": 0.5, "newest": None})

    assert len(spec(chart)["layer"]) == 2


def test_a_heat_map_writes_its_numbers_in_the_cells() -> None:
    frame = pl.DataFrame({"symbol": ["A"], "other_symbol": ["B"], "correlation": [0.5]})
    cells, numbers = spec(
        grids.heat_map(
            frame, row="symbol", column="other_symbol", value="correlation", title="Correlation", most=1, number="+.2f"
        )
    )["layer"]

    assert cells["encoding"]["color"]["scale"]["domain"] == [-1, 0, 1]
    assert numbers["mark"]["text"]["expr"] == (
        "width > 42 ? format(datum.correlation, '+.2f') : width < 20 ? '' : format(datum.correlation, '+.2f')"
    )


PRICES = ("open", "high", "low", "close", "volume")
INDICATORS = (
    *("sma_20", "sma_50", "sma_200", "ema_12", "ema_26", "bollinger_upper", "bollinger_lower", "avg_volume_20"),
    *("rsi_14", "macd", "macd_signal", "macd_histogram"),
)


def sessions(number: int) -> pl.DataFrame:
    """Quiet sessions, one a day, of which the first has no indicator yet."""
    numbers = {name: [10.0 + place for place in range(number)] for name in PRICES}
    indicators = {name: [None, *range(1, number)] for name in INDICATORS}
    days = {
        "bar": [date(2000, 1, 3) + timedelta(days=place) for place in range(number)],
        "is_complete": [True] * number,
    }
    stamps = {"symbol": ["IBM"] * number, "load_timestamp": [None] * number, "execution_batch_id": ["b"] * number}
    return pl.DataFrame(days | numbers | indicators | stamps, strict=False)


def panes(number: int, *, is_log: bool = False) -> dict[str, Any]:
    overlays = ["SMA 20", technical.BANDS]
    return dict(
        technical.panes(sessions(number), bar="session", currency="USD", overlays=overlays, is_log=is_log).to_dict()
    )


def of_lines() -> dict[str, Any]:
    colours = ticker_colours(["IBM"], universe=["IBM"])
    return spec(series.lines(weeks(IBM=[1, 2]), value="close", title="Close", colours=colours, level=1))


def of_points() -> dict[str, Any]:
    colours = ticker_colours(["IBM"], universe=["IBM"])
    return spec(series.points(weeks(IBM=[1, 2]), value="close", title="Close", colours=colours, levels=[0]))


@pytest.mark.parametrize(("make", "panes"), [(lambda: panes(30), 4), (candles_of, 2), (of_lines, 1), (of_points, 1)])
def test_hover_brush_and_reset_stand_on_the_last_layer_of_each_pane_and_on_no_other(
    make: Callable[[], dict[str, Any]], panes: int
) -> None:
    chart = make()
    drawn = chart.get("vconcat", [chart])
    answering = [pane["layer"][-1]["name"] for pane in drawn]

    assert len(set(answering)) == panes
    assert [parameter["name"] for parameter in chart["params"]] == ["hover", "brush", "reset"]
    assert all(parameter["views"] == answering for parameter in chart["params"])
    assert not any("params" in layer for pane in drawn for layer in pane["layer"])


def test_a_chart_of_a_page_without_a_period_has_no_brush() -> None:
    frame = pl.DataFrame({"week_ending": WEEKS, "advancing": [3, 1], "declining": [1, 2]})

    assert [parameter["name"] for parameter in spec(series.breadth(frame))["params"]] == ["hover"]


def test_all_panes_say_the_same_of_a_bar_with_its_units() -> None:
    said = [[line["title"] for line in pane["layer"][-1]["encoding"]["tooltip"]] for pane in panes(30)["vconcat"]]

    assert all(lines == said[0] for lines in said)
    assert said[0][:6] == ["Session", "Open (USD)", "High (USD)", "Low (USD)", "Close (USD)", "Volume (shares)"]
    assert {"SMA 20 (USD)", "Bollinger upper (USD)", "RSI 14 (0 to 100)", "MACD signal (USD)"} <= set(said[0])
    assert "SMA 200 (USD)" not in said[0], "nobody chose it"


def test_a_column_reaches_halfway_to_its_neighbours_and_of_many_bars_some_answer_for_the_others() -> None:
    few = zoom.add_columns(sessions(3), "bar")
    assert ((few["column_end"] - few["column_start"]) / 86_400_000).to_list() == [1, 1, 1]
    assert few["column_start"][1:].to_list() == few["column_end"][:-1].to_list()

    many = zoom.add_columns(sessions(6_500), "bar")
    assert many.height == 6_500
    assert 1_000 < many["column_start"].count() <= zoom.MOST_COLUMNS
    one = zoom.add_columns(sessions(1), "bar")
    assert (one["column_end"] - one["column_start"]).to_list() == [86_400_000]


def test_more_bars_than_pixels_are_drawn_as_a_line() -> None:
    def marks(chart: dict[str, Any]) -> list[str]:
        return [layer["mark"]["type"] for layer in chart["vconcat"][0]["layer"]]

    assert "bar" in marks(panes(1_500))
    assert "bar" not in marks(panes(1_501))


def test_a_log_scale_spans_the_prices_and_is_labelled_at_1_2_and_5() -> None:
    line = panes(300, is_log=True)["vconcat"][0]["layer"][-3]["encoding"]["y"]

    assert line["scale"]["domain"] == pytest.approx([10 / 1.08, 309 * 1.08])
    assert line["axis"]["values"] == [10, 20, 50, 100, 200]


def test_an_indicator_in_its_warm_up_is_no_layer_and_its_pane_keeps_its_axis() -> None:
    chart = panes(1)
    drawn = [[layer["mark"]["type"] for layer in pane["layer"]] for pane in chart["vconcat"]]

    assert drawn[1:] == [["rule", "bar", "rule", "rect"], ["rule", "rule", "rect"], ["rule", "rule", "rect"]]
    assert drawn[0] == ["rule", "bar", "rule", "rect"]
    assert all("title" in pane["layer"][0]["encoding"]["y"]["axis"] for pane in chart["vconcat"])


def test_a_scatter_names_its_dots_and_shows_where_nothing_was_gained() -> None:
    frame = pl.DataFrame({"symbol": ["A", "BRK.B"], "risk": [10.0, 20.0], "gain": [-5.0, 8.0]})
    colours = {"A": "#000001", "BRK.B": "#000002"}

    layers = spec(scatter.measures(frame, x=("risk", "Risk (%)"), y=("gain", "Gain (%)"), colours=colours))["layer"]

    assert [layer["mark"]["type"] for layer in layers] == ["rule", "point", "text"]
    assert layers[2]["encoding"]["text"]["field"] == "symbol"
    assert layers[1]["encoding"]["color"]["scale"]["domain"] == ["A", "BRK.B"]
    gains = frame.filter(pl.col("gain") > 0)
    above = spec(scatter.measures(gains, x=("risk", "Risk (%)"), y=("gain", "Gain (%)"), colours=colours))["layer"]
    assert [layer["mark"]["type"] for layer in above] == ["point", "text"]


def test_stacks_show_their_limit() -> None:
    frame = pl.DataFrame({"day": ["1 Jan"], "outcome": ["data"], "credits": [5]})

    layers = [
        spec(bars.stacks(frame, name="day", part="outcome", value="credits", title="Calls", limit=limit))["layer"]
        for limit in (None, 25)
    ]

    assert [len(each) for each in layers] == [1, 2]
    assert layers[1][1]["encoding"]["x"]["datum"] == 25
