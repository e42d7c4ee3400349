"""What of the dbt project a build and a test from the shell take."""

from include.gold.selection import build_arguments, check_arguments


def test_a_publication_leaves_out_what_is_asked_after_it() -> None:
    assert build_arguments("", is_full_refresh=False) == [
        *("build", "--exclude", "tag:whole_table"),
        *("--exclude-resource-type", "unit_test"),
    ]


def test_a_part_is_built_without_being_published() -> None:
    assert build_arguments("+dim_stock_candidates x", is_full_refresh=True) == [
        *("build", "--exclude", "tag:whole_table", "config.schema:gold"),
        *("--exclude-resource-type", "unit_test", "--select=+dim_stock_candidates x", "--full-refresh"),
    ]


def test_all_tests_are_run_unless_some_are_named() -> None:
    assert check_arguments("") == ["test", "--log-level", "warn"]
    assert check_arguments("tag:whole_table") == ["test", "--log-level", "warn", "--select=tag:whole_table"]
