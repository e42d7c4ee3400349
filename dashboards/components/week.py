"""Which week: the newest, or an earlier one that the address names, `week=2013-01-04`; back and forward by a week."""

from dataclasses import dataclass
from datetime import date, timedelta

import streamlit as st

from dashboards.components import address, formats
from dashboards.components.plain_text import as_text

NAME = "week"  # in the address
BACK, FORWARD, TO_NEWEST, DAY = "week_back", "week_forward", "week_newest", "week_day"
A_WEEK = timedelta(days=7)
FRIDAY = 4
DAY_WIDTH = 150  # pixels


@dataclass(frozen=True)
class Week:
    """The chosen week by its Friday, and the newest there is."""

    ending: date
    newest: date

    @property
    def earlier(self) -> date | None:
        """The week where it is an earlier one, as the queries name it; None for the newest."""
        return self.ending if self.ending < self.newest else None

    @property
    def weeks_ago(self) -> int:
        """How many weeks before the newest it is."""
        return (self.newest - self.ending) // A_WEEK


def is_named() -> bool:
    """Whether the address names a week."""
    return bool(address.asked(NAME))


def choose_week(first: date, newest: date) -> Week:
    """Draw the control for the weeks from `first` to `newest`; an address that names none of them is told so."""
    asked = next(iter(address.asked(NAME)), None)
    named = _week_of(asked) if asked else newest
    chosen = Week(named if named and first <= named <= newest else newest, newest)
    address.give(DAY, chosen.ending)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.date_input(
            "Week ending",
            min_value=_monday(first),
            max_value=newest + timedelta(days=2),
            key=DAY,
            on_change=_write_day,
            args=(newest,),
            format="YYYY-MM-DD",
            width=DAY_WIDTH,
            help="Any day of the week; a week ends on its Friday",
        )
        before, after = chosen.ending - A_WEEK, chosen.ending + A_WEEK
        _step("Back", ":material/chevron_left:", BACK, before if before >= first else None, newest)
        _step("Forward", ":material/chevron_right:", FORWARD, after if after <= newest else None, newest)
        if chosen.earlier:
            _step("Newest", ":material/last_page:", TO_NEWEST, newest, newest)
    if named != chosen.ending:
        st.warning(
            f"**{as_text(asked)}**: no week from {formats.day(first)} to {formats.day(newest)}: the newest is shown.",
            icon=":material/search_off:",
        )
    return chosen


def _step(words: str, icon: str, key: str, to: date | None, newest: date) -> None:
    help_text = f"The week ending {formats.day(to)}" if to else None
    st.button(words, key=key, icon=icon, disabled=to is None, on_click=_write, args=(to, newest), help=help_text)


def _week_of(text: str) -> date | None:
    try:
        return _monday(date.fromisoformat(text)) + timedelta(days=FRIDAY)
    except ValueError:
        return None


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _write_day(newest: date) -> None:
    day = st.session_state[DAY]
    _write(_monday(day) + timedelta(days=FRIDAY) if day else None, newest)


def _write(week: date | None, newest: date) -> None:
    # The newest has no name: an address without one follows the publications.
    address.write(week=week.isoformat() if week and week < newest else None)
