"""What dbt is told comes from DB_URL alone."""

from pathlib import Path

from include.gold.dbt_environment import dbt_connection_environment, dbt_environment
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


def test_what_a_profile_cannot_say_is_told_to_the_process_that_connects_and_to_no_other() -> None:
    url = "postgresql://o@db/w?sslmode=verify-full&sslrootcert=/ca.crt&options=-c%20a%3Db&connect_timeout=3"
    settings = Settings(db_url=url)

    everywhere, connecting = dbt_environment(settings), dbt_connection_environment(settings)

    assert (everywhere["DBT_CONNECT_TIMEOUT"], everywhere["DBT_APPLICATION_NAME"]) == ("3", "dbt")
    assert not [name for name in everywhere if name.startswith("PG")]
    assert {name: value for name, value in connecting.items() if name not in everywhere} == {
        "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": "/ca.crt",
        "PGOPTIONS": "-c a=b",
    }


def test_a_folder_of_packages_is_passed_on_only_when_named(tmp_path: Path) -> None:
    assert "DBT_PACKAGES_DIR" not in dbt_environment(Settings())
    assert dbt_environment(Settings(dbt_packages_dir=tmp_path))["DBT_PACKAGES_DIR"] == str(tmp_path.resolve())
