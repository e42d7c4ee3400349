"""The tree of errors that the docstring draws is the tree of classes, and says what each means for the next try."""

import re

import pytest

from include import errors
from include.alpha_vantage.calls import REFUSALS
from include.errors import Retry, SourceError, StocklakeError, kinds_of

LINE = re.compile(r"^(?P<branches>[│├└─ ]*)(?P<name>[A-Z]\w+)(?: {2,}(?P<words>.*))?$")
KINDS = {kind.__name__: kind for kind in kinds_of(StocklakeError) if kind.__module__ == errors.__name__}
SAID = [retry for retry in Retry if retry is not Retry.A_FEW_TIMES]


def drawn() -> dict[str, tuple[str | None, Retry | None]]:
    """By name, the class above it in the drawing and what the drawing says of a retry."""
    above, found = list[str](), dict[str, tuple[str | None, Retry | None]]()
    for line in (errors.__doc__ or "").splitlines():
        match = LINE.match(line)
        if match is None or match["name"] not in KINDS:
            continue
        depth = len(match["branches"]) // 4
        above[depth:] = [match["name"]]
        said = next((retry for retry in SAID if (match["words"] or "").endswith(retry.value)), None)
        found[match["name"]] = (above[depth - 1] if depth else None, said)
    return found


def test_every_error_is_drawn_below_its_class() -> None:
    assert {name: parent for name, (parent, _) in drawn().items()} == {
        name: None if kind is StocklakeError else kind.__mro__[1].__name__ for name, kind in KINDS.items()
    }


@pytest.mark.parametrize("name", KINDS)
def test_the_drawing_says_what_a_retry_means_where_that_changes(name: str) -> None:
    parent, said = drawn()[name]
    inherited = KINDS[parent].retry if parent else Retry.A_FEW_TIMES

    assert KINDS[name].retry is (said or inherited)
    assert said is not inherited


def test_what_a_ticker_is_blocked_by_and_what_stops_its_group() -> None:
    assert set(REFUSALS) == {"InvalidCall", "PremiumEndpoint", "EmptyResponse", "WrongSymbol"}
    assert {kind.__name__ for kind in kinds_of(SourceError) if kind.stops_group} == {
        "Throttled",
        "UnknownNotice",
        "QuotaSpent",
        "InvalidApiKey",
    }
