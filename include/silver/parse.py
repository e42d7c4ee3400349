"""Payload to text frame: find the rows of an answer, JSON or CSV, and change nothing in them."""

import io
import json
from collections.abc import Collection, Iterable

import msgspec
import polars as pl

from include.alpha_vantage.functions import BYTE_ORDER_MARK, SERIES_FIELD, UNREADABLE_JSON
from include.errors import ContractError
from include.silver.schema import SeriesContract


def parse_rows(payload: bytes, contract: SeriesContract) -> pl.DataFrame:
    """Read the rows of a series as text, in the order received.

    Shape:  bytes -> (n, 2 + fields): row_number from 1, row_date, and each field of the contract as String.
    Raises: ContractError when the series or a field that the contract names is missing everywhere.
    """
    text = payload.removeprefix(BYTE_ORDER_MARK).lstrip()
    raw = _parse_json(text, contract) if text.startswith(b"{") else _parse_csv(text, contract)
    missing = [field.name for field in contract.fields if raw[field.name].null_count() == raw.height]
    if missing:
        raise ContractError(f"{contract.function}: no row of {raw.height} has the field {', '.join(missing)}")
    return raw.with_row_index("row_number", offset=1).with_columns(pl.col("row_number").cast(pl.Int64))


def _parse_json(text: bytes, contract: SeriesContract) -> pl.DataFrame:
    series_field = SERIES_FIELD[contract.function]
    try:
        answer = msgspec.json.decode(text)
        bars = answer.get(series_field)
        if isinstance(bars, dict) and _may_repeat_a_name(text, (answer, *answer.values(), *bars.values())):
            return _frame(json.loads(text, object_pairs_hook=_Object)[series_field].pairs, contract)
    except UNREADABLE_JSON as error:
        raise ContractError(f"{contract.function}: the answer is no JSON ({error})") from None
    if not isinstance(bars, dict):
        raise ContractError(f"{contract.function}: the answer has no field {series_field!r}")
    return _frame(bars.items(), contract)


def _may_repeat_a_name(text: bytes, decoded: Iterable[object]) -> bool:
    # A decoder keeps one of two equal names, but each row must be accounted for. Every name is followed by a colon.
    return text.count(b":") != sum(len(value) for value in decoded if isinstance(value, dict))


class _Object(dict[str, object]):
    """A JSON object that also keeps the members of one name."""

    def __init__(self, pairs: list[tuple[str, object]]) -> None:
        super().__init__(pairs)
        self.pairs = pairs


def _frame(bars: Collection[tuple[str, object]], contract: SeriesContract) -> pl.DataFrame:
    rows = [row if isinstance(row, dict) else {} for _, row in bars]
    columns = {field.name: _texts([row.get(field.json_name) for row in rows]) for field in contract.fields}
    return pl.DataFrame({"row_date": [date for date, _ in bars]} | columns, schema=_text_schema(contract))


def _texts(values: list[object]) -> pl.Series:
    try:
        return pl.Series(values, dtype=pl.String)
    except TypeError:  # the source writes text; what else it may write is kept as its text
        return pl.Series([None if value is None else str(value) for value in values], dtype=pl.String)


def _parse_csv(text: bytes, contract: SeriesContract) -> pl.DataFrame:
    names = {"timestamp": "row_date"} | {field.csv_name: field.name for field in contract.fields}
    try:
        raw = pl.read_csv(io.BytesIO(text), infer_schema=False, truncate_ragged_lines=True)
    except pl.exceptions.PolarsError as error:
        raise ContractError(f"{contract.function}: the answer is no CSV ({error})") from None
    if "timestamp" not in raw.columns:
        raise ContractError(f"{contract.function}: the CSV has no column 'timestamp'")
    columns = (pl.col(csv_name) if csv_name in raw.columns else pl.lit(None, pl.String) for csv_name in names)
    is_blank_line = pl.all_horizontal(pl.all().is_null())
    return raw.filter(~is_blank_line).select(
        column.alias(name) for column, name in zip(columns, names.values(), strict=True)
    )


def _text_schema(contract: SeriesContract) -> pl.Schema:
    return pl.Schema({"row_date": pl.String} | {field.name: pl.String for field in contract.fields})
