"""How a build of gold ended, in words: whether anything was published, and whether dbt came to its end."""

import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from include.observability.publications import Publication

NOTHING_WAS_PUBLISHED = "nothing was published"  # begins the error of a run that committed nothing
NO_CHECK_FAILED = "No check failed"


def say_what_was_published(publication: "Publication | None") -> str:
    """The beginning of a sentence that goes on with what went wrong."""
    if publication is None:
        return f"{NOTHING_WAS_PUBLISHED},"
    return f"gold was published ({publication.rows_changed:,} rows changed), but"


def say_that_dbt_was_killed(by: str, *, is_sure_of_checks: bool = False) -> str:
    """What to say of a dbt that did not come to its end; `is_sure_of_checks`: that none of them failed is known."""
    checks = f". {NO_CHECK_FAILED}" if is_sure_of_checks else ""
    return f"dbt was killed ({by}) before it had ended, as when memory runs out{checks}: run it again"


def name_signal(number: int) -> str:
    """A signal as its number and what the system calls it."""
    return f"signal {number}, {signal.strsignal(number)}"
