"""One run in which everything goes wrong that can go wrong for one ticker: the others are published, each is named.

What was wrong is then mended and accepted, as its user does it; `killed_publication.py` withdraws it.
"""

import re

import pytest

from tests.airflow_stack.faults import GOLD_OF_IBM, OPEN_QUARANTINES, PRICE, UNKNOWN, Ended, Faults
from tests.airflow_stack.stack import Stack

pytestmark = pytest.mark.slow("publishes gold twice with Airflow")


def test_an_unknown_ticker_fails_alone_in_the_words_of_the_source(stack: Stack, faults: Faults) -> None:
    assert faults.ended.returncode == 1
    assert f"{UNKNOWN}: the source does not know this ticker: Invalid API call" in faults.said
    assert "fetch 2 done, 1 failed" in faults.said
    assert stack.query(
        "select symbol, status from ops.ticker_runs where execution_batch_id ="
        " (select execution_batch_id from ops.pipeline_runs where pipeline = 'weekly_adjusted_prices'"
        ' order by started_at desc limit 1) order by symbol collate "C"'
    ) == [[UNKNOWN, "failed"], ["FB", "failed"], ["INVENTED-1", "loaded"]]
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


def test_what_was_accepted_or_mended_is_published_whatever_fails_afterwards(
    stack: Stack, faults: Faults, accepted: Ended
) -> None:
    assert accepted.returncode == 1
    assert "accepted with a close of " in accepted.stdout
    assert "gold was published" in accepted.stdout
    assert "but failed: dbt.dim_stock_run; dim_stock: " in accepted.stdout
    assert "no comment today" in accepted.stdout
    assert "othing was published" not in accepted.stdout
    assert stack.query(PRICE) == [["245397.0000"]]
    assert stack.market.calls() == faults.calls
    assert stack.query("select count(*) from gold.fact_adjusted_prices where high_price < low_price") == [["0"]]
    assert stack.query(OPEN_QUARANTINES) == []
