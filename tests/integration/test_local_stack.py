"""The embedded services as everybody meets them: real Postgres, real S3."""

import boto3
import psycopg
import pytest

from include.local_stack.postgres import EmbeddedPostgres
from include.settings import Settings


def test_the_analyst_reads_what_the_owner_writes(settings: Settings) -> None:
    with psycopg.connect(settings.warehouse.url) as owner:
        owner.execute("insert into ops.api_pace (source, next_call_at) values ('alpha_vantage', now())")

    with psycopg.connect(settings.warehouse.analyst_url) as analyst:
        assert analyst.execute("select count(*) from ops.api_pace").fetchone() == (1,)


@pytest.mark.parametrize(
    "statement",
    [
        "delete from ops.api_calls",
        "create table gold.mine (a int)",
        "create table public.mine (a int)",
        "create temporary table mine (a int)",
        "create schema mine",
        "select lo_create(0)",
    ],
)
def test_the_analyst_writes_nothing(settings: Settings, statement: str) -> None:
    # The read-only default is a courtesy a client can switch off; the grants are what holds.
    writable = "-c default_transaction_read_only=off"
    refused = pytest.raises(psycopg.errors.InsufficientPrivilege)
    with psycopg.connect(settings.warehouse.analyst_url, options=writable) as analyst, refused:
        analyst.execute(statement.encode())


@pytest.mark.parametrize("database", ["airflow", "postgres", "template1"])
def test_the_analyst_connects_to_the_warehouse_alone(postgres: EmbeddedPostgres, database: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(postgres.url("analyst", database))


def test_a_wrong_password_opens_nothing(postgres: EmbeddedPostgres) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(f"postgresql://stocklake:guess@127.0.0.1:{postgres.port}/stocks_dwh")


def test_an_object_comes_back_from_s3_as_it_went_in(settings: Settings) -> None:
    client = boto3.client("s3", endpoint_url=settings.bronze.url)
    client.put_object(Bucket=settings.bronze.bucket, Key="a/b=c/d.json", Body=b"{}")

    assert client.get_object(Bucket=settings.bronze.bucket, Key="a/b=c/d.json")["Body"].read() == b"{}"
