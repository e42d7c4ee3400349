"""OVERVIEW to one typed row: what is said is kept, what is not known is null."""

from datetime import date, datetime

import msgspec
import polars as pl

from include.alpha_vantage.functions import BYTE_ORDER_MARK, UNREADABLE_JSON
from include.errors import ContractError
from include.silver.normalize import NormalizedSeries
from include.silver.schema import NUL, NULL_WORDS, OVERVIEW_FIELDS, REJECTED

NUMBERS = ("market_capitalization", "shares_outstanding")
MOST_BIGINT_DIGITS = 18


def normalize_overview(payload: bytes, *, symbol: str, fetched_at: datetime) -> NormalizedSeries:  # noqa: ARG001 one signature for every function of the source
    """Type one OVERVIEW answer.

    Shape:  bytes -> rows (1, 13): symbol and OVERVIEW_FIELDS.
    Units:  market_capitalization in the listing's currency, shares_outstanding in shares.
    Raises: ContractError when the answer is no object of texts.
    Source: Alpha Vantage, OVERVIEW, captured answers of 2020 to 2026; "None", "-" and "" mean not known.
    """
    try:
        answer = msgspec.json.decode(payload.removeprefix(BYTE_ORDER_MARK), type=dict[str, str | None])
    except UNREADABLE_JSON as error:
        raise ContractError(f"{symbol}: OVERVIEW is no object of texts ({error})") from None
    facts = {column: _known(answer.get(name)) for column, name in OVERVIEW_FIELDS.items()}
    row: dict[str, object] = {"symbol": symbol} | facts | {name: _whole_number(facts[name]) for name in NUMBERS}
    row["latest_quarter"] = _day(facts["latest_quarter"])
    schema = dict.fromkeys(row, pl.String()) | dict.fromkeys(NUMBERS, pl.Int64()) | {"latest_quarter": pl.Date()}
    return NormalizedSeries(symbol, pl.DataFrame([row], schema=schema), REJECTED.to_frame(), 1)


def _known(text: str | None) -> str | None:
    words = (text or "").replace(NUL, "").strip()
    return None if words in NULL_WORDS else words


def _whole_number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) <= MOST_BIGINT_DIGITS else None


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
