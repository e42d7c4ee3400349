"""What every dataset says of itself."""

import pytest

from include.silver.datasets import dataset_names, find_dataset


@pytest.mark.parametrize("name", dataset_names())
def test_a_table_whose_rows_can_be_open_says_when_they_close(name: str) -> None:
    dataset = find_dataset(name)
    flags = [column for column in dataset.table.columns if column.startswith("is_complete")]

    assert flags == ([dataset.closing.flag] if dataset.closing else [])
    assert dataset.closing is None or dataset.closing.day in dataset.table.content
