"""Lists of splits and dividends as the source sends them, and a run that loads one."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta

from tests.integration.lakehouse import Lakehouse

SPLITS, DIVIDENDS = "SPLITS", "DIVIDENDS"
UNKNOWN = "None"


def listed(rows: Sequence[Mapping[str, str]], symbol: str = "IBM") -> bytes:
    return json.dumps({"symbol": symbol, "data": rows}, indent=4).encode()


def split(day: str, factor: str) -> dict[str, str]:
    return {"effective_date": day, "split_factor": factor}


def dividend(day: str, amount: str, paid: str = UNKNOWN) -> dict[str, str]:
    unknown = {"declaration_date": UNKNOWN, "record_date": UNKNOWN}
    return {"ex_dividend_date": day, **unknown, "payment_date": paid, "amount": amount}


def load(lakehouse: Lakehouse, function: str, body: bytes, symbol: str = "IBM") -> list[str]:
    lakehouse.source.payloads[function, symbol] = body
    lakehouse.source.now += timedelta(minutes=1)
    run = lakehouse.run([symbol], dataset=function.lower(), force=True)
    return [str(error) for error in run.errors]
