"""The batch id: which run of which pipeline wrote a row, as `execution_batch_id` holds it."""

from datetime import UTC, datetime
from typing import Self


class BatchId(str):
    """`<pipeline>:<run>`. It is text, because Airflow renders it, dbt takes it as a variable and SQL stores it."""

    __slots__ = ()

    @classmethod
    def of(cls, pipeline: str, run: str) -> Self:
        """The batch of a run: a DAG's run id, or dbt's invocation id."""
        return cls(f"{pipeline}:{run}")

    @classmethod
    def from_shell(cls, pipeline: str) -> Self:
        """A batch that a command begins now, outside Airflow."""
        return cls.of(pipeline, f"shell__{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}")

    @property
    def pipeline(self) -> str:
        """The part before the first colon: the DAG, or the command."""
        return self.partition(":")[0]


# As Airflow renders it in each task. Plain text, because the messages of its processes take no subclass of it.
AIRFLOW_BATCH = str(BatchId.of("{{ dag.dag_id }}", "{{ run_id }}"))
