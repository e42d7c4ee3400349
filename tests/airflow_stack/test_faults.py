"""One run in which everything goes wrong that can go wrong for one ticker: the others are published, each is named.

What was wrong is then mended, accepted, withdrawn: each as its user does it.
"""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest

from include.local_stack.postgres import ADMIN
from tests.airflow_stack.stack import Stack

Ended = subprocess.CompletedProcess[str]
pytestmark = pytest.mark.slow("publishes gold three times with Airflow")

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


@pytest.fixture(scope="module")
def faults(stack: Stack) -> Iterator[Faults]:
    """A run with a wild value of FB, a ticker that nobody knows, and a row of IBM that breaks a rule of gold."""
    price, gold_of_ibm, announced = stack.query(PRICE), stack.query(GOLD_OF_IBM), len(stack.announced_publications())
    change_high_of_ibm(stack, "- 50")
    stack.market.inject_fault("wild_value", symbol="FB")
    ended = stack.call("run", "--symbols", "FB,INVENTED-1,NOSUCH", "--force")
    yield Faults(ended, price, gold_of_ibm, announced, stack.market.calls())
    assert stack.call("run", "--symbols", "FB", "--force").returncode == 0  # the source has mended it
    assert stack.query(OPEN_QUARANTINES) == []


@pytest.fixture(scope="module")
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


def test_an_unknown_ticker_fails_alone_in_the_words_of_the_source(stack: Stack, faults: Faults) -> None:
    assert faults.ended.returncode == 1
    assert "NOSUCH: the source does not know this ticker: Invalid API call" in faults.said
    assert "fetch 2 done, 1 failed" in faults.said
    assert stack.query(
        "select symbol, status from ops.ticker_runs where execution_batch_id ="
        " (select execution_batch_id from ops.pipeline_runs where pipeline = 'weekly_adjusted_prices'"
        " order by started_at desc limit 1) order by symbol"
    ) == [["FB", "failed"], ["INVENTED-1", "loaded"], ["NOSUCH", "failed"]]
    assert stack.query("select count(*) from gold.fact_adjusted_prices where symbol = 'INVENTED-1'") == [["1300"]]


def test_a_wild_value_is_red_by_name_and_stays_out_of_gold(stack: Stack, faults: Faults) -> None:
    assert "normalize 2 done, 1 failed" in faults.said
    assert "one wild value in the week of 2013-02-15: adjusted close 245397 after " in faults.said
    assert "make accept SYMBOL=FB WEEK=2013-02-15" in faults.said
    assert stack.query(PRICE) == faults.price


def test_a_symbol_that_breaks_a_row_rule_stays_as_published_and_is_named(stack: Stack, faults: Faults) -> None:
    names = "1 symbol was left as published; the others were published. IBM: high_is_not_below_low in the week"
    assert names in faults.said
    assert "make replay SYMBOLS=IBM" in faults.said
    assert "Nothing was published" not in faults.said
    assert "report_publication failed" in faults.said
    assert not re.search(r"dbt [a-z ]+ (\d+ done, \d+ )?failed", faults.said)  # dbt's own tasks stay green
    assert stack.query(GOLD_OF_IBM) == faults.gold_of_ibm
    assert len(stack.announced_publications()) == faults.announced + 1
    assert stack.query(
        "select symbol, rule, week_ending, ended_at is null from ops.quarantines where place = 'publication'"
    ) == [["IBM", "high_is_not_below_low", "2005-03-04", "t"]]


def test_what_was_accepted_or_mended_is_published_whatever_fails_afterwards(stack: Stack, accepted: Ended) -> None:
    assert accepted.returncode == 1
    assert "accepted with a close of " in accepted.stdout
    assert "gold was published" in accepted.stdout
    assert "but failed: dbt.dim_stock_run; dim_stock: " in accepted.stdout
    assert "no comment today" in accepted.stdout
    assert "othing was published" not in accepted.stdout
    assert stack.query(PRICE) == [["245397.0000"]]
    assert stack.query("select count(*) from gold.fact_adjusted_prices where high_price < low_price") == [["0"]]
    assert stack.query(OPEN_QUARANTINES) == []


def test_a_withdrawn_value_leaves_gold_again_without_a_call(stack: Stack, faults: Faults, accepted: Ended) -> None:
    announced, calls = len(stack.announced_publications()), stack.market.calls()

    withdrawn = stack.call("accept", "FB", "2013-02-15", "--undo")

    assert withdrawn.returncode == 0, withdrawn.stdout
    assert stack.query(PRICE) == faults.price
    assert stack.query(OPEN_QUARANTINES) == [["FB", "one_wild_value"]]
    assert len(stack.announced_publications()) == announced + 1
    assert stack.market.calls() == calls == faults.calls
