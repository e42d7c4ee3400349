"""One function per task: read, transform, write. Each is safe to run again and returns keys or counts.

A batch is one run of a pipeline on one function of the source; what became of each ticker is in `ops.ticker_runs`.
"""

from include.steps.accepting import accept as accept
from include.steps.fetching import fetch as fetch
from include.steps.normalizing import normalize as normalize
from include.steps.planning import plan as plan
from include.steps.publishing import begin_publication as begin_publication
from include.steps.publishing import read_publication as read_publication
from include.steps.publishing import report_publication as report_publication
from include.steps.replaying import replay as replay
from include.steps.reporting import report as report
from include.steps.validating import validate as validate
