"""Frame to chart, without a browser."""

from datetime import date
from typing import Any

import polars as pl

from dashboards import charts
from dashboards.colours import ticker_colours

WEEKS = [date(2013, 2, 22), date(2013, 3, 1)]


def weeks(**closes: list[float | None]) -> pl.DataFrame:
    """Two weeks of each symbol; `_` in a name stands for a dot."""
    rows = [
        {"symbol": symbol.replace("_", "."), "week_ending": week, "close": close}
        for symbol, series in closes.items()
        for week, close in zip(WEEKS, series, strict=True)
    ]
    return pl.DataFrame(rows, schema_overrides={"close": pl.Float64})


def spec(chart: charts.Chart) -> dict[str, Any]:
    found = chart.to_dict()
    assert found["layer"]
    return dict(found)


def test_a_line_chart_says_its_unit_on_the_axis() -> None:
    frame = weeks(IBM=[1, 2])
    layers = spec(
        charts.lines(frame, value="close", title="Close (USD)", colours=ticker_colours(["IBM"], universe=["IBM"]))
    )["layer"]

    assert "Close (USD)" in [layer["encoding"]["y"]["axis"]["title"] for layer in layers if "y" in layer["encoding"]]


def test_the_tooltip_names_every_ticker_even_with_a_dot() -> None:
    frame = weeks(BRK_B=[1, 2], IBM=[3, None])
    colours = ticker_colours(["BRK.B", "IBM"], universe=["BRK.B", "IBM"])
    tooltip = spec(charts.lines(frame, value="close", title="Close", colours=colours))["layer"][-1]["encoding"][
        "tooltip"
    ]

    assert [part["title"] for part in tooltip] == ["Week ending", "BRK.B", "IBM"]
    assert not any("." in part["field"] for part in tooltip)


def test_every_ticker_has_its_own_colour_in_every_chart() -> None:
    frame = weeks(AAPL=[1, 2], IBM=[1, 2]).with_columns(return_1w_pct=pl.col("close"))
    colours = ticker_colours(["AAPL", "IBM"], universe=["AAPL", "IBM"])
    line = spec(charts.lines(frame, value="close", title="Close", colours=colours))["layer"][0]["encoding"]["color"][
        "scale"
    ]
    bars = charts.returns(frame.head(1), colours=colours, horizons={"return_1w_pct": "1 week"})
    bar = spec(bars)["layer"][0]["encoding"]["color"]["scale"]

    assert line == bar == {"domain": ["AAPL", "IBM"], "range": [colours["AAPL"], colours["IBM"]]}


def test_a_return_that_is_not_known_is_no_bar() -> None:
    frame = pl.DataFrame({"symbol": ["FB"], "return_1w_pct": [2.4], "return_52w_pct": [None]})
    chart = charts.returns(
        frame,
        colours=ticker_colours(["FB"], universe=["FB"]),
        horizons={"return_1w_pct": "1 week", "return_52w_pct": "52 weeks"},
    )
    (rows,) = (rows for rows in spec(chart)["datasets"].values() if rows and "return_pct" in rows[0])

    assert [row["horizon"] for row in rows] == ["1 week"]
