"""
### Daily prices

- **Writes** one bronze object per changed series, its rows of `silver.daily_prices`, what is odd about them to
  `ops.findings`, and the ledgers of `ops`.
- **Grain** one run is one look at every ticker; a ticker without a new session costs no API credit, and credits that
  the weekly prices and the company facts still need today are left to them. The whole history is asked for once,
  where the key allows that, and again after a pause of 100 sessions; else the newest 100 sessions, and `ops.findings`
  names what is missing.
- **Tasks** `pipeline_start` opens the batch and plans; `fetch_stock_data` stores each payload in bronze,
  `store_stock_data` types it into silver; `validate_data` checks that silver holds it, reports what is odd and tells
  gold; `log_completion` counts; `pipeline_end` says how it went, whatever happened before.
- **Rerun** safe: a payload already held is neither fetched nor loaded again. A second run queues behind the first.
- **When it fails** `pipeline_end` names the tickers and the source's own words, the others are in silver already. A
  throttle or a network fault clears itself on retry, anything else is tried again three times, after five minutes and
  more; an unknown or premium symbol leaves `STOCK_SYMBOLS`; a ContractError means that the source changed its
  payload: open the bronze object named in the log before touching `include/silver`.
"""

from airflow.sdk import dag

from include.orchestration.dag_defaults import EVERY_DAG, PATIENT_ARGS, daily_at
from include.orchestration.tasks import TICKER_FORM, TaskNames, source_tasks

NAMES = TaskNames(
    plan="pipeline_start",
    fetch="fetch_stock_data",
    normalize="store_stock_data",
    validate="validate_data",
    count="log_completion",
    report="pipeline_end",
)


@dag(
    schedule=daily_at(6),  # after every exchange of the day before has closed, before the weekly run
    **EVERY_DAG | {"default_args": PATIENT_ARGS},
    params=TICKER_FORM,
    tags=["bronze", "silver"],
    doc_md=__doc__,
)
def stock_data_pipeline() -> None:
    source_tasks("daily_prices", NAMES)


stock_data_pipeline()
