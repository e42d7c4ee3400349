"""The datasets of silver, a module each, named as the DAGs name it: a new series is one module here and a migration.

Nothing heavy is imported before a dataset is asked for: DAG files are parsed all day and need the names alone.
"""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from include.silver.dataset import Dataset


def dataset_names() -> list[str]:
    """The names of all datasets."""
    return [module.name for module in iter_modules(__path__)]


@cache
def find_dataset(name: str) -> "Dataset":
    """The dataset of a name."""
    dataset: Dataset = import_module(f"{__name__}.{name}").DATASET
    return dataset


def all_datasets() -> "list[Dataset]":
    """All datasets, in the order in which they may spend the calls of their sources."""
    return sorted(map(find_dataset, dataset_names()), key=lambda dataset: dataset.budget_rank)
