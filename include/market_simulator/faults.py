"""Faults on command, so that tests meet every response that the real service has given."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Annotated, Final

import msgspec

from include.market_simulator.layouts import DAILY, WEEKLY, meta_data_alone
from include.market_simulator.replies import REPLIES, Call, Reply

Normal = Callable[[Call], Reply]
EVERYTHING: Final = "*"
CHANGED_WEEK: Final = 3  # from the newest one back


class Rule(msgspec.Struct, forbid_unknown_fields=True):
    """One fault: what to reply to which calls, how often, after how many seconds."""

    reply: str
    symbol: str = EVERYTHING
    function: str = EVERYTHING
    output_size: str = EVERYTHING  # full: what a free key is refused
    times: Annotated[int, msgspec.Meta(ge=1)] | None = 1  # None is: until cleared
    seconds: Annotated[float, msgspec.Meta(ge=0, le=3600)] = 0.0

    def matches(self, call: Call) -> bool:
        """Whether this order speaks of that call."""
        asked = ((self.symbol, call.symbol), (self.function, call.function), (self.output_size, call.output_size))
        return all(wanted in {EVERYTHING, given} for wanted, given in asked)


class Faults:
    """The orders in force, the oldest first."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []

    def add(self, body: bytes) -> Rule:
        """Read an order from JSON and put it into force.

        Raises: msgspec.ValidationError with a sentence for the caller.
        """
        rule = msgspec.json.decode(body, type=Rule)
        if rule.reply not in REPLY_NAMES:
            raise msgspec.ValidationError(f"No reply is called {rule.reply!r}; there are: {', '.join(REPLY_NAMES)}")
        self.rules.append(rule)
        return rule

    def take(self, call: Call) -> Rule | None:
        """The order for this call, one time less of it left."""
        rule = next((rule for rule in self.rules if rule.matches(call)), None)
        if rule is not None and rule.times is not None:
            rule.times -= 1
            if rule.times == 0:
                self.rules.remove(rule)
        return rule


def inject_fault(name: str, call: Call, normal: Normal) -> Reply:
    """The reply of that name: words instead of data, or a normal reply, changed."""
    return REPLIES[name](call) if name in REPLIES else _BENT[name](call, normal)


def _wrong_symbol(call: Call, normal: Normal) -> Reply:
    return normal(replace(call, symbol="AAPL" if call.symbol.upper() != "AAPL" else "IBM"))


def _byte_order_mark(call: Call, normal: Normal) -> Reply:
    reply = normal(call)
    return replace(reply, body=b"\xef\xbb\xbf" + reply.body)


def _truncated(call: Call, normal: Normal) -> Reply:
    reply = normal(call)
    return replace(reply, body=reply.body[: len(reply.body) // 2], is_data=False)


def _wild_value(call: Call, normal: Normal) -> Reply:
    # Seen in a history of VIX: 245397 among values of 20.
    return _changed_week(call, normal, dict.fromkeys(("2. high", "4. close", "5. adjusted close"), "245397.0000"))


def _unreadable_row(call: Call, normal: Normal) -> Reply:
    return _changed_week(call, normal, {"4. close": "None"})


def _changed_week(call: Call, normal: Normal, fields: dict[str, str]) -> Reply:
    """A weekly series with other fields in one of its newest weeks."""
    reply = normal(call)
    if call.function != "TIME_SERIES_WEEKLY_ADJUSTED" or not reply.is_data:
        return reply
    response = json.loads(reply.body)
    weeks = response["Weekly Adjusted Time Series"]
    weeks[sorted(weeks)[-CHANGED_WEEK]] |= fields
    return replace(reply, body=json.dumps(response, indent=4).encode())


def _hang_up(call: Call, normal: Normal) -> Reply:
    reply = normal(call)
    return replace(reply, sent_bytes=len(reply.body) // 2, is_data=False)


def _meta_only(call: Call, normal: Normal) -> Reply:
    layout = DAILY if call.function == "TIME_SERIES_DAILY" else WEEKLY
    return Reply(meta_data_alone(layout, call.symbol, _last_refreshed(normal(call))))


def _last_refreshed(reply: Reply) -> str:
    try:
        return str(json.loads(reply.body)["Meta Data"]["3. Last Refreshed"])
    except (ValueError, KeyError):
        return date(2013, 3, 1).isoformat()


_BENT: Final[dict[str, Callable[[Call, Normal], Reply]]] = {
    "wrong_symbol": _wrong_symbol,
    "byte_order_mark": _byte_order_mark,
    "truncated": _truncated,
    "hang_up": _hang_up,
    "unreadable_row": _unreadable_row,
    "wild_value": _wild_value,
    "meta_only": _meta_only,
    "delay": lambda call, normal: normal(call),  # the rule's seconds do it
}
REPLY_NAMES: Final = tuple(sorted({*REPLIES, *_BENT}))
