"""Facts of the company behind a symbol: one typed row; unknown facts are null."""

import json
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import polars as pl

from include.alpha_vantage.client import ALPHA_VANTAGE
from include.alpha_vantage.functions import BYTE_ORDER_MARK, UNREADABLE_JSON, AlphaVantageFunction
from include.bronze.keys import BronzeKey
from include.errors import ContractError
from include.silver.dataset import TICKERS_OF_SMALL_PAYLOADS, Dataset
from include.silver.normalize import NormalizedSeries
from include.silver.parse import DECODER
from include.silver.rejections import DIGITS
from include.silver.schema import NUL, NULL_WORDS, REJECTED
from include.silver.tables import Target
from include.sources import Cadence

OVERVIEW = AlphaVantageFunction(
    "OVERVIEW", Cadence.MONTH, data_field="Symbol", symbol_path=("Symbol",), may_know_nothing=True
)
OVERVIEW_FIELDS = {
    "company_name": "Name",
    "asset_type": "AssetType",
    "exchange": "Exchange",
    "currency": "Currency",
    "country": "Country",
    "sector": "Sector",
    "industry": "Industry",
    "description": "Description",
    "fiscal_year_end": "FiscalYearEnd",
    "latest_quarter": "LatestQuarter",
    "market_capitalization": "MarketCapitalization",
    "shares_outstanding": "SharesOutstanding",
}

NUMBERS = ("market_capitalization", "shares_outstanding")
QUARTER = "latest_quarter"
MOST_BIGINT_DIGITS = 18


def normalize_overview(payload: bytes, key: BronzeKey) -> NormalizedSeries:
    """Type one OVERVIEW payload.

    Shape:  bytes -> rows (1, 13): symbol and OVERVIEW_FIELDS; a number or day that cannot be believed is null, and
            rejected with its text and the reason.
    Units:  market_capitalization in the listing's currency, shares_outstanding in shares.
    Raises: ContractError when the payload is no object of texts and numbers.
    Source: Alpha Vantage, OVERVIEW, captured payloads of 2020 to 2026; "None", "-" and "" mean not known.
    """
    try:
        overview = DECODER.decode(payload.removeprefix(BYTE_ORDER_MARK))
    except UNREADABLE_JSON as error:
        raise ContractError(f"{key.symbol}: OVERVIEW is no object of texts ({error})") from None
    if not isinstance(overview, dict) or any(isinstance(value, dict | list | bool) for value in overview.values()):
        raise ContractError(f"{key.symbol}: OVERVIEW is no object of texts")
    facts = {column: _known(overview.get(name)) for column, name in OVERVIEW_FIELDS.items()}
    typed = {name: _whole_number(facts[name]) for name in NUMBERS} | {QUARTER: _day(facts[QUARTER])}
    schema = dict.fromkeys(("symbol", *facts), pl.String()) | dict.fromkeys(NUMBERS, pl.Int64()) | {QUARTER: pl.Date()}
    rows = pl.DataFrame([{"symbol": key.symbol} | facts | typed], schema=schema)
    return NormalizedSeries(key, rows, _rejected(facts, typed), 1)


def _known(told: str | int | None) -> str | None:
    words = ("" if told is None else str(told)).replace(NUL, "").strip()
    return None if words in NULL_WORDS else words


def _whole_number(text: str | None) -> int | None:
    # 1.5e11 is a number, too; a fraction of a share, or of a unit of money, says nothing here.
    number = Decimal(text) if text and re.match(DIGITS, text) else Decimal(-1)
    return round(number) if 0 <= number < 10**MOST_BIGINT_DIGITS else None


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _rejected(facts: Mapping[str, str | None], typed: Mapping[str, object]) -> pl.DataFrame:
    found = [
        {"row_number": 1, "field": name, "raw_values": json.dumps({name: facts[name]}), "reason": _reason(name, facts)}
        for name, value in typed.items()
        if value is None and facts[name] is not None
    ]
    return pl.DataFrame(found, schema=REJECTED)


def _reason(name: str, facts: Mapping[str, str | None]) -> str:
    text = facts[name] or ""
    if name not in NUMBERS or not re.match(DIGITS, text):
        return f"malformed {name}"
    return f"negative {name}" if text.startswith("-") else f"too large {name}"


DATASET = Dataset(
    source=ALPHA_VANTAGE,
    function=OVERVIEW,
    budget_rank=2,
    table=Target("company_overview", ("symbol",), tuple(OVERVIEW_FIELDS)),
    read=normalize_overview,
    type_all=list,  # one row each: typed as it is read
    tickers_per_task=TICKERS_OF_SMALL_PAYLOADS,
)
