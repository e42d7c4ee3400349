"""Airflow's REST API as the admin; through an outage of it, or of its database, it is asked again for some minutes."""

import time
from collections.abc import Callable
from typing import Any, Self

import httpx

from include.errors import AirflowSilent, StackError
from include.settings import Settings

ADMIN = "admin"
TIMEOUT_SECONDS = 30
SILENCE_SECONDS = 300.0  # Postgres and the API server may both be starting again, on a slow machine
PAUSE_SECONDS = 1.0


class AirflowSession:
    """A login to Airflow, made when it is first needed and again when its token has run out.

    `tell` gets a sentence when Airflow falls silent and when it answers again.
    Units:  `silence` and `pause` in seconds: how long to wait for an answer, and between two questions.
    Raises: StackError, of each request, with Airflow's words where it refuses, or when it is silent for too long.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        tell: Callable[[str], None] = lambda _words: None,
        silence: float = SILENCE_SECONDS,
        pause: float = PAUSE_SECONDS,
    ) -> None:
        self.url = settings.airflow.api_url
        self._password = settings.airflow.admin_password
        self._tell, self._silence, self._pause = tell, silence, pause
        self._http: httpx.Client | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._log_out()

    def get(self, path: str, **query: Any) -> Any:
        """What Airflow answers to a question."""
        return _content(self._ask("GET", path, params=query))

    def post(self, path: str, new: dict[str, Any]) -> Any:
        """Make something new and return it; None where it is there already, by an earlier try or another's hand."""
        response = self._ask("POST", path, json=new)
        return None if response.status_code == httpx.codes.CONFLICT else _content(response)

    def patch(self, path: str, changed: dict[str, Any]) -> Any:
        """Change what is there and return it; None where there is nothing."""
        response = self._ask("PATCH", path, json=changed)
        return None if response.status_code == httpx.codes.NOT_FOUND else _content(response)

    def _ask(self, method: str, path: str, **content: Any) -> httpx.Response:
        deadline, is_told = time.monotonic() + self._silence, False
        while True:
            try:
                response = self._ask_once(method, path, **content)
            except AirflowSilent as silent:
                if time.monotonic() > deadline:
                    for_so_long = f"for {self._silence / 60:.0f} minutes"
                    raise AirflowSilent(f"Airflow has not answered {for_so_long}: {silent}; `make status`") from None
                if not is_told:
                    self._tell(f"Airflow does not answer at the moment: {silent}. What runs goes on; waiting …")
                is_told = True
                time.sleep(self._pause)
            else:
                if is_told:
                    self._tell("Airflow answers again.")
                return response

    def _ask_once(self, method: str, path: str, **content: Any) -> httpx.Response:
        try:
            response = self._logged_in().request(method, path, **content)
            if response.status_code == httpx.codes.UNAUTHORIZED:  # the token has run out
                self._log_out()
                response = self._logged_in().request(method, path, **content)
        except httpx.TransportError as error:
            raise self._silent(error) from None
        if response.is_server_error:
            raise self._silent(f"HTTP {response.status_code}, as while its database starts")
        return response

    def _logged_in(self) -> httpx.Client:
        if self._http is None:
            login = {"username": ADMIN, "password": self._password.get_secret_value()}
            response = httpx.post(f"{self.url}/auth/token", json=login, timeout=TIMEOUT_SECONDS)
            if response.is_server_error:
                raise self._silent(f"HTTP {response.status_code} at the login")
            if response.is_error:
                raise StackError(f"Airflow at {self.url} does not let {ADMIN} in: HTTP {response.status_code}")
            headers = {"Authorization": f"Bearer {response.json()['access_token']}"}
            self._http = httpx.Client(base_url=self.url, headers=headers, timeout=TIMEOUT_SECONDS)
        return self._http

    def _log_out(self) -> None:
        if self._http is not None:
            self._http.close()
        self._http = None

    def _silent(self, reason: object) -> AirflowSilent:
        return AirflowSilent(f"{reason}, at {self.url}")


def _content(response: httpx.Response) -> Any:
    if response.is_error:
        raise StackError(f"Airflow refused {response.request.url.path}: {response.status_code} {response.text[:300]}")
    return response.json()
