"""Weekly series decided anew by lists of splits and dividends that came after them, without an API call."""

import psycopg
import structlog

from include.bronze.decisions import read_beginnings
from include.bronze.store import open_store
from include.errors import BronzeError
from include.silver.datasets.weekly_adjusted_prices import DATASET as WEEKLY
from include.silver.lists import note_lists
from include.steps.rebuilding import Selection, rebuild_series
from include.warehouse.connection import connect

log = structlog.get_logger(__name__)


def decide_by_lists(batch: str) -> None:
    """Build the weekly series anew of which a newer list can change a week: one symbol after the other.

    A symbol whose objects cannot be read is left as it is, and taken up by the next run.
    """
    with connect() as connection:
        connection.autocommit = True
        chosen = Selection(None, None, None, read_beginnings(open_store()))
        for symbol, is_touched in _find_decided_by_older_lists(connection):
            if not is_touched:
                note_lists(connection, WEEKLY, [symbol])
                continue
            series = chosen.list_series(WEEKLY, symbol)
            try:
                changed = rebuild_series(connection, WEEKLY, series, chosen, batch, is_dry_run=False)
            except BronzeError as error:
                log.warning("decide_by_lists", symbol=symbol, batch=batch, error=str(error))
            else:
                log.info("decide_by_lists", symbol=symbol, batch=batch, rows_changed=changed.total())


def _find_decided_by_older_lists(connection: psycopg.Connection) -> list[tuple[str, bool]]:
    """The symbols whose weekly series does not rest on the newest lists, and whether these can change a week of it.

    They can where a week is in doubt, a payload is held back for a split that it forgot, a listed row is gone, or one
    that is new or changed is not what the week holds.
    """
    rows: list[tuple[str, bool]] = connection.execute(
        """
        with newest as (
            select
                symbol,
                max(bronze_key) filter (where function = 'SPLITS') as splits_key,
                max(bronze_key) filter (where function = 'DIVIDENDS') as dividends_key
            from silver.loaded_payloads where function in ('SPLITS', 'DIVIDENDS') group by symbol
        ),
        older as (
            select
                newest.symbol, coalesce(decided.splits_key, '') as splits_key,
                coalesce(decided.dividends_key, '') as dividends_key
            from newest left join ops.decided_series as decided using (symbol)
            where (newest.splits_key, newest.dividends_key)
                is distinct from (decided.splits_key, decided.dividends_key)
            and exists (select from silver.weekly_adjusted_prices as week where week.symbol = newest.symbol)
        )
        select
            symbol,
            exists (
                select from silver.weekly_adjusted_prices as week
                where week.symbol = older.symbol and week.is_action_unsure
            )
            or exists (
                select from ops.quarantines as held
                where held.symbol = older.symbol and held.rule = 'forgotten_split' and held.ended_at is null
            )
            or exists (
                select from silver.loaded_payloads as loaded
                where loaded.symbol = older.symbol and loaded.rows_deleted > 0
                and (
                    (loaded.function = 'SPLITS' and loaded.bronze_key > older.splits_key)
                    or (loaded.function = 'DIVIDENDS' and loaded.bronze_key > older.dividends_key)
                )
            )
            or exists (
                select from silver.splits as listed
                inner join silver.weekly_adjusted_prices as week
                    on week.symbol = listed.symbol
                    and week.week_ending = listed.ex_date + 5 - extract(isodow from listed.ex_date)::int
                where listed.symbol = older.symbol and listed.bronze_key > older.splits_key
                and (week.split_to, week.split_from, week.other_factor) is distinct from (
                    coalesce(listed.split_to, 1), coalesce(listed.split_from, 1),
                    case when listed.split_to is null then listed.listed_factor else 1 end
                )
            )
            or exists (
                select from silver.dividends as listed
                inner join silver.weekly_adjusted_prices as week
                    on week.symbol = listed.symbol
                    and week.week_ending = listed.ex_date + 5 - extract(isodow from listed.ex_date)::int
                where listed.symbol = older.symbol and listed.bronze_key > older.dividends_key
                and coalesce(listed.amount not in (week.dividend_per_share, week.dividend_amount), true)
            ) as is_touched
        from older order by symbol
        """
    ).fetchall()
    return rows
