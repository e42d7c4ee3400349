"""How a column of gold looks in a table: one wording and one format on every page."""

from collections.abc import Sequence
from functools import partial

import polars as pl
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from dashboards.components.formats import MISSING
from dashboards.components.links import with_run_pages, with_stock_pages
from dashboards.components.minus_signs import Looks, with_minus_signs

# A column is as wide as its text, up to 60 letters if nobody says more; Streamlit draws none that is wider than this.
LETTERS_THAT_FIT, LETTER_WIDTH, WIDEST = 60, 8, 1000  # letters, pixels
LINKS = {"stock_page", "run_page"}
_text, _number = st.column_config.TextColumn, st.column_config.NumberColumn
_week = partial(st.column_config.DateColumn, format="D MMM YYYY")
_moment = partial(st.column_config.DatetimeColumn, format="D MMM YYYY, HH:mm:ss", timezone="UTC")
_minute = partial(_moment, format="D MMM YYYY, HH:mm")
COLUMNS = {
    "stock_page": st.column_config.LinkColumn(
        "Ticker", pinned=True, alignment="left", display_text=r"ticker=([^&]+)", help="Opens the page of the stock"
    ),
    "company_name": _text("Company"),
    "sector": _text("Sector", help="Today's sector, also for past weeks"),
    "chosen_tickers": _text("Chosen tickers"),
    "currency": _text("Currency", help="GBX is pence"),
    "week_ending": _week("Week ending"),
    "close_price": _number("Close", format="%,.2f", help="As printed on the day"),
    "return_1w_pct": _number("1 week", format="%+.1f %%"),
    "return_4w_pct": _number("4 weeks", format="%+.1f %%"),
    "return_13w_pct": _number("13 weeks", format="%+.1f %%"),
    "return_52w_pct": _number("52 weeks", format="%+.1f %%"),
    "below_high_52w_pct": _number("Below 52-week high", format="%.1f %%", help="The close under the highest price"),
    "drawdown_pct": _number("Below peak", format="%.1f %%", help="Total return since its highest week ever"),
    "max_drawdown_pct": _number("Max drawdown", format="%.1f %%", help="The deepest it ever was below a peak"),
    "volatility_pct": _number("Volatility", format="%.1f %%", help="Percent a year, over 52 weeks"),
    "volatility_rank": _number("Rank", format="%d", help="1 is the most volatile of all stocks"),
    "stocks": _number("Stocks", format="%d"),
    "sector_median_pct": _number("Sector median", format="%.1f %%"),
    "universe_median_pct": _number("Median of all", format="%.1f %%"),
    "dividend_yield_pct": _number("Yield", format="%.2f %%", help="Regular dividends of 52 weeks over the close"),
    "dividend_count_12m": _number("Paid in 52 weeks", format="%d", help="Number of regular dividends"),
    "year": _number("Last full year", format="%d"),
    "frequency": _text("Paid"),
    "dividend_per_share": _number("Per share", format="%.4f", help="Of the last full year; empty unless all is known"),
    "growth_pct": _number("Growth", format="%+.1f %%", help="Against the year before"),
    "years_without_cut": _number("Years without a cut", format="%d"),
    "return_z_score": _number("z-score", format="%+.2f", help="Deviations from the mean of the 52 weeks before"),
    "what": _text("What"),
    "detail": _text("Detail"),
    "is_this_week": st.column_config.CheckboxColumn("This week"),
    "corporate_action": _text("In this week"),
    "has_rejected_fields": st.column_config.CheckboxColumn(
        "Field rejected", help="A field of the week could not be believed and is empty; the pipeline page has its text"
    ),
    "open_price": _number("Open", format="%,.2f"),
    "high_price": _number("High", format="%,.2f"),
    "low_price": _number("Low", format="%,.2f"),
    "trade_volume": _number("Volume", format="%,.0f"),
    "rank_in_sector": _number("Rank in sector", format="%d"),
    "volatility_percentile": _number("Percentile", format="%.0f", help="Percent of all stocks as calm or calmer"),
    "lowest_pct": _number("Calmest stock", format="%.1f %%"),
    "highest_pct": _number("Wildest stock", format="%.1f %%"),
    "fact": _text("Fact", pinned=True),
    "value": _text("Value"),
    # Figures of a chosen period
    "first_day": _week("From", help="The base: returns are those of the weeks after it"),
    "last_day": _week("To"),
    "total_return_pct": _number("Total return", format="%+.1f %%", help="Dividends put back into the shares"),
    "cagr_pct": _number(
        "Growth a year", format="%+.1f %%", help="Total return a year, by days ÷ 365.25; empty for a year or less"
    ),
    "best_week_pct": _number("Best week", format="%+.1f %%"),
    "worst_week_pct": _number("Worst week", format="%+.1f %%"),
    "positive_weeks_pct": _number("Positive weeks", format="%.0f %%"),
    "weeks": _number("Weeks", format="%,d", help="Returns of one week in the period"),
    "period_volatility_pct": _number(
        "Volatility", format="%.1f %%", help="Standard deviation of weekly log returns × √52, percent a year"
    ),
    "sharpe": _number("Sharpe", format="%+.2f", help="Mean ÷ standard deviation of weekly returns × √52"),
    "sortino": _number(
        "Sortino", format="%+.2f", help="Mean of weekly returns ÷ root of the mean square of those below 0 × √52"
    ),
    "value_at_risk_pct": _number(
        "VaR 5 %", format="%.1f %%", help="Historical value at risk: one week in twenty returned less"
    ),
    "expected_shortfall_pct": _number(
        "Expected shortfall", format="%.1f %%", help="Mean return of the worst twentieth of the weeks"
    ),
    "period_max_drawdown_pct": _number(
        "Max drawdown", format="%.1f %%", help="The deepest fall below a peak within the period, of weekly closes"
    ),
    "peak_day": _week("Peak"),
    "trough_day": _week("Trough"),
    "recovery_day": _week("Recovered", help="The first week at the peak again; empty while the fall lasts"),
    # Against a benchmark, and of a portfolio
    "series": _text("Series", pinned=True),
    "common_weeks": _number("Common weeks", format="%,d", help="Weeks in which both have a return of one week"),
    "benchmark_return_pct": _number("Benchmark", format="%+.1f %%", help="Its total return in the common weeks"),
    "excess_return_pct": _number("Excess return", format="%+.1f", help="Total return less the benchmark's, in points"),
    "beta": _number("Beta", format="%.2f", help="Slope of its weekly returns over those of the benchmark"),
    "alpha_pct": _number(
        "Alpha", format="%+.1f %%", help="Mean weekly return that beta does not explain, compounded over 52 weeks"
    ),
    "correlation": _number("Correlation", format="%+.2f", help="Pearson, of weekly returns"),
    "tracking_error_pct": _number(
        "Tracking error", format="%.1f %%", help="Standard deviation of the weekly differences × √52"
    ),
    "information_ratio": _number(
        "Information ratio", format="%+.2f", help="Mean ÷ standard deviation of the weekly differences × √52"
    ),
    "up_capture_pct": _number(
        "Up capture", format="%.0f %%", help="Mean compounded return ÷ the benchmark's, of weeks in which that rose"
    ),
    "down_capture_pct": _number("Down capture", format="%.0f %%", help="The same of the weeks in which it fell"),
    "weight_pct": _number("Weight", format="%.1f %%", help="Of the money at the beginning"),
    "weight_at_end_pct": _number("Weight at the end", format="%.1f %%", help="Of what it was worth then"),
    "contribution_pct": _number(
        "Contribution",
        format="%+.1f",
        help="Points of the portfolio's total return: the sum over weeks of weight × return × growth until then",
    ),
    # Restatements and what was known
    "known_at": _moment("Known since", help="UTC"),
    "close_then": _number("Close then", format="%,.4f"),
    "adj_close_then": _number("Adjusted then", format="%,.4f"),
    "adj_close_today": _number("Adjusted today", format="%,.4f"),
    "return_then_pct": _number("Return then", format="%+.2f %%"),
    "return_today_pct": _number("Return today", format="%+.2f %%"),
    "difference_points": _number("Difference", format="%+.3f", help="Percentage points"),
    "action_words": _text("In this week"),
    "adj_close_price": _number("Adjusted close", format="%,.4f"),
    "weekly_return_pct": _number("Return", format="%+.2f %%", help="Dividends included"),
    "cause": _text("Cause"),
    "rows_changed": _number("Rows changed", format="%d"),
    "first_week": _week("First week"),
    "last_week": _week("Newest week"),
    "old_adjusted_close": _number("Adjusted close before", format="%,.4f", help="Of the newest rewritten week"),
    "new_adjusted_close": _number("Adjusted close after", format="%,.4f"),
    # Ledgers
    "run_page": st.column_config.LinkColumn(
        "Run", display_text="lineage", help="Opens what the run left in each layer"
    ),
    "pipeline": _text("Pipeline", pinned=True),
    "status": _text("Status"),
    "started_at": _minute("Started", help="UTC, wall clock"),
    "seconds": _number("Seconds", format="%.1f"),
    "tickers": _text("Tickers", help="Planned for the run; deferred are left for a later day's budget"),
    "rows_written": _text("Rows", help="Of silver; rejected rows of a payload are not loaded"),
    "rows_received": _number("Rows received", format="%,d"),
    "error": _text("Error"),
    "why": _text("Why", help="Why it does not hold the expected week"),
    "next_attempt_at": _minute("Asked again", help="UTC, by the market's clock: until then it is refused or deferred"),
    "failed_at": _moment("Failed", help="UTC, wall clock"),
    "newest_week": _week("Newest week"),
    "expected_week": _week("Expected week", help="The newest week that its exchange has closed"),
    "newest_day": _week("Newest day"),
    "expected_day": _week("Expected day", help="The newest session that its exchange has closed"),
    "answered_at": _minute("Answered", help="UTC, by the market's clock"),
    "function": _text("Function"),
    "row_date": _text("Date in the row"),
    "field": _text("Field", help="Only this field of the row; empty for the whole row"),
    "reason": _text("Reason"),
    "raw_values": _text("Raw values"),
    "bronze_key": _text("Object in bronze"),
    "rule": _text("What has to hold", pinned=True),
    "place": _text("Where", help="payload: not loaded into silver; publication: loaded, but it breaks a rule of gold"),
    "readers_see": _text("Readers see", help="Of this ticker in gold: on these pages, in the API"),
    "bound": _text("Allowed"),
    "finding": _text("Finding"),
    "level": _text("Level"),
    "last_session": _week("Session", help="The last that it is about"),
    "words": _text("What was found"),
    "since": _moment("Since", help="UTC; of a payload by the market's clock"),
    "way_out": _text("The way out"),
    "checked_table": _text("In"),
    "severity": _text("Severity", help="error stops the publication, warn asks somebody to look"),
    "failing_rows": _number("Rows found", format="%,d", help="Rows that broke the rule"),
    "checked_at": _moment("Checked", help="UTC, wall clock"),
    "failing_rows_table": _text("Where they lie"),
    "called_at": _moment("Called", help="UTC, wall clock"),
    "outcome": _text("Outcome"),
    "bytes": _number("Bytes", format="%,d"),
    "message": _text("The source's words"),
    "layer": _text("Layer"),
    "rows": _number("Number", format="%,d"),
    "at": _moment("Newest", help="UTC, wall clock"),
    "day": _week("Day"),
    "deferred": _number("Deferred", format="%,d", help="Due, but beyond the budget of that day"),
}


