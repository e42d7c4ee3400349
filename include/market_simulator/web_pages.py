"""What a web page in a browser of this machine could send is refused: it is no business of any page's."""

import re
from collections.abc import Awaitable, Callable
from functools import wraps

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from include.settings import CONTAINER_OR_LOOPBACK

JSON = "application/json"
# A browser adds one of these to whatever a page sends, also to its own server.
OF_A_BROWSER = ("origin", "sec-fetch-site")

Endpoint = Callable[[Request], Awaitable[Response]]


def programs_only(endpoint: Endpoint) -> Endpoint:
    """Answer curl and programs; a request as a page makes them gets 403 with a sentence."""

    @wraps(endpoint)
    async def guarded(request: Request) -> Response:
        if (reason := why_refused(request)) is not None:
            return JSONResponse({"error": reason}, status_code=403)
        return await endpoint(request)

    return guarded


def why_refused(request: Request) -> str | None:
    """The sentence for a request that a web page could have made; None for any other."""
    headers = request.headers
    # A page reaches this port under a name of its own that it lets point to this machine (DNS rebinding).
    host = headers.get("host", "")
    name, _, port = host.partition(":")
    if not re.fullmatch(CONTAINER_OR_LOOPBACK, name) or not (port or "0").isdigit():
        return f"{host!r} is no name of this server: ask 127.0.0.1, localhost or its container"
    if any(name in headers for name in OF_A_BROWSER):
        return "The request comes from a web page: only programs, such as curl, give orders here"
    # A form sends other kinds without asking first.
    if request.method == "POST" and headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
        return f"An order is {JSON}: curl --json sends it so"
    return None
