"""The line under every visual: what its numbers are, where they come from, its rows to take home, its stocks' pages."""

import io
from collections.abc import Callable
from datetime import UTC, date, datetime

import polars as pl
import polars.selectors as cs
import streamlit as st
import xlsxwriter

from dashboards.components import formats
from dashboards.components.links import run_page, stock_menu
from dashboards.components.plain_text import as_code, as_text
from dashboards.queries.publication import PriceSource

LOADED = "load_timestamp"  # the moment of a row in every mart
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Text from outside is text: no formula, no link.
PLAIN_CELLS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True}
STAMPS = (LOADED, "execution_batch_id")


def footnote(
    shown: pl.DataFrame,
    source: PriceSource,
    *,
    unit: str,
    name: str,
    as_of: date | None = None,
    stamped: str = LOADED,
) -> None:
    """Close a visual: unit, day and market in a line; the run behind it, its rows to take home, its stocks' pages.

    Shape:  `shown` holds the rows of the visual, with execution_batch_id and `stamped`, the moment they were written;
            `as_of` is a week or a moment: unless named the newest week of a mart, the newest `stamped` of a ledger;
            `unit` is text, no Markdown: it may name a currency or a ticker.
    """
    as_of = as_of or newest(shown, "week_ending" if stamped == LOADED else stamped)
    moment = formats.moment(as_of) if isinstance(as_of, datetime) else f"the week ending {formats.day(as_of)}"
    market = formats.market(is_sample=source.is_sample)
    # Beside each other where there is room, the buttons below where there is none.
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.caption(f"{as_text(unit)} · as of {moment} · {market}", width="content")
        with st.container(horizontal=True, horizontal_alignment="right", width="content"):
            stock_menu(shown, name=name)
            _origin(shown, stamped)
            _download(shown, "CSV", f"{name}.csv", mime="text/csv", write=pl.DataFrame.write_csv)
            _download(shown, "Excel", f"{name}.xlsx", mime=EXCEL, write=write_excel)
            _download(shown, "Parquet", f"{name}.parquet", mime="application/vnd.apache.parquet", write=_parquet)


def newest(frame: pl.DataFrame, column: str = "week_ending") -> date:
    """The newest day or moment of a column; now where it holds none."""
    found = frame[column].max()
    return found if isinstance(found, date) else datetime.now(UTC)


def oldest(frame: pl.DataFrame, column: str = "week_ending") -> date:
    """The oldest day of a column; today where it holds none."""
    found = frame[column].min()
    return found if isinstance(found, date) else datetime.now(UTC).date()


def _origin(shown: pl.DataFrame, stamped: str) -> None:
    # Each row knows the run that last changed it; the newest of them is the one to look for.
    known = shown.drop_nulls("execution_batch_id").sort(stamped)
    if known.is_empty():  # computed for this page
        return
    newest_run = known["execution_batch_id"][-1]
    earlier = known["execution_batch_id"].n_unique() - 1
    others = f" Earlier runs wrote the others: {earlier:,}." if earlier else ""
    with st.popover("Origin", type="tertiary", icon=":material/account_tree:", help="The run that wrote these rows"):
        st.markdown(f"The newest of these rows were written by {as_code(newest_run)}.{others}")
        st.markdown(f"[What this run read and wrote]({as_text(run_page(newest_run))})")


def _download(shown: pl.DataFrame, kind: str, file: str, *, mime: str, write: Callable[..., str | bytes]) -> None:
    st.download_button(
        kind,
        data=lambda: write(shown),  # written when asked for, not at every run of the page
        file_name=file,
        mime=mime,
        key=file,
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
        help=f"The rows of this visual as {kind}",
    )


def write_excel(shown: pl.DataFrame) -> bytes:
    """The rows as a workbook of one sheet."""
    buffer = io.BytesIO()
    # A cell has neither a zone nor a list: moments are in UTC, as everywhere.
    in_utc = cs.datetime().dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    plain = shown.with_columns(in_utc, cs.list().cast(pl.List(pl.String)).list.join(", "), cs.float().fill_nan(None))
    with xlsxwriter.Workbook(buffer, PLAIN_CELLS) as workbook:
        plain.write_excel(workbook, autofit=True)
    return buffer.getvalue()


def _parquet(shown: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    shown.write_parquet(buffer)
    return buffer.getvalue()
