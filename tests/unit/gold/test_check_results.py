"""How dbt's tests ended is counted from the file that it leaves; hooks and models are no tests."""

import json
from pathlib import Path

from include.gold.check_results import count_results
from include.gold.dbt_environment import RUN_RESULTS


def test_tests_and_unit_tests_are_counted_and_hooks_are_not(tmp_path: Path) -> None:
    ended = {
        "test.stocklake.a": "pass",
        "test.stocklake.b": "warn",
        "unit_test.stocklake.c.d": "pass",
        "operation.stocklake.on-run-end-0": "success",
        "model.stocklake.e": "success",
    }
    results = [{"unique_id": name, "status": status} for name, status in ended.items()]
    (tmp_path / RUN_RESULTS).write_text(json.dumps({"results": results}))

    assert count_results(tmp_path) == {"pass": 2, "warn": 1}


def test_a_run_that_wrote_nothing_has_no_result(tmp_path: Path) -> None:
    assert count_results(tmp_path) == {}
