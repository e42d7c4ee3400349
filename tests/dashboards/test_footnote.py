"""Rows to take home: as Excel every value stands in its cell as the text or number that it is."""

import io
import zipfile
from datetime import UTC, date, datetime

import polars as pl

from dashboards.components.footnote import write_excel


def test_excel_holds_text_from_outside_as_text_and_moments_in_utc() -> None:
    rows = pl.DataFrame(
        {
            "symbol": ["=1+1", "https://example.com"],
            "week_ending": [date(2013, 3, 1), None],
            "load_timestamp": [datetime(2013, 3, 2, 12, tzinfo=UTC)] * 2,
            "tickers": [["AAPL", "IBM"], []],
            "return_pct": [1.5, float("nan")],
        }
    )

    with zipfile.ZipFile(io.BytesIO(write_excel(rows))) as workbook:
        sheet = workbook.read("xl/worksheets/sheet1.xml").decode()
        words = workbook.read("xl/sharedStrings.xml").decode()

    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    assert sheet.count("<row ") == 3
    assert "<v>41335.5</v>" in sheet  # 2 March 2013, noon
    assert all(text in words for text in ("=1+1", "https://example.com", "AAPL, IBM"))
