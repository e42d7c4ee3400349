"""
### Daily prices

**Writes** one bronze object per changed series, its rows of `silver.daily_prices`, and the ledgers of `ops`.
**Grain** one run is one look at every ticker; a ticker without a new session costs no API credit, and credits that the
weekly prices and the company facts still need today are left to them.
**Rerun** safe: a payload already held is neither fetched nor loaded again. A second run queues behind the first.
**When it fails** `report` names the tickers and the source's own words, the others are in silver already. A throttle or
a network fault clears itself on retry; an unknown or premium symbol leaves `STOCK_SYMBOLS`; a ContractError means that
the source changed its payload: open the bronze object named in the log before touching `include/silver`.
"""

from airflow.sdk import dag

from include.orchestration.dag_defaults import EVERY_DAG, daily_at
from include.orchestration.tasks import TICKER_FORM, source_tasks


@dag(
    schedule=daily_at(6),  # after every exchange of the day before has closed, before the weekly run
    **EVERY_DAG,
    params=TICKER_FORM,
    tags=["bronze", "silver"],
    doc_md=__doc__,
)
def stock_data_pipeline() -> None:
    source_tasks("daily_prices")


stock_data_pipeline()
