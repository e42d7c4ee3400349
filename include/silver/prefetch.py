"""Prefetch: prepare the next piece of work in a thread while the current one is done."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")


def prefetch(prepare: Callable[[Given], Made], pieces: Iterable[Given]) -> Iterator[Made]:
    """Yield each piece prepared, the next one being prepared meanwhile; never more than one, so memory stays flat.

    Raises: what `prepare` raises, when its piece is due.
    """
    with ThreadPoolExecutor(max_workers=1) as pool:
        remaining = iter(pieces)
        first = next(remaining, None)
        if first is None:
            return
        ahead = pool.submit(prepare, first)
        for piece in remaining:
            prepared = ahead.result()
            ahead = pool.submit(prepare, piece)
            yield prepared
        yield ahead.result()
