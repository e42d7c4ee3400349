"""Prefetch: prepare the next piece of work in a thread while the current one is done."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")


def prefetch(prepare: Callable[[Given], Made], pieces: Iterable[Given]) -> Iterator[Made]:
    """Yield each piece prepared, the next one being prepared meanwhile; never more than one, so memory stays flat.

    Raises: what `prepare` raises, when its piece is due.
    """
    with ThreadPoolExecutor(max_workers=1) as pool:
        ahead: Future[Made] | None = None
        for piece in pieces:
            due, ahead = ahead, pool.submit(prepare, piece)
            if due:
                yield due.result()
        if ahead:
            yield ahead.result()
