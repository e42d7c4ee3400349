"""A home as another version of the project left it, stopped and dumped: what `make up` must be able to go on from.

home_of_e4cddee was made at that commit: `make up` on the sample market, then the DAGs company_overview and
stock_data_pipeline triggered once, so that gold was published by change too. `pg_dump --no-owner` of stocks_dwh (all of
silver, staging, audit, gold and ops, the version of Alembic in it) is warehouse.sql.xz, the bucket is bronze.tar.
The year of its timestamps was moved back, to be past on every machine. The prices are the sample market's, which is in
the public domain; secrets are in neither.
"""

import lzma
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import psycopg
from psycopg import sql

from include.local_stack.credentials import ensure_credentials
from include.local_stack.postgres import ADMIN, EmbeddedPostgres
from include.local_stack.postgres_programs import bundled_programs
from include.settings import LOOPBACK
from include.warehouse.roles import WAREHOUSE_DATABASE

# Who may call Postgres' own functions is the administrator's to say, and each start of the stack says it.
ABOUT_POSTGRES_ITSELF = re.compile(rb"^(?:GRANT|REVOKE) [^\n]* ON FUNCTION pg_catalog\.[^\n]*\n", re.MULTILINE)
HOME_OF_E4CDDEE = Path(__file__).parent / "home_of_e4cddee"


def restore_home(home: Path, *, postgres_port: int, dump: Path = HOME_OF_E4CDDEE) -> None:
    """Replace the bronze and the warehouse of a stopped home by a dump; secrets and Airflow's database stay."""
    shutil.rmtree(home / "s3")
    (home / "s3").mkdir(mode=0o700)
    with tarfile.open(dump / "bronze.tar") as bronze:
        bronze.extractall(home / "s3", filter="data")
    passwords = ensure_credentials(home)
    postgres = EmbeddedPostgres(home, postgres_port, passwords)
    postgres.start()
    try:
        with psycopg.connect(postgres.url(ADMIN, "postgres"), autocommit=True) as admin:
            admin.execute(sql.SQL("drop database {}").format(sql.Identifier(WAREHOUSE_DATABASE)))
        postgres.start()  # makes what is missing: an empty warehouse
        _restore_warehouse(postgres_port, passwords["STOCKLAKE_DB_PASSWORD"], dump / "warehouse.sql.xz")
    finally:
        postgres.stop()


def _restore_warehouse(port: int, password: str, dumped: Path) -> None:
    options = ["--quiet", "--no-psqlrc", "--single-transaction", "--set=ON_ERROR_STOP=1", f"--host={LOOPBACK}"]
    psql = [str(bundled_programs() / "psql"), *options, f"--port={port}", "--username=stocklake", WAREHOUSE_DATABASE]
    ended = subprocess.run(
        psql,
        input=ABOUT_POSTGRES_ITSELF.sub(b"", lzma.decompress(dumped.read_bytes())),
        env={"PGPASSWORD": password},
        check=False,
        capture_output=True,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr.decode()
