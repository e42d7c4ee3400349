"""`make dbt-deps`: the dbt packages, from the hub or from the project."""

from rich.console import Console

from include.gold.packages import install_packages
from include.settings import get_settings
from include.terminal import as_text


def dbt_deps(console: Console) -> int:
    """Install the packages anew and say from where."""
    console.print(f"dbt packages: {as_text(install_packages(get_settings()))}")
    return 0
