"""What a service of the stack is: a command, its environment, and how to see that it answers."""

import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

PROBE_SECONDS = 2.0
POLL_SECONDS = 0.1
# Never through a proxy of the environment: the services are on this machine.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Service:
    """One long-running program of the stack.

    `is_ready` says whether it answers those who need it, `is_alive` whether it still does its work, where a program has
    another sign of life than an answer: one that lives without it for long is started again.
    """

    name: str
    title: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    is_ready: Callable[[], bool]
    is_alive: Callable[[], bool] | None = None

    def gives_sign_of_life(self) -> bool:
        """Whether it is at work, as far as one can see from outside."""
        return (self.is_alive or self.is_ready)()


def answers_http(url: str) -> bool:
    """Whether an HTTP server answers at `url` with anything but a server error."""
    try:
        with DIRECT.open(url, timeout=PROBE_SECONDS):
            return True
    except urllib.error.HTTPError as error:
        return error.code < 500  # noqa: PLR2004 - HTTP's border of server errors
    except (OSError, ValueError):
        return False


def wait_until(condition: Callable[[], bool], *, seconds: float) -> bool:
    """Look again and again until `condition` holds, at most for `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True
