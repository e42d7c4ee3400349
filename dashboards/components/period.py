"""From when to when: a preset, two dates, or what was dragged over a chart. The address holds it, and nothing else.

`period=5Y`, or from and to: `period=2008-09-01..2009-03-31`. It is one parameter, because each one that is set or taken
away is an entry of the browser's history, and *back* restores the choice before.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, TypeAlias

import altair as alt
import streamlit as st

BRUSH, RESET, COLUMN = "brush", "reset", "column_start"  # of a chart: what is dragged and clicked, and the time of it
ALL = "All"
TO_DATE = {"MTD": 1, "QTD": 3, "YTD": 12}  # months of what it begins with
MONTHS = {"1M": 1, "3M": 3, "6M": 6, "1Y": 12, "3Y": 36, "5Y": 60, "10Y": 120}
PRESETS = (*TO_DATE, *MONTHS, ALL)
PRESET_KEY, DATES_KEY = "period_preset", "period_dates"
PERIOD, FROM_TO = "period", ".."  # in the address
DATES_WIDTH = 280  # pixels
FRIDAY = 4
ZoomableChart: TypeAlias = alt.VConcatChart | alt.LayerChart
DAYS_OF_A_MONTH = 31  # at most, so that no preset reaches into a day that its last month lacks


@dataclass(frozen=True)
class Period:
    """The chosen days, both included; `preset` is None where two dates were chosen."""

    since: date
    until: date
    preset: str | None

    @property
    def base_week(self) -> date:
        """The Friday at or before the first day: with its close begins what the weeks of the period return."""
        return _friday(self.since)

    def show(self, chart: ZoomableChart, *, name: str, alt_text: str, is_weekly: bool = True) -> None:
        """Draw a chart whose panes `zoom.columns` closes: a drag chooses the bars it touches, a double click the
        preset; a bar is a week, or else a day.
        """
        # Another period is another chart: no brush of the one before is drawn into it.
        key = f"{name}_{self.preset}_{self.since}_{self.until}"
        zoom = partial(_zoom, key, is_weekly=is_weekly)
        st.altair_chart(chart, key=key, on_select=zoom, selection_mode=(BRUSH, RESET), alt=alt_text, width="stretch")


def choose_period(first: date, last: date, *, default: str) -> Period:
    """Draw the control for data from `first` to `last`; what the address says is chosen, else the preset `default`."""
    chosen = _of_address(first, last, default)
    st.session_state[PRESET_KEY] = chosen.preset
    st.session_state[DATES_KEY] = (chosen.since, chosen.until)
    st.segmented_control("Period", PRESETS, key=PRESET_KEY, on_change=_choose_preset, wrap=True)
    st.date_input(
        "From and to",
        min_value=min(first, chosen.since),
        max_value=max(last, chosen.until),
        key=DATES_KEY,
        on_change=_choose_dates,
        format="YYYY-MM-DD",
        width=DATES_WIDTH,
        help="Or drag over a chart along time; a double click on it leads back",
    )
    if chosen.preset is None:
        st.button("Reset zoom", icon=":material/zoom_out_map:", on_click=forget, help=f"Back to {default}")
    return chosen


def forget() -> None:
    """Take the period out of the address: the preset that the page begins with holds again."""
    st.query_params.pop(PERIOD, None)


def _of_address(first: date, last: date, default: str) -> Period:
    asked = st.query_params.get(PERIOD, default)
    since, until = (_day(text) for text in asked.split(FROM_TO)) if asked.count(FROM_TO) == 1 else (None, None)
    if since or until:
        since, until = max(since or first, first), min(until or last, last)
        if since <= until:
            return Period(since, until, None)
    preset = asked if asked in PRESETS else default
    return Period(max(_start(preset, last) or first, first), last, preset)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _start(preset: str, last: date) -> date | None:
    """The first day of a preset; None for all there is."""
    if preset == ALL:
        return None
    if preset in TO_DATE:
        # The day before: its close is what the first session of the month returns on.
        return last.replace(month=last.month - (last.month - 1) % TO_DATE[preset], day=1) - timedelta(days=1)
    months = last.year * 12 + last.month - 1 - MONTHS[preset]
    first_of_month = date(months // 12, months % 12 + 1, 1)
    next_month = (first_of_month + timedelta(days=DAYS_OF_A_MONTH)).replace(day=1)
    same_day = first_of_month + timedelta(days=last.day - 1)
    return min(same_day, next_month - timedelta(days=1)) + timedelta(days=1)  # a year of 252 sessions, not of 253


def _choose_preset() -> None:
    preset = st.session_state[PRESET_KEY]
    if preset is not None:  # else the chosen one was clicked again, and stays
        st.query_params[PERIOD] = preset


def _choose_dates() -> None:
    dates: tuple[date, ...] = st.session_state[DATES_KEY]
    if dates[1:]:  # else one is chosen, and the other still to come
        _keep(*dates)


def _zoom(key: str, *, is_weekly: bool) -> None:
    selection: Any = st.session_state[key].selection
    if covered := selection.get(BRUSH, {}).get(COLUMN):
        since, until = (_bar_at(milliseconds, is_weekly=is_weekly) for milliseconds in sorted(covered))
        if since < until:  # else a click that slipped
            _keep(since, until)
    elif selection.get(RESET):
        forget()


def _bar_at(milliseconds: float, *, is_weekly: bool) -> date:
    """The bar whose column reaches over this time: half of it lies before the day of the bar."""
    at = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return _friday((at + timedelta(days=3.5)).date()) if is_weekly else (at + timedelta(days=0.5)).date()


def _friday(day: date) -> date:
    return day - timedelta(days=(day.weekday() - FRIDAY) % 7)


def _keep(since: date, until: date) -> None:
    st.query_params[PERIOD] = f"{since}{FROM_TO}{until}"
