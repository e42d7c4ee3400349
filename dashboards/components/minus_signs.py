"""A minus sign in tables, as cards and charts have it: Streamlit's own formats write a hyphen."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import polars as pl
from pandas.io.formats.style import Styler

from dashboards.components.formats import MINUS, MISSING

Looks = dict[str, Any]  # of each column, as `st.column_config` makes them


def with_minus_signs(frame: pl.DataFrame, looks: Looks) -> tuple[pl.DataFrame | Styler, Looks]:
    """The frame, in which numbers still sort as numbers, with the text of each column that has a negative one.

    Shape:  such a column has no format of Streamlit any more.
    """
    negative = [name for name in looks if frame[name].dtype.is_numeric() and (frame[name] < 0).any()]
    if not negative:
        return frame, looks
    texts = {name: partial(_write, looks[name]["type_config"]["format"]) for name in negative}
    styled = frame.to_pandas(use_pyarrow_extension_array=True).style.format(texts, na_rep=MISSING)
    return styled, looks | {name: _without_format(looks[name]) for name in negative}


def _write(number_format: str, value: float) -> str:
    # One of printf, with a comma for thousands: %+.1f %%
    spec, _, unit = number_format.removeprefix("%").partition(" ")
    sign, rest = spec[: spec.startswith("+")], spec.removeprefix("+").replace("d", ".0f")
    number = f"{value:{sign}z{rest}}".replace("-", MINUS)  # z: what is rounded to zero has no minus
    return f"{number} {unit.replace('%%', '%')}".rstrip()


def _without_format(look: Mapping[str, Any]) -> dict[str, Any]:
    return {**look, "type_config": {**look["type_config"], "format": None}}
