"""
### Gold star schema

**Writes** schema `gold` (dim_stock, dim_date, fact_adjusted_prices, the marts), schema `audit` (the candidates and the
rows that failed a check), and a line of `gold.publications`.
**Grain** one run is one publication: the rows whose content changed, all of them or none. It starts when a silver Asset
was updated; what arrived while a run was at work goes into the next one.
**Rerun** safe: a merge of what gold already holds changes no row. Full refresh (in the form) rebuilds gold instead.
**When it fails** a check stood in the way, and readers still see the publication before. The red test task names it,
its rows are in schema `audit`. Mend the cause in silver or in the model, then trigger the DAG again.
"""

from airflow.sdk import AssetAny, dag

from include.orchestration import (
    BATCH,
    DEFAULT_ARGS,
    GOLD_FORM,
    SILVER,
    begin_publication,
    dbt_task_group,
    report_publication,
)


@dag(
    schedule=AssetAny(*SILVER.values()),
    max_active_runs=1,
    max_active_tasks=3,  # of the four at a time on a small machine: watching dbt must not hold up the other DAGs
    catchup=False,
    default_args=DEFAULT_ARGS,
    params=GOLD_FORM,
    render_template_as_native_obj=True,  # dbt's variables keep their types
    tags=["gold"],
    doc_md=__doc__,
)
def gold_star_schema() -> None:
    dbt_variables = begin_publication(BATCH)

    dbt_variables >> dbt_task_group(dbt_variables) >> report_publication(BATCH)


gold_star_schema()
