"""Gold follows the code that computes it, and the contract that describes it, without being told to start anew."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.dbt.gold import Gold
from tests.dbt.weeks import series

pytestmark = pytest.mark.slow("parses a project that it changes, seven times")

PUBLISHED_ROWS = 60


@pytest.fixture(scope="module")
def gold(new_gold: Callable[[], Gold], tmp_path_factory: pytest.TempPathFactory) -> Gold:
    """A published stock, and a copy of the project that a test may change."""
    gold = new_gold().with_project_in(tmp_path_factory.mktemp("project"))
    gold.write(*series("IBM", range(PUBLISHED_ROWS), dividends={20: "0.5"}))
    gold.publish()
    return gold


def test_a_changed_macro_reaches_every_published_row(gold: Gold):
    macro = gold.project / "macros/formulas/percent_change.sql"
    macro.write_text(macro.read_text().replace("100 * (", "101 * ("))

    gold.publish()

    assert gold.last_publication()["rows_updated"] == PUBLISHED_ROWS


def test_the_contract_is_made_good_in_both_directions(gold: Gold):
    promised = _contract(gold)
    assert len(promised) > 100
    gold.execute(
        """
        alter table gold.mart_latest_week drop column turnover_52w;
        alter table gold.mart_dividends alter column year type bigint;
        alter table gold.fact_adjusted_prices drop constraint fact_adjusted_prices_stock_id_fkey,
        drop constraint fact_adjusted_prices_symbol_week_ending_key
        """
    )
    lacking = _contract(gold)
    gold.execute(
        """
        alter table gold.mart_dividends alter column dividend_per_share set not null, add column given_up text;
        create index fact_adjusted_prices_by_week_ending on gold.fact_adjusted_prices (week_ending);
        create index on gold.fact_adjusted_prices (week_ending)
        """
    )
    assert len(promised) > len(lacking) < len(_contract(gold))

    gold.publish()

    assert _contract(gold) == promised
    assert gold.last_publication()["rows_updated"] == 0


def test_all_code_upstream_counts_and_no_other(gold: Gold):
    fingerprints = [_fingerprint(gold)]
    for file in (
        "macros/formulas/week_index.sql",
        "models/staging/stg_weekly_adjusted_prices.sql",
        "models/audit/dim_date_candidates.sql",
        "seeds/sector_wording.csv",
    ):
        _append(gold.project / file)
        fingerprints.append(_fingerprint(gold))
    assert len(set(fingerprints)) == len(fingerprints)

    _append(gold.project / "models/audit/mart_volatility_candidates.sql")
    assert _fingerprint(gold) == fingerprints[-1]


def _append(file: Path) -> None:
    if file.suffix == ".csv":
        file.write_text(file.read_text() + "SHIPS,Industrials\n")
    else:
        # Inside of the macro where there is one: what stands behind it is not its text.
        text, end, _ = file.read_text().partition("{%- endmacro %}")
        file.write_text(f"{text}\n/* changed */\n{end}")


def _fingerprint(gold: Gold) -> str:
    gold.dbt("compile", "--inline", "select '{{ code_fingerprint() }}'")
    (result,) = _results(gold)
    return result["compiled_code"]


def _results(gold: Gold) -> list[dict[str, str]]:
    return json.loads((gold.folder / "run_results.json").read_text())["results"]


def _contract(gold: Gold) -> list[tuple[object, ...]]:
    # A list and no set: what is there twice must show.
    return sorted(
        gold.execute(
            """
            select conrelid::regclass::text, pg_get_constraintdef(oid) from pg_constraint
            where connamespace = 'gold'::regnamespace
            union all
            select indrelid::regclass::text, regexp_replace(pg_get_indexdef(indexrelid), '.* using', '') from pg_index
            where indrelid::regclass::text like 'gold.%'
            union all
            select attrelid::regclass::text, concat_ws(' ', attname, atttypid::regtype, attnotnull) from pg_attribute
            join pg_class on pg_class.oid = attrelid
            where relnamespace = 'gold'::regnamespace and relkind = 'r' and not attisdropped and attnum > 0
            """
        )
    )
