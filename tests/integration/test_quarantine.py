"""A payload that cannot be believed harms its own ticker: silver stays, the others go on, and the way out works."""

from collections.abc import Mapping

import pytest

from include import steps
from include.alpha_vantage.functions import Function
from include.bronze.store import open_store
from include.errors import ContractError, StocklakeError, TickersFailed
from include.local_stack.market.process import MarketServer
from include.warehouse.connection import connect
from tests.answers import Bar, answer_of

WEEKLY = Function.WEEKLY_ADJUSTED
BROKEN = b'{"Weekly Adjusted Time Series": {"2013-03-01": {"1. open": "1"}}}'


def put(market: MarketServer, symbol: str, body: bytes | Mapping[str, Bar]) -> str:
    """Put a payload into the lake as if it had been fetched now; its key."""
    body = body if isinstance(body, bytes) else answer_of(dict(body), symbol)
    key = str(open_store().write_answer(WEEKLY, symbol, body, fetched_at=market.clock()).key)
    with connect() as connection:
        connection.execute(
            """
            insert into ops.api_calls (market_at, function, symbol, outcome, bronze_key, execution_batch_id)
            values (%s, %s, %s, 'answered', %s, 'test')
            """,
            (market.clock(), WEEKLY, symbol, key),
        )
    return key


def run(number: int, *symbols: str, **options: object) -> dict[str, StocklakeError]:
    """One whole run of the pipeline; by symbol, the error that its mapped task ended with."""
    batch, errors = f"weekly_adjusted_prices:run-{number}", {}
    for group in steps.plan(WEEKLY, batch, symbols=symbols, **options):  # type: ignore[arg-type]
        steps.fetch(WEEKLY, group, batch)
        try:
            steps.normalize(WEEKLY, group, batch)
        except StocklakeError as error:
            errors[group[0]] = error
    steps.validate(WEEKLY, batch)
    if errors:
        with pytest.raises(TickersFailed):
            steps.report(WEEKLY, batch)
    else:
        steps.report(WEEKLY, batch)
    return errors


def ask(query: str, *values: object) -> list[tuple[object, ...]]:
    with connect() as connection:
        return connection.execute(query.encode(), values).fetchall()


def status_of(number: int, symbol: str) -> object:
    query = "select status from ops.ticker_runs where execution_batch_id = %s and symbol = %s"
    [(status,)] = ask(query, f"weekly_adjusted_prices:run-{number}", symbol)
    return status


def test_a_payload_that_breaks_the_contract_is_judged_once_named_on_and_ended_by_a_sound_one(
    shared_market: MarketServer,
) -> None:
    put(shared_market, "FB", BROKEN)
    [error] = run(1, "FB", "IBM").values()
    assert isinstance(error, ContractError)
    assert (status_of(1, "FB"), status_of(1, "IBM")) == ("failed", "loaded")
    spent = shared_market.calls()

    assert run(2, "FB", "IBM") == {}  # nothing new: no credit, no task, and still named
    assert (status_of(2, "FB"), status_of(2, "IBM"), shared_market.calls()) == ("quarantined", "current", spent)
    [(reason,)] = ask("select reason from ops.ticker_runs where status = 'quarantined'")
    assert "since 2013-03-02" in str(reason)
    assert "make run FORCE=1 SYMBOLS=FB" in str(reason)

    assert run(3, "FB", force=True) == {}
    assert status_of(3, "FB") == "loaded"
    [(rule, is_ended)] = ask("select rule, ended_at > since from ops.quarantines")
    assert (rule, is_ended) == ("contract", True)
