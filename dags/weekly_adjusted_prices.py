"""
### Weekly adjusted prices

- **Writes** one bronze object per changed series, its rows of `silver.weekly_adjusted_prices`, and the ledgers of
  `ops`.
- **Grain** one run is one look at every ticker; a ticker whose week cannot have changed costs no API credit.
- **Rerun** safe: a payload already held is neither fetched nor loaded again. A second run queues behind the first.
- **When it fails** `report` names the tickers and the source's own words, the others are in gold already. A throttle
  or a network fault clears itself on retry; an unknown or premium symbol leaves `STOCK_SYMBOLS`; a ContractError
  means that the source changed its payload: open the bronze object named in the log before touching
  `include/silver/normalize.py`.
"""

from airflow.sdk import dag

from include.orchestration.dag_defaults import EVERY_DAG, daily_at
from include.orchestration.tasks import TICKER_FORM, source_tasks


@dag(
    schedule=daily_at(9),  # daily, so that yesterday's deferred tickers go on; nothing due ends the run
    **EVERY_DAG,
    params=TICKER_FORM,
    tags=["bronze", "silver"],
    doc_md=__doc__,
)
def weekly_adjusted_prices() -> None:
    source_tasks("weekly_adjusted_prices")


weekly_adjusted_prices()