def flags(frame: pl.DataFrame) -> list[str]:
    """The column that marks weeks with rejected fields, where one of them is."""
    return ["has_rejected_fields"] if frame["has_rejected_fields"].any() else []


def show(frame: pl.DataFrame, columns: Sequence[str], **labels: str) -> None:
    """Draw these columns of a frame as a table for people, tickers and runs as links; `labels` reword columns of it."""
    if "symbol" in columns:
        frame = with_stock_pages(frame)
        columns = ["stock_page" if column == "symbol" else column for column in columns]
    if "execution_batch_id" in columns:
        frame = with_run_pages(frame)
        columns = ["run_page" if column == "execution_batch_id" else column for column in columns]
    looks: Looks = {column: _look_of(frame[column], labels.get(column)) for column in columns}
    shown, looks = with_minus_signs(frame, looks)
    st.dataframe(shown, column_order=columns, column_config=looks, hide_index=True, placeholder=MISSING)


def _look_of(shown: pl.Series, label: str | None) -> ColumnConfig:
    # A column that has no entry counts the calls of a dataset, which may be new.
    column = shown.name
    look = COLUMNS.get(column) or _number(column.replace("_", " ").capitalize(), format="%,d", help="Calls")
    longest = shown.str.len_chars().max() if shown.dtype == pl.String and column not in LINKS else None
    if isinstance(longest, int) and longest > LETTERS_THAT_FIT:
        look = look | {"width": min(LETTER_WIDTH * longest, WIDEST)}
    return look | {"label": label} if label else look
