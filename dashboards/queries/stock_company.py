"""What the page *Stock* asks of the ledgers where facts of a company are missing."""

from datetime import datetime

import polars as pl

from dashboards.queries.pipeline import standing_failures
from dashboards.queries.pipeline_budget import credits_left, plan_of
from dashboards.reader import checked, read_ledger
from include.serving.company_facts import Overview
from include.settings import Settings

FUNCTION, DATASET = "OVERVIEW", "company_overview"


def overview(settings: Settings, symbol: str, now: datetime) -> Overview:
    """What became of the overview of a stock's company.

    Raises: WarehouseDown, WarehouseUnreadable.
    """
    statement = """
        select
            exists (
                select from silver.company_overview as held where held.symbol = any({symbols})
            ) as is_held,
            coalesce(newest.outcome = 'NothingKnown', false) as knows_nothing
        from (values (1)) as one (row)
        left join lateral (
            select call.outcome
            from ops.api_calls as call
            where
                call.function = {function}
                and call.symbol = any({symbols})
                and call.outcome in ('answered', 'NothingKnown')
            order by call.call_id desc
            limit 1
        ) as newest
            on true
    """
    found = read_ledger(statement, symbols=checked([symbol]), function=FUNCTION).row(0, named=True)
    plan = plan_of(settings, [symbol], now, credits_left(settings), dataset_name=DATASET).row(0, named=True)
    failed = standing_failures().filter(pl.col("function") == FUNCTION, pl.col("symbol") == symbol)["reason"]
    return Overview(
        **found,
        plan=plan["plan"],
        reason=plan["reason"],
        next_attempt_at=plan["next_attempt_at"],
        failure=failed[0] if len(failed) else None,
    )


def rejected_facts(symbol: str) -> dict[str, str]:
    """Why each fact of the newest overview that could not be believed was rejected, by its column."""
    statement = """
        select rejected.field, rejected.reason
        from silver.company_overview as held
        inner join silver.rejected_rows as rejected
            on held.bronze_key = rejected.bronze_key
        where held.symbol = any({symbols}) and rejected.field is not null
    """
    return dict(read_ledger(statement, symbols=checked([symbol])).iter_rows())
