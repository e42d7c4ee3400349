"""Invented tickers: marked by their name, the same every time, and consistent with their own actions."""

from datetime import date

import numpy as np
import pytest

from include.market_simulator.invented import invented_weeks, is_invented

END = date(2013, 3, 1)


@pytest.mark.parametrize("symbol", ["INVENTED-1", "INVENTED-00001", "invented-42"])
def test_the_name_marks_them(symbol: str):
    assert is_invented(symbol)


@pytest.mark.parametrize("symbol", ["IBM", "INVENTED", "INVENTED-", "INVENTED-1.LON", "INVENTED-\u0661", "XINVENTED-1"])
def test_no_other_name_is_served(symbol: str):
    assert not is_invented(symbol)


def test_1300_weeks_up_to_the_first_clock():
    rows = invented_weeks("INVENTED-1", END)

    assert len(rows) == 1300
    assert (rows[0][0], rows[-1][0]) == ("2013-03-01", "1988-04-08")


def test_the_past_stays_as_the_clock_moves():
    raw_then = [row[:5] for row in invented_weeks("INVENTED-7", date(2005, 3, 4))]
    raw_now = [row[:5] for row in invented_weeks("INVENTED-7", END)]

    assert raw_then
    assert raw_now[-len(raw_then) :] == raw_then


def test_a_week_appears_on_its_friday():
    assert invented_weeks("INVENTED-1", date(2013, 3, 7))[0][0] == "2013-03-01"
    assert invented_weeks("INVENTED-1", date(2013, 3, 8))[0][0] == "2013-03-08"


def test_nothing_before_the_first_week():
    assert invented_weeks("INVENTED-1", date(1988, 4, 7)) == []


def test_tickers_differ():
    assert invented_weeks("INVENTED-1", END) != invented_weeks("INVENTED-2", END)


def test_every_week_satisfies_the_adjustment_identity():
    seen_splits = seen_dividends = 0
    for number in range(20):
        rows = invented_weeks(f"INVENTED-{number}", END)[::-1]
        opens, highs, lows, closes, adjusted, _, dividends = (
            np.array([row[place] for row in rows], float) for place in range(1, 8)
        )
        jumps = (adjusted / closes)[1:] / (adjusted / closes)[:-1]
        slack = 1.02 * 5e-5 * (1 / adjusted[1:] + 1 / adjusted[:-1]) + 1e-9
        splits = np.where(jumps > 1.25, np.round(jumps * 2) / 2, 1.0)
        assert (jumps >= splits * (1 + dividends[1:] / highs[1:]) * (1 - slack)).all()
        assert (jumps <= splits * (1 + dividends[1:] / lows[1:]) * (1 + slack)).all()
        assert (highs >= np.maximum(opens, closes)).all()
        assert (lows <= np.minimum(opens, closes)).all()
        seen_splits += (splits > 1).sum()
        seen_dividends += (dividends > 0).sum()

    assert seen_splits > 20
    assert seen_dividends > 1000
