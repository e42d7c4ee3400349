"""What goes wrong in one run, and how its user mends it: fixtures of the tests that ask what became of it.

A run meets a wild value, an unknown ticker and a row that breaks a rule of gold; then the value is accepted.
"""

import subprocess
from dataclasses import dataclass

import psycopg
import pytest

from include.local_stack.postgres import ADMIN
from tests.airflow_stack.stack import Stack

Ended = subprocess.CompletedProcess[str]

UNKNOWN = "-P-HIZ"  # begins with a dash, and is no option of a command
PRICE = "select adj_close_price from gold.fact_adjusted_prices where symbol = 'FB' and week_ending = '2013-02-15'"
GOLD_OF_IBM = (
    "select md5(string_agg(fact::text, '' order by week_ending)) from gold.fact_adjusted_prices as fact"
    " where symbol = 'IBM'"
)
OPEN_QUARANTINES = "select symbol, rule from ops.quarantines where ended_at is null order by symbol"
NO_COMMENTS = """
    create function public.refuse_comments() returns event_trigger language plpgsql as $$
    begin
        if current_query() like '%"gold"."dim_stock" is%' then raise exception 'no comment today'; end if;
    end $$;
    create event trigger refuse_comments on ddl_command_start when tag in ('COMMENT')
    execute function public.refuse_comments()
"""


@dataclass(frozen=True)
class Faults:
    """How the run with the faults ended, and what there was before it."""

    ended: Ended
    price: list[list[str]]
    gold_of_ibm: list[list[str]]
    announced: int
    calls: int

    @property
    def said(self) -> str:
        """What it printed, on one line."""
        return " ".join(self.ended.stdout.split())


@pytest.fixture(scope="session")
def faults(stack: Stack) -> Faults:
    """A run with a wild value of FB, a ticker that the source does not know, and a row of IBM that breaks a rule."""
    price, gold_of_ibm, announced = stack.query(PRICE), stack.query(GOLD_OF_IBM), len(stack.announced_publications())
    change_high_of_ibm(stack, "- 50")
    stack.market.inject_fault("wild_value", symbol="FB")
    ended = stack.call("run", f"--symbols={UNKNOWN},FB,INVENTED-1", "--force")
    return Faults(ended, price, gold_of_ibm, announced, stack.market.calls())


@pytest.fixture(scope="session")
def accepted(stack: Stack, faults: Faults) -> Ended:
    """The wild value accepted and the row of IBM mended; dbt fails at a comment that it writes after its commit."""
    change_high_of_ibm(stack, "+ 50")
    with psycopg.connect(stack.postgres.url(ADMIN), autocommit=True) as admin:
        admin.execute(NO_COMMENTS)
        ended = stack.call("accept", "FB", "2013-02-15")
        admin.execute("drop event trigger refuse_comments; drop function public.refuse_comments()")
    return ended


def change_high_of_ibm(stack: Stack, by: str) -> None:
    """As a normalizer with a bug would leave it: silver says that it changed, gold is asked to follow."""
    with psycopg.connect(stack.postgres.url()) as silver:
        week = "symbol = 'IBM' and week_ending = '2005-03-04'"
        silver.execute(
            f"update silver.weekly_adjusted_prices set high = high {by}, loaded_at = now() where {week}".encode()
        )
        silver.execute("update silver.loaded_payloads set loaded_at = now() where symbol = 'IBM'")
