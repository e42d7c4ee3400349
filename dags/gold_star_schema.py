"""
### Gold star schema

- **Writes** schema `gold` (the dimensions, the facts of weeks and days, the indicators, the marts), schema `audit`
  (what `prepare_daily` copied and computed, the candidates, the rows that failed a check), a line of
  `gold.publications`, and the Asset `gold` as soon as they are committed.
- **Grain** one run is one publication: the rows whose content changed, all of them or none. It starts when a silver
  Asset was updated; what arrived while a run was at work goes into the next one.
- **Rerun** safe: a merge of what gold already holds changes no row. Full refresh (in the form) rebuilds gold instead.
- **When it fails** `report_publication` says whether anything was published. Where nothing was, readers still see the
  publication before: the red test task names the check that stood in the way, its rows are in schema `audit`; mend
  the cause in silver or in the model, then trigger the DAG again. *The database server crashed during this build* and
  *dbt was killed* need nothing but the next run. What was published stays, whichever task failed after it. Where only
  the report is red, it names the symbols of `STOCK_SYMBOLS` whose rows break a row rule, with what readers see of
  each and the way out: the others were published, and the next publication after the data was mended takes them in
  again. A ticker that nobody asks for any more is a warning in its log.
"""

from airflow.sdk import AssetAny, dag

from include.observability.batch import AIRFLOW_BATCH
from include.orchestration.dag_defaults import EVERY_DAG
from include.orchestration.gold import (
    GOLD_FORM,
    announce_publication,
    begin_publication,
    dbt_task_group,
    prepare_daily,
    publication_of,
    report_publication,
)
from include.orchestration.tasks import SILVER


@dag(
    schedule=AssetAny(*SILVER.values()),
    max_active_tasks=3,  # of the four at a time on a small machine: watching dbt must not hold up the other DAGs
    **EVERY_DAG,
    params=GOLD_FORM,
    render_template_as_native_obj=True,  # dbt's variables keep their types
    tags=["gold"],
    doc_md=__doc__,
)
def gold_star_schema() -> None:
    dbt_variables = begin_publication(AIRFLOW_BATCH)

    dbt = dbt_task_group(dbt_variables)
    report = report_publication(AIRFLOW_BATCH)

    publication_of(dbt) >> announce_publication() >> report
    dbt_variables >> prepare_daily() >> dbt >> report


gold_star_schema()
