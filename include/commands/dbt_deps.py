"""Install the dbt packages, from the hub or from the project."""

from include.gold.packages import install_packages
from include.settings import get_settings
from include.terminal import as_text, open_console


def dbt_deps() -> int:
    """Install the packages anew and say from where."""
    open_console().print(f"dbt packages: {as_text(install_packages(get_settings()))}")
    return 0
