"""Payload to text frame: find the rows of a payload, JSON or CSV, and change nothing in them."""

import io
import json
from collections.abc import Collection, Iterable, Sequence

import msgspec
import polars as pl

from include.alpha_vantage.functions import BYTE_ORDER_MARK, UNREADABLE_JSON
from include.errors import ContractError
from include.silver.schema import Field, SeriesContract

DECODER = msgspec.json.Decoder(float_hook=str)  # 41.481481485780 keeps its digits


def parse_rows(payload: bytes, contract: SeriesContract) -> pl.DataFrame:
    """Read the rows of a series as text, in the order received.

    Shape:  bytes -> (n, 2 + fields): row_number from 1, row_date, and each field of the contract as String: a number
            of JSON with the digits it was written with.
    Raises: ContractError when the series or a field that the contract names is missing everywhere.
    """
    text = payload.removeprefix(BYTE_ORDER_MARK).lstrip()
    raw = _parse_json(text, contract) if text.startswith(b"{") else _parse_csv(text, contract)
    return raw.with_row_index("row_number", offset=1).with_columns(pl.col("row_number").cast(pl.Int64))


def _parse_json(text: bytes, contract: SeriesContract) -> pl.DataFrame:
    data_field = contract.function.data_field
    try:
        payload = DECODER.decode(text)
        rows = payload.get(data_field)
        if isinstance(rows, list) and contract.date_name:
            return _frame([(row.get(contract.date_name), row) for row in rows], contract)
        if isinstance(rows, dict) and _may_repeat_a_name(text, (payload, *payload.values(), *rows.values())):
            again = json.loads(text, object_pairs_hook=_Object, parse_float=str, parse_int=str)
            return _frame(again[data_field].pairs, contract)
    except UNREADABLE_JSON as error:
        raise ContractError(f"{contract.function}: the payload is no JSON ({error})") from None
    if not isinstance(rows, dict):
        raise ContractError(f"{contract.function}: the payload has no field {data_field!r}")
    return _frame(rows.items(), contract)


def _may_repeat_a_name(text: bytes, decoded: Iterable[object]) -> bool:
    # The decoder keeps one of two equal names, but each row must be accounted for. Every member has one colon: more
    # colons than members mean a duplicate, or a colon within a text. json is slower and can report duplicates.
    return text.count(b":") != sum(len(value) for value in decoded if isinstance(value, dict))


class _Object(dict[str, object]):
    """A JSON object that also keeps the members of one name."""

    def __init__(self, pairs: list[tuple[str, object]]) -> None:
        super().__init__(pairs)
        self.pairs = pairs


def _frame(bars: Collection[tuple[str, object]], contract: SeriesContract) -> pl.DataFrame:
    rows = [row if isinstance(row, dict) else {} for _, row in bars]
    fields = (*contract.fields, *contract.dates)
    columns = {field.name: _texts([row.get(field.json_name) for row in rows]) for field in fields}
    # A field may be null everywhere, as not known; one that no row names is another format.
    empty = [field for field in fields if columns[field.name].null_count() == len(rows)]
    _refuse_missing([field for field in empty if not any(field.json_name in row for row in rows)], len(rows), contract)
    schema = dict.fromkeys(("row_date", *contract.texts), pl.String)
    return pl.DataFrame({"row_date": [date for date, _ in bars]} | columns, schema=schema)


def _refuse_missing(missing: Sequence[Field], rows: int, contract: SeriesContract) -> None:
    if missing and (rows or not contract.function.is_empty_data):
        names = ", ".join(field.name for field in missing)
        raise ContractError(f"{contract.function}: no row of {rows} has the field {names}")


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
        raise ContractError(f"{contract.function}: the payload is no CSV ({error})") from None
    if "timestamp" not in raw.columns:
        raise ContractError(f"{contract.function}: the CSV has no column 'timestamp'")
    _refuse_missing([field for field in contract.fields if field.csv_name not in raw.columns], raw.height, contract)
    rows = raw.filter(~pl.all_horizontal(pl.all().is_null()))  # a blank line is no row
    if rows.is_empty():
        raise ContractError(f"{contract.function}: the CSV has no rows")
    return rows.select(pl.col(csv_name).alias(name) for csv_name, name in names.items())
