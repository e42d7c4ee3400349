"""The batch id: one form for Airflow, the shell and dbt."""

from include.observability.batch import AIRFLOW_BATCH, BatchId


def test_a_batch_names_its_pipeline_whatever_its_run_is_called() -> None:
    batch = BatchId.of("weekly_adjusted_prices", "scheduled__2026-01-05T09:00:00+00:00")

    assert batch == "weekly_adjusted_prices:scheduled__2026-01-05T09:00:00+00:00"
    assert batch.pipeline == "weekly_adjusted_prices"


def test_airflow_renders_the_same_form_and_can_send_it_between_its_processes() -> None:
    assert AIRFLOW_BATCH == "{{ dag.dag_id }}:{{ run_id }}"
    assert type(AIRFLOW_BATCH) is str


def test_a_batch_of_the_shell_says_so_and_when() -> None:
    batch = BatchId.from_shell("dbt_run")

    assert batch.pipeline == "dbt_run"
    assert batch.startswith("dbt_run:shell__20")
