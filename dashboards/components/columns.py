"""How each column of gold and of the ledgers looks in a table: one wording, unit and format on every page.

What a column of gold means is said by its comment there (`definitions.py`); the others have a `help` here.
"""

from functools import partial

import streamlit as st

text, number = st.column_config.TextColumn, st.column_config.NumberColumn
week = partial(st.column_config.DateColumn, format="D MMM YYYY")
moment = partial(st.column_config.DatetimeColumn, format="D MMM YYYY, HH:mm:ss", timezone="UTC")
minute = partial(moment, format="D MMM YYYY, HH:mm")
COLUMNS = {
    "stock_page": st.column_config.LinkColumn(
        "Ticker", pinned=True, alignment="left", display_text=r"ticker=([^&]+)", help="Opens the page of the stock"
    ),
    "company_name": text("Company"),
    "sector": text("Sector"),
    "chosen_tickers": text("Chosen tickers"),
    "currency": text("Currency"),
    "week_ending": week("Week ending"),
    "close_price": number("Close", format="%,.2f"),
    "return_1w_pct": number("1 week", format="%+.1f %%"),
    "return_4w_pct": number("4 weeks", format="%+.1f %%"),
    "return_13w_pct": number("13 weeks", format="%+.1f %%"),
    "return_52w_pct": number("52 weeks", format="%+.1f %%"),
    "below_high_52w_pct": number("Below 52-week high", format="%.1f %%", help="The close under the highest price"),
    "drawdown_pct": number("Below peak", format="%.1f %%"),
    "max_drawdown_pct": number("Max drawdown", format="%.1f %%"),
    "volatility_pct": number("Volatility", format="%.1f %%"),
    "volatility_rank": number("Rank", format="%d"),
    "stocks": number("Stocks", format="%d", help="How many the row is about"),
    "sector_median_pct": number("Sector median", format="%.1f %%"),
    "universe_median_pct": number("Median of all", format="%.1f %%"),
    "dividend_yield_pct": number("Yield", format="%.2f %%"),
    "dividend_count_12m": number("Paid in 52 weeks", format="%d"),
    "year": number("Last full year", format="%d"),
    "frequency": text("Paid"),
    "dividend_per_share": number("Per share", format="%.4f"),
    "growth_pct": number("Growth", format="%+.1f %%"),
    "years_without_cut": number("Years without a cut", format="%d"),
    "return_z_score": number("z-score", format="%+.2f"),
    "what": text("What"),
    "detail": text("Detail"),
    "is_this_week": st.column_config.CheckboxColumn("This week"),
    "corporate_action": text("In this week"),
    "has_rejected_fields": st.column_config.CheckboxColumn("Field rejected"),
    "open_price": number("Open", format="%,.2f"),
    "high_price": number("High", format="%,.2f"),
    "low_price": number("Low", format="%,.2f"),
    "trade_volume": number("Volume", format="%,.0f"),
    "rank_in_sector": number("Rank in sector", format="%d"),
    "volatility_percentile": number("Percentile", format="%.0f"),
    "lowest_pct": number("Calmest stock", format="%.1f %%", help="The lowest volatility of them"),
    "highest_pct": number("Wildest stock", format="%.1f %%", help="The highest volatility of them"),
    "fact": text("Fact", pinned=True),
    "value": text("Value"),
    # A stock's weeks, and its dividends and splits
    "weeks_spanned": number("Weeks", format="%d"),
    "dividend_of_week": number("Dividend", format="%,.4f", help="Per share of that week; the week is the ex-date's"),
    "dividend_today": number("Of today's shares", format="%,.4f", help="The dividend per share of today"),
    "change_words": text("Split", help="Or another change of the shares"),
    "ex_date": week("Ex-date", help="As the source lists it"),
    "payment_date": week("Paid on", help="As the source lists it"),
    "calendar_year": text("Year", pinned=True),
    "special_dividend_per_share": number("Special", format="%,.4f"),
    "dividend_count": number("Payments", format="%d"),
    "unknown_dividend_count": number("Of unknown amount", format="%d"),
    # Figures of a chosen period
    "first_day": week("From", help="The base: returns are those of the weeks after it"),
    "last_day": week("To"),
    "total_return_pct": number("Total return", format="%+.1f %%", help="Dividends put back into the shares"),
    "cagr_pct": number(
        "Growth a year", format="%+.1f %%", help="Total return a year, by days ÷ 365.25; empty for a year or less"
    ),
    "best_week_pct": number("Best week", format="%+.1f %%", help="The highest return of one week in the period"),
    "worst_week_pct": number("Worst week", format="%+.1f %%", help="The lowest return of one week in the period"),
    "positive_weeks_pct": number("Positive weeks", format="%.0f %%", help="Share of the weeks with a return above 0"),
    "weeks": number("Weeks", format="%,d", help="Returns of one week in the period"),
    "period_volatility_pct": number(
        "Volatility", format="%.1f %%", help="Standard deviation of weekly log returns × √52, percent a year"
    ),
    "sharpe": number("Sharpe", format="%+.2f", help="Mean ÷ standard deviation of weekly returns × √52"),
    "sortino": number(
        "Sortino", format="%+.2f", help="Mean of weekly returns ÷ root of the mean square of those below 0 × √52"
    ),
    "value_at_risk_pct": number(
        "VaR 5 %", format="%.1f %%", help="Historical value at risk: one week in twenty returned less"
    ),
    "expected_shortfall_pct": number(
        "Expected shortfall", format="%.1f %%", help="Mean return of the worst twentieth of the weeks"
    ),
    "period_max_drawdown_pct": number(
        "Max drawdown", format="%.1f %%", help="The deepest fall below a peak within the period, of weekly closes"
    ),
    "peak_day": week("Peak"),
    "trough_day": week("Trough"),
    "recovery_day": week("Recovered", help="The first week at the peak again; empty while the fall lasts"),
    # Against a benchmark, and of a portfolio
    "series": text("Series", pinned=True),
    "common_weeks": number("Common weeks", format="%,d", help="Weeks in which both have a return of one week"),
    "benchmark_return_pct": number("Benchmark", format="%+.1f %%", help="Its total return in the common weeks"),
    "excess_return_pct": number("Excess return", format="%+.1f", help="Total return less the benchmark's, in points"),
    "beta": number("Beta", format="%.2f", help="Slope of its weekly returns over those of the benchmark"),
    "alpha_pct": number(
        "Alpha", format="%+.1f %%", help="Mean weekly return that beta does not explain, compounded over 52 weeks"
    ),
    "correlation": number("Correlation", format="%+.2f", help="Pearson, of weekly returns"),
    "tracking_error_pct": number(
        "Tracking error", format="%.1f %%", help="Standard deviation of the weekly differences × √52"
    ),
    "information_ratio": number(
        "Information ratio", format="%+.2f", help="Mean ÷ standard deviation of the weekly differences × √52"
    ),
    "up_capture_pct": number(
        "Up capture", format="%.0f %%", help="Mean compounded return ÷ the benchmark's, of weeks in which that rose"
    ),
    "down_capture_pct": number("Down capture", format="%.0f %%", help="The same of the weeks in which it fell"),
    "weight_pct": number("Weight", format="%.1f %%", help="Of the money at the beginning"),
    "weight_at_end_pct": number("Weight at the end", format="%.1f %%", help="Of what it was worth then"),
    "contribution_pct": number(
        "Contribution",
        format="%+.1f",
        help="Points of the portfolio's total return: the sum over weeks of weight × return × growth until then",
    ),
    # Restatements and what was known
    "known_at": moment("Known since", help="UTC"),
    "close_then": number("Close then", format="%,.4f"),
    "adj_close_then": number("Adjusted then", format="%,.4f"),
    "adj_close_today": number("Adjusted today", format="%,.4f"),
    "return_then_pct": number("Return then", format="%+.2f %%"),
    "return_today_pct": number("Return today", format="%+.2f %%"),
    "difference_points": number("Difference", format="%+.3f", help="Percentage points"),
    "action_words": text("In this week"),
    "adj_close_price": number("Adjusted close", format="%,.4f"),
    "weekly_return_pct": number("Return", format="%+.2f %%"),
    "cause": text("Cause"),
    "rows_changed": number("Rows changed", format="%d", help="Of silver, by the payload that brought the change"),
    "first_week": week("First week"),
    "last_week": week("Newest week"),
    "old_adjusted_close": number("Adjusted close before", format="%,.4f", help="Of the newest rewritten week"),
    "new_adjusted_close": number("Adjusted close after", format="%,.4f", help="Of the same week"),
    # Ledgers
    "run_page": st.column_config.LinkColumn(
        "Run", display_text="lineage", help="Opens what the run left in each layer"
    ),
    "pipeline": text("Pipeline", pinned=True),
    "status": text("Status"),
    "started_at": minute("Started", help="UTC, wall clock"),
    "seconds": number("Seconds", format="%.1f"),
    "tickers": text("Tickers", help="Planned for the run; deferred are left for a later day's budget"),
    "rows_written": text("Rows", help="Of silver; rejected rows of a payload are not loaded"),
    "rows_received": number("Rows received", format="%,d"),
    "error": text("Error"),
    "why": text("Why", help="Why it does not hold the expected week"),
    "next_attempt_at": minute("Asked again", help="UTC, by the market's clock: until then it is refused or deferred"),
    "failed_at": moment("Failed", help="UTC, wall clock"),
    "newest_week": week("Newest week"),
    "expected_week": week("Expected week", help="The newest week that its exchange has closed"),
    "newest_day": week("Newest day"),
    "expected_day": week("Expected day", help="The newest session that its exchange has closed"),
    "answered_at": minute("Answered", help="UTC, by the market's clock"),
    "function": text("Function"),
    "row_date": text("Date in the row"),
    "field": text("Field", help="Only this field of the row; empty for the whole row"),
    "reason": text("Reason"),
    "raw_values": text("Raw values"),
    "bronze_key": text("Object in bronze"),
    "rule": text("What has to hold", pinned=True),
    "place": text("Where", help="payload: not loaded into silver; publication: loaded, but it breaks a rule of gold"),
    "readers_see": text("Readers see", help="Of this ticker in gold: on these pages, in the API"),
    "bound": text("Allowed"),
    "finding": text("Finding"),
    "level": text("Level"),
    "last_session": week("Session", help="The last that it is about"),
    "words": text("What was found"),
    "since": moment("Since", help="UTC; of a payload by the market's clock"),
    "way_out": text("The way out"),
    "checked_table": text("In"),
    "severity": text("Severity", help="error stops the publication, warn asks somebody to look"),
    "failing_rows": number("Rows found", format="%,d", help="Rows that broke the rule"),
    "checked_at": moment("Checked", help="UTC, wall clock"),
    "failing_rows_table": text("Where they lie"),
    "called_at": moment("Called", help="UTC, wall clock"),
    "outcome": text("Outcome"),
    "bytes": number("Bytes", format="%,d"),
    "message": text("The source's words"),
    "layer": text("Layer"),
    "rows": number("Number", format="%,d"),
    "at": moment("Newest", help="UTC, wall clock"),
    "day": week("Day"),
    "deferred": number("Deferred", format="%,d", help="Due, but beyond the budget of that day"),
}
