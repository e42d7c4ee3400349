"""What to compare with: none, the mean of all stocks, or one of them."""

from collections.abc import Mapping, Sequence

import streamlit as st

from dashboards.components import address, formats
from dashboards.queries.benchmark import ALL_STOCKS
from include.serving.benchmark import FEWEST_OTHERS

NONE = "None"
KEY = "benchmark"  # also in the address
WIDTH = 220  # pixels


def choose_benchmark(universe: Sequence[str], names: Mapping[str, str | None], *, published: str | None) -> str | None:
    """The chosen name; at first BENCHMARK_SYMBOL, else all stocks where each has enough others. None for none."""
    options = [NONE, ALL_STOCKS, *universe]
    at_first = ALL_STOCKS if len(universe) > FEWEST_OTHERS else NONE
    asked = [name for name in address.asked(KEY) if name in options]
    address.give(KEY, asked[0] if asked else published if published in options else at_first)
    chosen = st.selectbox(
        "Benchmark",
        options,
        format_func=lambda name: formats.stock(name, names.get(name)),
        key=KEY,
        on_change=lambda: address.write(benchmark=st.session_state[KEY]),
        width=WIDTH,
        help=f"{ALL_STOCKS}: the mean of their weekly returns, each with the same weight",
    )
    return None if chosen == NONE else chosen
