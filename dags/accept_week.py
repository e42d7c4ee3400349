"""
### Accept week

- **Writes** a decision into the lake, beside the payloads; then silver of the symbol, built anew from bronze without
  one API call, and a line of `ops.pipeline_runs`. Gold follows when a row changed.
- **Grain** one run decides on one week of one symbol. The week's row of `ops.quarantines` says what was found there.
  The decision is bound to the values that the week has in the newest payload: another value is judged anew.
- **Rerun** safe: the same decision again changes no row. *Undo* withdraws it, and the week is judged again.
- **When it fails** there is no such symbol or week, or nothing to accept, and the message says which weeks are
  quarantined. An object of the lake that is missing or corrupt is named: put it back from a copy.
"""

from airflow.sdk import dag

from include.observability.batch import AIRFLOW_BATCH
from include.orchestration.dag_defaults import EVERY_DAG
from include.orchestration.tasks import ACCEPT_FORM, accept, hand_over


@dag(
    schedule=None,  # by hand: the form, or `make accept`
    **EVERY_DAG,
    params=ACCEPT_FORM,
    tags=["bronze", "silver"],
    doc_md=__doc__,
)
def accept_week() -> None:
    counts = accept(AIRFLOW_BATCH)

    hand_over(counts, AIRFLOW_BATCH)


accept_week()
