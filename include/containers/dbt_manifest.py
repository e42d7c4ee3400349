"""The dbt packages and the manifest, for the image."""

from rich.console import Console

from include.gold.manifest import ensure_manifest
from include.gold.packages import ensure_packages
from include.settings import get_settings
from include.terminal import as_text


def dbt_manifest(console: Console) -> int:
    """Install the packages and parse the project, as the image is built; say from where the packages came."""
    settings = get_settings()
    console.print(f"dbt packages: {as_text(ensure_packages(settings))}")
    console.print(f"dbt manifest: {as_text(ensure_manifest(settings))}")
    return 0
