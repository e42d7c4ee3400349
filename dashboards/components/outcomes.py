"""What became of an API call, in words; the ledger holds the name of an error's class."""

import polars as pl

from include.errors import MEANS

WORDS = MEANS | {"in flight": "no response yet, or interrupted"}


def in_words(outcome: pl.Expr) -> pl.Expr:
    """The outcome of a call as people say it."""
    return outcome.replace(WORDS)
