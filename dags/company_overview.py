"""
### Company overview

- **Writes** one bronze object per changed payload, its row of `silver.company_overview`, and the ledgers of `ops`.
- **Grain** one run is one look at every ticker; facts younger than a month are not asked for again.
- **Rerun** safe: a payload already held is neither fetched nor loaded again. A second run queues behind the first.
- **A fund or a foreign listing** often has no overview: the source answers that it knows nothing. That is no failure:
  the ticker is `unchanged`, its reason and the log of `report` say so, it is asked for again after 30 days, and its
  facts come from the seed `dbt_project/seeds/stock_metadata.csv`. Facts of an earlier payload stay.
- **When it fails** `report` names the tickers and the source's own words. A ContractError means that the source
  changed its payload: open the bronze object named in the log first.
"""

from airflow.sdk import dag

from include.orchestration.dag_defaults import EVERY_DAG, daily_at
from include.orchestration.tasks import TICKER_FORM, source_tasks


@dag(
    schedule=daily_at(7),  # daily, so that deferred tickers go on; the plan asks for each at most monthly
    **EVERY_DAG,
    params=TICKER_FORM,
    tags=["bronze", "silver"],
    doc_md=__doc__,
)
def company_overview() -> None:
    source_tasks("company_overview")


company_overview()
