"""What dbt must be told of a run, whoever starts it: whose batch it is, and what "now" means on the market."""

from datetime import datetime

from include.exchanges import last_closed_weeks
from include.settings import Settings


def dbt_variables(
    settings: Settings, *, batch: str, now: datetime, daily_batch: str | None = None
) -> dict[str, object]:
    """Make dbt's --vars; rows of days are published as of `daily_batch`, where that is another one.

    Shape:  -> execution_batch_id, daily_batch_id, market_now, is_sample_market, benchmark_symbol, and
            last_expected_weeks: the Friday of the newest closed week of each exchange among STOCK_SYMBOLS, by the
            symbol's suffix.
    """
    weeks = last_closed_weeks(settings.source.symbols, now)
    return {
        "execution_batch_id": batch,
        "daily_batch_id": daily_batch or batch,
        "market_now": now.isoformat(),
        "is_sample_market": settings.source.is_sample,
        "benchmark_symbol": settings.source.benchmark_symbol,
        "last_expected_weeks": {suffix: week.isoformat() for suffix, week in weeks.items()},
    }
