"""The results of dbt's checks, stored in `ops.check_results`: dbt's own files are overwritten by its next run."""

import json
from collections import Counter
from collections.abc import Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from include.gold.dbt_environment import RUN_RESULTS
from include.observability.batch import BatchId
from include.warehouse.connection import connect

Row = dict[str, Any]  # of ops.check_results, by column

MANIFEST = "manifest.json"
TESTS = ("test.", "unit_test.")  # how dbt's ids of them begin; hooks have results too
# The rule in words for checks that have no name of their own: dbt's names of them are long and, as tables, hashed.
RULES = {
    "unique": "{column} is unique",
    "not_null": "{column} is never null",
    "relationships": "{column} is found in {to}",
    "unique_combination_of_columns": "one row per {columns}",
}


def record_checks(target: Path, url: str | None = None) -> None:
    """Store the results of the checks of the newest run in dbt's folder of results; nothing where it ran none."""
    results, known = _read_checks(target)
    with connect(url) as connection:
        _write(connection, results, known)


def count_results(target: Path) -> Counter[str]:
    """How the tests of dbt's newest run ended, units too, by status; empty where its folder of results has no run."""
    if not (results := target / RUN_RESULTS).exists():
        return Counter()
    run = json.loads(results.read_text())
    return Counter(each["status"] for each in run["results"] if each["unique_id"].startswith(TESTS))


def say_where_rows_are(target: Path) -> list[str]:
    """A line for each check of dbt's newest run that found rows: its rule, and the table that holds them."""
    results, _ = _read_checks(target)
    return [
        f"{each['rule']} ({each['checked_table']}): its rows are in {each['failing_rows_table']}"
        for each in results
        if each["failing_rows_table"]
    ]


def _read_checks(target: Path) -> tuple[list[Row], list[str]]:
    """The results of the newest run, by name, and the names of all checks that the project has."""
    run = json.loads((target / RUN_RESULTS).read_text())
    nodes = json.loads((target / MANIFEST).read_text())["nodes"]
    checks = {name: node for name, node in nodes.items() if node["resource_type"] == "test"}
    batch = run["args"]["vars"].get("execution_batch_id") or BatchId.of("manual", run["metadata"]["invocation_id"])
    results = [
        _result(checks[result["unique_id"]], result, batch=batch, otherwise_at=run["metadata"]["generated_at"])
        for result in run["results"]
        if result["unique_id"] in checks
    ]
    # Sorted, so that concurrent writers lock rows in the same order and cannot deadlock.
    return sorted(results, key=itemgetter("check_name")), [check["name"] for check in checks.values()]


def _result(check: dict[str, Any], result: dict[str, Any], *, batch: str, otherwise_at: str) -> Row:
    timing = result["timing"]  # empty where the check was skipped
    return {
        "check_name": check["name"],
        "rule": _rule_of(check),
        "checked_table": _table(check),
        "severity": check["config"]["severity"].lower(),
        "status": result["status"],
        "failing_rows": result["failures"] if result["status"] in {"pass", "warn", "fail"} else None,
        "seconds": result["execution_time"],
        "message": result["message"],
        "failing_rows_table": f"{check['schema']}.{check['alias']}" if result["failures"] else None,
        "checked_at": timing[-1]["completed_at"] if timing else otherwise_at,
        "execution_batch_id": batch,
    }


def _rule_of(check: dict[str, Any]) -> str:
    generic = check.get("test_metadata") or {"name": "", "namespace": None, "kwargs": {}}
    name, arguments = generic["name"], generic["kwargs"]
    is_named_by_dbt = check["name"].startswith((f"{name}_", f"{generic['namespace']}_{name}_"))
    if name in RULES and is_named_by_dbt:
        return RULES[name].format(
            column=arguments.get("column_name"),
            to=arguments.get("to", "").removeprefix("ref('").removesuffix("')"),
            columns=" and ".join(arguments.get("combination_of_columns", [])),
        )
    return str(check["name"]).removeprefix("assert_").replace("_", " ")


def _table(check: dict[str, Any]) -> str:
    # A generic test belongs to its model; a singular test is filed under the first model that it refers to.
    model = check.get("attached_node") or next(iter(check["depends_on"]["nodes"]), "")
    return str(model).rpartition(".")[2]


def _write(connection: psycopg.Connection, results: Sequence[Row], known: Sequence[str]) -> None:
    if results:
        statement = sql.SQL(
            "insert into ops.check_results ({columns}) values ({values})"
            " on conflict (check_name) do update set ({columns}) = row ({new})"
        ).format(
            columns=sql.SQL(", ").join(map(sql.Identifier, results[0])),
            values=sql.SQL(", ").join(map(sql.Placeholder, results[0])),
            new=sql.SQL(", ").join(sql.Identifier("excluded", column) for column in results[0]),
        )
        connection.cursor().executemany(statement, results)
    connection.execute("delete from ops.check_results where check_name <> all(%s)", (list(known),))
