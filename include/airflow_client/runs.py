"""The runs of the DAGs, over Airflow's REST API: trigger one, ask how far it is, see what it handed over."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from include.airflow_client.session import PAUSE_SECONDS, SILENCE_SECONDS, AirflowSession
from include.errors import StackError
from include.observability.batch import BatchId
from include.settings import Settings

PAGE = 100  # Airflow's own limit


@dataclass(frozen=True)
class Waits:
    """How long to wait for Airflow, in seconds of an Airflow that answers: all but `silence` counts pauses."""

    pause: float = PAUSE_SECONDS
    first_look: float = 180  # of the DAG processor, on a slow machine
    import_errors: float = 60  # it looks at each file twice a minute: what was mended is read by then
    silence: float = SILENCE_SECONDS
    handover: float = 120  # the scheduler's next loops after an Asset event


PATIENT = Waits()


@dataclass(frozen=True)
class Run:
    """One run of a DAG."""

    dag_id: str
    run_id: str

    @property
    def batch(self) -> BatchId:
        """The execution_batch_id of this run in the ledgers."""
        return BatchId.of(self.dag_id, self.run_id)

    @property
    def address(self) -> str:
        """Where Airflow's API knows it."""
        return f"/api/v2/dags/{self.dag_id}/dagRuns/{self.run_id}"


class AirflowRuns(AirflowSession):
    """Airflow as the one who follows a run sees it; `tell` gets what there is to say while it is waited for."""

    def __init__(
        self, settings: Settings, waits: Waits = PATIENT, tell: Callable[[str], None] = lambda _words: None
    ) -> None:
        super().__init__(settings, tell=tell, silence=waits.silence, pause=waits.pause)
        self._pages, self._waits = settings.airflow.page_url, waits

    def page(self, run: Run) -> str:
        """The page of a run in Airflow's UI."""
        return f"{self._pages}/dags/{run.dag_id}/runs/{run.run_id}"

    def wait_for_dags(self, dag_ids: Iterable[str]) -> None:
        """Wait until Airflow has read the DAG files.

        Raises: StackError that repeats the import errors, or names the DAG that is paused.
        """
        wanted, waited = set(dag_ids), 0.0
        while True:
            known = {dag["dag_id"]: dag for dag in self.get("/api/v2/dags", limit=PAGE)["dags"]}
            if wanted <= known.keys():
                break
            errors = self._import_errors()
            if waited >= (self._waits.import_errors if errors else self._waits.first_look):
                missing = ", ".join(sorted(wanted - known.keys()))
                raise StackError("; ".join([f"Airflow has not read {missing}", *errors]))
            waited += self._pause_once()
        if paused := sorted(name for name in wanted if known[name]["is_paused"]):
            raise StackError(f"{', '.join(paused)} is paused: switch it on at {self._pages}/dags, then run again")

    def trigger(self, dag_id: str, form: dict[str, Any]) -> Run:
        """Queue a run, with the fields of the DAG's form. Its id is ours: asked twice, it is the same run.

        Raises: StackError with Airflow's words.
        """
        run_id = f"manual__{datetime.now(UTC).isoformat()}"
        self.post(f"/api/v2/dags/{dag_id}/dagRuns", {"dag_run_id": run_id, "logical_date": None, "conf": form})
        return Run(dag_id, run_id)

    def state(self, run: Run) -> str:
        """queued, running, success or failed."""
        return str(self.get(run.address)["state"])

    def unfinished(self, dag_id: str) -> list[Run]:
        """What is queued or running, oldest first."""
        states = ["queued", "running"]
        response = self.get(f"/api/v2/dags/{dag_id}/dagRuns", state=states, order_by="run_after", limit=PAGE)
        return [Run(dag_id, found["dag_run_id"]) for found in response["dag_runs"]]

    def tasks(self, run: Run) -> Iterator[dict[str, Any]]:
        """Every task instance of a run, each mapped one by itself."""
        seen, total = 0, 1
        while seen < total:
            page = self.get(f"{run.address}/taskInstances", limit=PAGE, offset=seen, order_by="id")
            yield from page["task_instances"]
            seen, total = seen + PAGE, page["total_entries"]

    def wait_for_run_after(self, run: Run, dag_id: str) -> Run | None:
        """The run of a DAG that takes up what a run handed over to it, or left to what another one handed over.

        Where nothing waits to be taken up, one under way, for it may have taken the rows of this run up, or None.
        Raises: StackError when no run begins.
        """
        waited, is_told = 0.0, False
        while (handed_over := self._handed_over(run)) or self._is_asked_for(dag_id):
            if handed_over and (taken_up := self._taken_up(handed_over, dag_id)):
                return taken_up
            if under_way := self.unfinished(dag_id):  # Airflow makes the next run when it is over
                waited = 0.0
                if not is_told:
                    ahead = f"{under_way[0].run_id} of {dag_id} is under way"
                    self._tell(f"{ahead}: the next run of it publishes what this one changed.")
                is_told = True
            elif waited >= self._waits.handover:
                raise StackError(f"{run.run_id} handed over to {dag_id}, but no run of it began; is the scheduler up?")
            waited += self._pause_once()
        return next(iter(self.unfinished(dag_id)), None)

    def _pause_once(self) -> float:
        # Pauses are counted, not time: a question itself may wait for minutes, while Airflow is away and does nothing.
        time.sleep(self._waits.pause)
        return self._waits.pause

    def _handed_over(self, run: Run) -> list[dict[str, Any]]:
        asked = {"source_dag_id": run.dag_id, "source_run_id": run.run_id}
        events: list[dict[str, Any]] = self.get("/api/v2/assets/events", **asked)["asset_events"]
        return events

    def _is_asked_for(self, dag_id: str) -> bool:
        # An Asset event of any run waits for the next run of the DAG, which is made when the one under way is over.
        return bool(self.get(f"/api/v2/dags/{dag_id}/assets/queuedEvents")["queued_events"])

    def _taken_up(self, events: list[dict[str, Any]], dag_id: str) -> Run | None:
        caused = [made for event in events for made in event["created_dagruns"] if made["dag_id"] == dag_id]
        if caused:
            return Run(dag_id, caused[-1]["run_id"])
        # Of the events that wait for the next run, Airflow tells it those up to the first of an Asset. But it reads all
        # of silver, so whichever run begins after the event has its rows.
        since = max(event["timestamp"] for event in events)
        asked = {"start_date_gte": since, "order_by": "start_date", "limit": 1}
        later = self.get(f"/api/v2/dags/{dag_id}/dagRuns", **asked)["dag_runs"]
        return Run(dag_id, later[0]["dag_run_id"]) if later else None

    def _import_errors(self) -> list[str]:
        errors = self.get("/api/v2/importErrors")["import_errors"]
        return [f"{error['filename']}: {error['stack_trace'].strip().splitlines()[-1]}" for error in errors]
