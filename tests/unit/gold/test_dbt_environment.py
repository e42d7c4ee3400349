"""What dbt is told comes from DB_URL alone."""

from pathlib import Path

from include.gold.dbt_environment import dbt_environment
from include.settings import Settings


def test_the_address_is_taken_apart() -> None:
    told = dbt_environment(Settings(db_url="postgresql://sto%40ck:p%2Fw%3A@db.example.com:6543/stocks_dwh"))

    assert told["DBT_HOST"] == "db.example.com"
    assert told["DBT_PORT"] == "6543"
    assert told["DBT_USER"] == "sto@ck"
    assert told["DBT_PASSWORD"] == "p/w:"
    assert told["DBT_DBNAME"] == "stocks_dwh"


def test_the_usual_port_goes_without_saying() -> None:
    assert dbt_environment(Settings(db_url="postgresql://stocklake:pw@db/stocks_dwh"))["DBT_PORT"] == "5432"


def test_a_folder_of_packages_is_passed_on_only_when_named(tmp_path: Path) -> None:
    assert "DBT_PACKAGES_DIR" not in dbt_environment(Settings())
    assert dbt_environment(Settings(dbt_packages_dir=tmp_path))["DBT_PACKAGES_DIR"] == str(tmp_path.resolve())
