"""The weeks of a payload: parts of a week combined, the newest open or complete."""

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import groupby

from tests.reference.payloads import type_payload
from tests.reference.records import Payload, Row, Week
from tests.reference.sessions import is_week_complete, week_ending_of


def weeks_of(payload: Payload) -> list[Week]:
    """The weeks of a payload, oldest first.

    Raises: ContractError as `type_payload`.
    """
    rows = type_payload(payload).rows
    newest = rows[-1].price_date
    is_complete = is_week_complete(payload.symbol, newest, payload.fetched_at)
    grouped = groupby(rows, key=lambda row: week_ending_of(row.price_date))
    return [
        _combine(list(parts), is_complete=is_complete or week_ending != week_ending_of(newest))
        for week_ending, parts in grouped
    ]


def _combine(parts: list[Row], *, is_complete: bool) -> Week:
    first, last = parts[0], parts[-1]
    return Week(
        price_date=last.price_date,
        open=first.open,
        high=_of_all(max, [part.high for part in parts]),
        low=_of_all(min, [part.low for part in parts]),
        close=last.close,
        adjusted_close=last.adjusted_close,
        volume=_of_all(sum, [part.volume for part in parts]),
        dividend_amount=_of_all(sum, [part.dividend_amount for part in parts]),
        has_rejected_fields=any(part.has_rejected_fields for part in parts),
        week_ending=week_ending_of(last.price_date),
        is_complete=is_complete,
    )


def _of_all(
    combine: Callable[[Iterable[Fraction]], Fraction | int], values: Sequence[Fraction | None]
) -> Fraction | None:
    # A part without the value leaves the week without it.
    known = [value for value in values if value is not None]
    return Fraction(combine(known)) if len(known) == len(values) else None
