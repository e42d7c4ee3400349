"""
### Weekly adjusted prices

**Writes** one bronze object per changed series, its rows of `silver.weekly_adjusted_prices`, and the ledgers of `ops`.
**Grain** one run is one look at every ticker; a ticker whose week cannot have changed costs no API credit.
**Rerun** safe: an answer already held is neither fetched nor loaded again. A second run queues behind the first.
**When it fails** `report` names the tickers and the source's own words, the others are in gold already. A throttle or a
network fault clears itself on retry; an unknown or premium symbol leaves `STOCK_SYMBOLS`; a ContractError means that
the source changed its answer: open the bronze object named in the log before touching `include/silver/normalize.py`.
"""

from airflow.sdk import dag

from include.alpha_vantage.functions import Function
from include.orchestration import (
    BATCH,
    DEFAULT_ARGS,
    SILVER,
    TICKER_FORM,
    daily_at,
    fetch,
    normalize,
    plan,
    report,
    validate,
)

WEEKLY_ADJUSTED = Function.WEEKLY_ADJUSTED


@dag(
    schedule=daily_at(9),  # daily, so that yesterday's deferred tickers go on; nothing due ends the run
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    params=TICKER_FORM,
    tags=["bronze", "silver"],
    doc_md=__doc__,
)
def weekly_adjusted_prices() -> None:
    groups = plan(WEEKLY_ADJUSTED, BATCH)
    fetched = fetch.partial(function=WEEKLY_ADJUSTED, batch=BATCH).expand(symbols=groups)
    loaded = normalize.partial(function=WEEKLY_ADJUSTED, batch=BATCH).expand(symbols=groups)
    validated = validate.override(outlets=[SILVER[WEEKLY_ADJUSTED]])(WEEKLY_ADJUSTED, BATCH)

    fetched >> loaded >> validated >> report(WEEKLY_ADJUSTED, BATCH)


weekly_adjusted_prices()
