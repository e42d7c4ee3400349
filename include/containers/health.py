"""A container's health check: `python -m include.containers.health URL [COMPONENT]`, exit status 0 or 1.

Of Airflow's components without a server of their own, the API server knows when they last gave a sign of life: that
costs a twentieth of `airflow jobs check`, which imports all of Airflow. Standard library only, for the same reason.
"""

import json
import sys
import urllib.request

TIMEOUT_SECONDS = 5


def is_healthy(url: str, component: str | None = None) -> bool:
    """Whether the server answers, and says of the component that it lives."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never through a proxy: it is nearby
    try:
        with opener.open(url, timeout=TIMEOUT_SECONDS) as response:
            return component is None or json.load(response)[component]["status"] == "healthy"
    except (OSError, ValueError, KeyError):
        return False


if __name__ == "__main__":
    sys.exit(not is_healthy(*sys.argv[1:]))
