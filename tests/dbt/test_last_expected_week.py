"""A stock that lacks its last expected week is named, whatever its open week says."""

from collections.abc import Callable
from dataclasses import replace

from tests.dbt.gold import Gold
from tests.dbt.weeks import friday, series

LAST_EXPECTED = 163  # the last week that was over at MARKET_NOW, a Saturday


def test_only_complete_weeks_count(new_gold: Callable[[], Gold]):
    gold = new_gold()
    newest = LAST_EXPECTED + 1
    *_, open_week = series("OPEN", range(100, newest + 1))
    gold.write(
        *series("GOOD", range(100, LAST_EXPECTED + 1)),
        *series("LATE", range(100, LAST_EXPECTED)),
        *series("OPEN", range(100, LAST_EXPECTED)),
        replace(open_week, is_complete_week=False),
        *series("NEW", [newest], is_complete_week=False),
        *series("STUCK", [LAST_EXPECTED], is_complete_week=False),
    )

    said = gold.publish()

    assert said["assert_every_stock_has_its_last_expected_week"] == "warn"
    found = gold.execute(
        "select symbol, last_complete_week, last_expected_week "
        "from audit.assert_every_stock_has_its_last_expected_week order by symbol"
    )
    before, expected = friday(LAST_EXPECTED - 1), friday(LAST_EXPECTED)
    assert found == [("LATE", before, expected), ("OPEN", before, expected), ("STUCK", None, expected)]
