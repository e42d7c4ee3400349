"""
### Replay bronze

- **Writes** silver, built anew from the objects of the lake without one API call, and a line of `ops.pipeline_runs`.
  Gold follows when a row changed.
- **Grain** one run is one replay of the symbols and days in the form. It begins as a dry run, whose tasks end as
  skipped, and the log of `replay` counts what would change: switch that off in the form to change it.
- **A reused ticker** *New history* decides, for good, that what was fetched before the first day belongs to another
  security: this and every later replay, and every load, leaves it out.
- **Rerun** safe: silver is a pure function of bronze, so a second replay changes no row.
- **When it fails** an object of the lake is missing or corrupt, and the message names it; silver is as it was for the
  symbols of its group. Put the object back from a copy, or replay without that symbol. Where the message says that
  bronze holds nothing of a ticker, mend the form: nothing was done.
"""

from airflow.sdk import dag

from include.observability.batch import AIRFLOW_BATCH
from include.orchestration.dag_defaults import EVERY_DAG
from include.orchestration.tasks import REPLAY_FORM, hand_over, replay


@dag(
    schedule=None,  # by hand, with the form; `make replay` needs no Airflow
    **EVERY_DAG,
    params=REPLAY_FORM,
    tags=["silver"],
    doc_md=__doc__,
)
def replay_bronze() -> None:
    counts = replay(AIRFLOW_BATCH)

    hand_over(counts, AIRFLOW_BATCH)


replay_bronze()
