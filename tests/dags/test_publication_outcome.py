"""What the report of a publication calls failed, and how its first words say whether gold was published."""

from datetime import UTC, datetime

import pytest

from include.observability.publications import Publication
from include.orchestration.gold import DBT_BUILD, _failed_tasks, _outcome

WATCHERS = {"dbt.publications.run": "success", "dbt.dim_stock_run": "success", f"{DBT_BUILD}_done": "success"}


@pytest.mark.parametrize(
    ("states", "is_published", "failed"),
    [
        ({DBT_BUILD: "success"}, True, []),
        ({DBT_BUILD: "failed"}, True, []),  # dbt died after the commit, and its watchers did the rest
        ({DBT_BUILD: "failed", "dbt.dim_stock_run": "failed"}, True, ["dbt.dim_stock_run"]),
        ({DBT_BUILD: "success", "announce_publication": "failed"}, True, ["announce_publication"]),
        ({DBT_BUILD: "failed", "dbt.publications.run": "failed"}, False, ["dbt.publications.run"]),
        ({DBT_BUILD: "failed"}, False, [DBT_BUILD]),
        ({DBT_BUILD: "upstream_failed", "begin_publication": "failed"}, False, ["begin_publication"]),
        ({DBT_BUILD: "success"}, False, [DBT_BUILD]),  # whatever the tasks say, nothing was committed
    ],
)
def test_what_failed(states: dict[str, str], is_published: bool, failed: list[str]) -> None:
    assert _failed_tasks(WATCHERS | states, is_published=is_published) == failed


def test_the_first_words_say_whether_gold_was_published() -> None:
    committed = Publication("weekly_adjusted_prices:1", datetime(2013, 3, 2, tzinfo=UTC), rows_changed=1_234)

    assert _outcome(committed) == "gold was published (1,234 rows changed), but"
    assert _outcome(None) == "nothing was published,"
