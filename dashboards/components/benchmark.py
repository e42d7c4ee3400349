"""What to compare with: none, the mean of all stocks, or one of them."""

from collections.abc import Sequence

import streamlit as st

from dashboards.queries.benchmark import ALL_STOCKS
from include.serving.benchmark import FEWEST_OTHERS

NONE = "None"
WIDTH = 220  # pixels


def choose_benchmark(universe: Sequence[str], *, published: str | None) -> str | None:
    """The chosen name; at first BENCHMARK_SYMBOL, else all stocks where each has enough others. None for none."""
    options = [NONE, ALL_STOCKS, *universe]
    at_first = ALL_STOCKS if len(universe) > FEWEST_OTHERS else NONE
    chosen = st.selectbox(
        "Benchmark",
        options,
        index=options.index(published if published in options else at_first),
        key="benchmark",
        bind="query-params",
        width=WIDTH,
        help=f"{ALL_STOCKS}: the mean of their weekly returns, each with the same weight",
    )
    return None if chosen == NONE else chosen
