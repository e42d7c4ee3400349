"""Which parts of the dbt project a build and a test from the shell take."""

WHOLE_TABLE = "whole_table"  # tag of the checks that judge gold as it stands: for `make dbt-test`, not a publication


def build_arguments(select: str, *, is_full_refresh: bool) -> list[str]:
    """`dbt build` as a publication: models and their checks. With `select` a part is built and checked, unpublished."""
    excluded = [f"tag:{WHOLE_TABLE}", *(["config.schema:gold"] if select else [])]
    refresh = ["--full-refresh"] if is_full_refresh else []
    return ["build", "--exclude", *excluded, "--exclude-resource-type", "unit_test", *_selected(select), *refresh]


def check_arguments(select: str) -> list[str]:
    """`dbt test`: units, rows and whole tables, or those of `select`; of what passes dbt says nothing."""
    return ["test", "--log-level", "warn", *_selected(select)]


def _selected(select: str) -> list[str]:
    return [f"--select={select}"] if select else []
