"""The folder of the stack on this machine, and what else is of no other group."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from include.settings.fields import Group, MayBeEmpty, Port

PROJECT_ROOT = Path(__file__).resolve().parents[2]
DEFAULT_HOME = PROJECT_ROOT / ".stocklake"
HOST_NAME = r"^[A-Za-z0-9.-]+$"  # one, and no * for all


class Stack(Group):
    """What `make up` starts from."""

    home: Annotated[
        Path,
        BeforeValidator(lambda value: value or DEFAULT_HOME),
        AfterValidator(lambda path: (PROJECT_ROOT / path.expanduser()).resolve()),
    ] = Field(DEFAULT_HOME, alias="STOCKLAKE_HOME")
    pipeline: Annotated[Literal["weekly", "daily", "all"], BeforeValidator(lambda value: value or "all")] = Field(
        "all", alias="PIPELINE"
    )
    dashboard_port: Port = Field(8501, alias="DASHBOARD_PORT")
    host_name: Annotated[Annotated[str, Field(pattern=HOST_NAME)] | None, MayBeEmpty] = Field(None, alias="HOST_NAME")
    dbt_packages_dir: Annotated[Path | None, MayBeEmpty] = Field(None, alias="DBT_PACKAGES_DIR")
