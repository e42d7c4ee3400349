"""One function per task: read, transform, write. Each is safe to run again and returns keys or counts.

A batch is one run of a pipeline on one function of the source; what became of each ticker is in `ops.ticker_runs`.
"""

from include.steps.accepting import accept
from include.steps.fetching import fetch
from include.steps.normalizing import normalize
from include.steps.planning import plan
from include.steps.preparing import prepare_daily
from include.steps.publishing import begin_publication, read_publication, report_publication
from include.steps.replaying import replay
from include.steps.reporting import count, report
from include.steps.validating import validate

__all__ = [
    "accept",
    "begin_publication",
    "count",
    "fetch",
    "normalize",
    "plan",
    "prepare_daily",
    "read_publication",
    "replay",
    "report",
    "report_publication",
    "validate",
]
