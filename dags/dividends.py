"""
### Dividends

- **Writes** one bronze object per changed list, its rows of `silver.dividends`, and the ledgers of `ops`.
- **Grain** one run is one look at every ticker. A ticker is asked for when the action of a week is unsure or on no
  list yet, at most once in 30 days; else once a quarter.
- **Rerun** safe: a payload already held is neither fetched nor loaded again. A second run queues behind the first.
- **Two payments of one day** are one row, their amounts summed; what is said twice counts once. A list without a row
  is data: nothing was paid.
- **When it fails** `report` names the tickers and the source's own words. A ContractError means that the source
  changed its payload: open the bronze object named in the log first.
"""

from airflow.sdk import dag

from include.orchestration.dag_defaults import EVERY_DAG, daily_at
from include.orchestration.tasks import TICKER_FORM, source_tasks


@dag(
    schedule=daily_at(11),  # after the weekly prices, which show what has to be asked for
    **EVERY_DAG,
    params=TICKER_FORM,
    tags=["bronze", "silver"],
    doc_md=__doc__,
)
def dividends() -> None:
    source_tasks("dividends")


dividends()
