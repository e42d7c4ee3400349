"""`python -m include.containers.dbt_manifest`: the dbt packages and the manifest, for the image."""

from include.gold.manifest import ensure_manifest
from include.gold.packages import ensure_packages
from include.settings import get_settings
from include.terminal import as_text, open_console, report_errors


def prepare_dbt() -> int:
    """Install the packages and parse the project, as the image is built; say from where the packages came."""
    settings, console = get_settings(), open_console()
    console.print(f"dbt packages: {as_text(ensure_packages(settings))}")
    console.print(f"dbt manifest: {as_text(ensure_manifest(settings))}")
    return 0


if __name__ == "__main__":
    report_errors(prepare_dbt)()
