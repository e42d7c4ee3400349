"""How dbt's tests ended is counted from the file that it leaves; hooks and models are no tests."""

import json
from pathlib import Path

from include.gold.check_results import MANIFEST, count_results, say_where_rows_are
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


def test_what_did_not_pass_says_where_its_rows_are(tmp_path: Path) -> None:
    check = {
        "name": "assert_prices_are_positive",
        "resource_type": "test",
        "config": {"severity": "ERROR"},
        "schema": "audit",
        "alias": "prices_are_positive",
        "attached_node": "model.stocklake.fact_adjusted_prices",
    }
    nodes = {f"test.stocklake.{name}": check | {"alias": name} for name in ("broken", "kept")}
    result = {"execution_time": 0.1, "message": None, "timing": []}
    results = [
        result | {"unique_id": "test.stocklake.broken", "status": "fail", "failures": 3},
        result | {"unique_id": "test.stocklake.kept", "status": "pass", "failures": 0},
    ]
    run = {
        "args": {"vars": {"execution_batch_id": "b"}},
        "metadata": {"generated_at": "2013-03-02"},
        "results": results,
    }
    (tmp_path / RUN_RESULTS).write_text(json.dumps(run))
    (tmp_path / MANIFEST).write_text(json.dumps({"nodes": nodes}))

    assert say_where_rows_are(tmp_path) == ["prices are positive (fact_adjusted_prices): its rows are in audit.broken"]
