"""Write the catalogue and the lineage of dbt, as one page."""

from include.gold.dbt_environment import DBT_PROJECT
from include.gold.dbt_shell import run_dbt
from include.terminal import as_text, open_console

PAGE = DBT_PROJECT / "target" / "static_index.html"


def dbt_docs() -> int:
    """Generate the page, and say where it is."""
    exit_code = run_dbt(["docs", "generate", "--static"])
    if exit_code == 0:
        open_console().print(f"Open {as_text(PAGE.as_uri())}", soft_wrap=True)
    return exit_code
