"""Listed factors of four decimals, told from each other."""

from decimal import Decimal

import pytest

from include.silver.actions.ratios import all_ratios, find_listed_ratio

FOUR = Decimal("0.0001")


@pytest.mark.parametrize(
    ("listed", "ratio"),
    [
        ("2.0000", (2, 1)),
        ("0.0667", (1, 15)),
        ("1.2857", (9, 7)),
        ("1.0500", (21, 20)),
        ("0.0040", (1, 250)),  # several are printed so, and one of them is it exactly
        ("0.14285714285714285", (1, 7)),
    ],
)
def test_a_listed_factor_is_the_ratio_that_it_was_printed_from(listed: str, ratio: tuple[int, int]):
    found = find_listed_ratio(Decimal(listed))

    assert found
    assert (found.new, found.old) == ratio


@pytest.mark.parametrize("listed", ["1.0460", "1.9730", "1.0000", "0.0067"])  # the last is 1:149 or 1:150
def test_what_is_of_no_family_or_of_several_is_no_split(listed: str):
    assert find_listed_ratio(Decimal(listed)) is None


def test_every_ratio_from_one_to_a_hundred_on_is_told_from_its_neighbours():
    told = [ratio for ratio in all_ratios() if ratio.value >= 0.01]
    assert len(told) > 1_500

    for ratio in told:
        found = find_listed_ratio((Decimal(ratio.new) / ratio.old).quantize(FOUR))
        assert found
        assert found.new * ratio.old == ratio.new * found.old
