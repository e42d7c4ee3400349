"""Which stocks, and how much of each: `holdings=AAPL:40,MSFT:60` in the address, and nothing else."""

from collections.abc import Mapping, Sequence

import streamlit as st

from dashboards.components import address, formats
from dashboards.components.choices import TICKERS_AT_FIRST, warn_of_unknown
from dashboards.components.plain_text import as_text
from include.errors import PortfolioRefused
from include.serving.portfolio import parse_holdings, scale_weights, write_holdings

HOLDINGS = "holdings"  # in the address
CHOSEN_KEY, WEIGHT_KEY = "held", "weight_of_"
MOST_HOLDINGS = 50
LARGEST_WEIGHT, STEP, WEIGHT_WIDTH = 1e9, 5.0, 150


def choose_holdings(universe: Sequence[str], names: Mapping[str, str | None]) -> dict[str, float]:
    """Draw the tickers and their weights; the chosen ones in percent that sum to 100. The page ends without any."""
    asked = _of_address(universe)
    warn_of_unknown([symbol for symbol in asked if symbol not in universe])
    weights = {symbol: weight for symbol, weight in asked.items() if symbol in universe}
    address.give(CHOSEN_KEY, list(weights))
    st.multiselect(
        "Holdings",
        universe,
        format_func=lambda symbol: formats.stock(symbol, names.get(symbol)),
        key=CHOSEN_KEY,
        max_selections=MOST_HOLDINGS,
        on_change=_choose_tickers,
        args=[weights],
        placeholder="Choose stocks",
        wrap=True,
    )
    with st.container(horizontal=True):
        for symbol, weight in weights.items():
            _weight_of(symbol, weight, weights)
    if not weights:
        st.info("**No holding is chosen.** Choose one or more from the list above.", icon=":material/touch_app:")
        st.stop()
    scaled, total = scale_weights(weights), sum(weights.values())
    if abs(total - 100) > 1e-6:  # noqa: PLR2004 - percent
        shares = formats.listed([f"{symbol} {formats.number(share, 1)} %" for symbol, share in scaled.items()])
        st.caption(f"The weights sum to {formats.number(total, 1)} and are scaled to 100: {as_text(shares)}.")
    return scaled


def _of_address(universe: Sequence[str]) -> dict[str, float]:
    # An address without holdings begins with some; one that names none asks for a choice.
    if HOLDINGS not in st.query_params:
        first = universe[:TICKERS_AT_FIRST]
        return dict.fromkeys(first, 100 / max(len(first), 1))
    text = st.query_params[HOLDINGS]
    if not text:
        return {}
    try:
        asked = parse_holdings(text)
        if len(asked) > MOST_HOLDINGS:
            raise PortfolioRefused(f"there are {len(asked):,} of them, and at most {MOST_HOLDINGS} can be held")
        return asked
    except PortfolioRefused as error:
        st.error(f"**These holdings cannot be read**: {as_text(error)}.", icon=":material/rule:")
        return {}


def _weight_of(symbol: str, weight: float, weights: Mapping[str, float]) -> None:
    key = f"{WEIGHT_KEY}{symbol}"
    address.give(key, weight)
    st.number_input(
        f"Weight of {symbol}",
        min_value=0.0,
        max_value=LARGEST_WEIGHT,
        step=STEP,
        format="%.6g",
        key=key,
        on_change=_change_weight,
        args=[symbol, weights],
        width=WEIGHT_WIDTH,
        help="Percent, or any other measure: weights are scaled to 100",
    )


def _choose_tickers(weights: Mapping[str, float]) -> None:
    """A ticker that comes gets the mean weight of those that are there."""
    usual = sum(weights.values()) / len(weights) if weights else 100.0
    _keep({symbol: weights.get(symbol, usual) for symbol in st.session_state[CHOSEN_KEY]})


def _change_weight(symbol: str, weights: Mapping[str, float]) -> None:
    changed = dict(weights) | {symbol: st.session_state[f"{WEIGHT_KEY}{symbol}"]}
    _keep({name: weight for name, weight in changed.items() if weight > 0})


def _keep(weights: Mapping[str, float]) -> None:
    address.write(holdings=write_holdings(weights))
