"""The market over HTTP: /query as Alpha Vantage has it, and beside it what a test or the stack needs."""

import asyncio
import os
from collections import Counter
from dataclasses import dataclass, field

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from include.market_simulator.clock import ClockError, MarketClock, as_text, parse_moment
from include.market_simulator.faults import REPLY_NAMES, Faults, inject_fault
from include.market_simulator.limits import Limits
from include.market_simulator.listing import normal_reply, refused_before_counting
from include.market_simulator.prices import ATTRIBUTION
from include.market_simulator.replies import REPLIES, Call, Reply
from include.market_simulator.web_pages import programs_only


@dataclass
class Simulator:
    """Everything the server remembers. It sees one call at a time: one process, one event loop."""

    clock: MarketClock
    limits: Limits = field(default_factory=Limits)
    faults: Faults = field(default_factory=Faults)
    calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    answered: Counter[tuple[str, str]] = field(default_factory=Counter)

    def application(self) -> Starlette:
        """The market as an ASGI application."""
        return Starlette(
            routes=[
                Route("/", self.describe),
                Route("/query", self.query),
                Route("/clock", self.tell_time),
                Route("/clock", programs_only(self.move_clock), methods=["POST"]),
                Route("/faults", self.list_faults),
                Route("/faults", programs_only(self.add_fault), methods=["POST"]),
                Route("/faults", programs_only(self.clear_faults), methods=["DELETE"]),
                Route("/calls", self.list_calls),
                Route("/calls", programs_only(self.forget_calls), methods=["DELETE"]),
            ]
        )

    async def describe(self, _: Request) -> Response:
        """What this market is and where its prices come from."""
        return JSONResponse(
            {
                "market": "sample market, 2000 to 2013",
                "is_sample": True,
                "attribution": ATTRIBUTION,
                "process_id": os.getpid(),
            }
        )

    async def query(self, request: Request) -> Response:
        """Answer as Alpha Vantage would, or as told to."""
        call = _read_call(request)
        rule = self.faults.take(call)
        if rule is not None:
            await asyncio.sleep(rule.seconds)
            reply = inject_fault(rule.reply, call, self._normal_reply)
        else:
            reply = self._normal_reply(call) if (refusal := self._refusal(call)) is None else REPLIES[refusal](call)
        self.calls[call.function, call.symbol] += 1
        self.answered[call.function, call.symbol] += reply.is_data
        return _respond(reply)

    async def tell_time(self, _: Request) -> Response:
        """The market's time, another instant at every call."""
        return JSONResponse({"now": as_text(self.clock.now())})

    async def move_clock(self, request: Request) -> Response:
        """Set the clock forward."""
        try:
            wanted = msgspec.json.decode(await request.body(), type=dict[str, str])
            self.clock.move(parse_moment(wanted.get("now", "")))
        except (ClockError, msgspec.DecodeError) as refused:
            return _refuse(refused)
        return JSONResponse({"now": as_text(self.clock.set_point)})

    async def list_faults(self, _: Request) -> Response:
        """The orders in force and the replies that can be ordered."""
        return JSONResponse({"rules": msgspec.to_builtins(self.faults.rules), "replies": REPLY_NAMES})

    async def add_fault(self, request: Request) -> Response:
        """Put a fault into force."""
        try:
            rule = self.faults.add(await request.body())
        except msgspec.DecodeError as refused:
            return _refuse(refused)
        return JSONResponse(msgspec.to_builtins(rule))

    async def clear_faults(self, _: Request) -> Response:
        """Clear all orders."""
        self.faults.rules.clear()
        return JSONResponse({"rules": []})

    async def list_calls(self, _: Request) -> Response:
        """How often each function was called for each symbol, and how often data was the response."""
        calls = [
            {"function": function, "symbol": symbol, "calls": count, "answered": self.answered[function, symbol]}
            for (function, symbol), count in sorted(self.calls.items())
        ]
        return JSONResponse({"total": self.calls.total(), "answered": self.answered.total(), "calls": calls})

    async def forget_calls(self, _: Request) -> Response:
        """Count from zero again."""
        self.calls.clear()
        self.answered.clear()
        return JSONResponse({"total": 0})

    def _refusal(self, call: Call) -> str | None:
        if refused_before_counting(call) is not None:
            return None  # the normal reply says why, and costs nothing
        return self.limits.refusal(self.clock.set_point)

    def _normal_reply(self, call: Call) -> Reply:
        return normal_reply(call, self.clock.last_close)


def _read_call(request: Request) -> Call:
    given = request.query_params
    return Call(
        function=given.get("function", ""),
        symbol=given.get("symbol", ""),
        api_key=given.get("apikey", ""),
        output_size=given.get("outputsize", "compact"),
        data_type=given.get("datatype", "json"),
        accept=request.headers.get("accept", "*/*"),
    )


def _respond(reply: Reply) -> Response:
    if reply.sent_bytes is not None:
        return _HangUp(reply)
    return Response(reply.body, status_code=reply.status, media_type=reply.media_type)


def _refuse(reason: Exception) -> Response:
    return JSONResponse({"error": str(reason)}, status_code=400)


class _HangUp(Response):
    """A response that ends before its end: uvicorn then closes the connection."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.body, media_type=reply.media_type)
        self._sent_bytes = reply.sent_bytes

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body[: self._sent_bytes], "more_body": True})
