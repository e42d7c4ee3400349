"""What a figure means, on hover: the comment of its column in gold, which is the one home of a definition.

Figures that a page computes for a chosen period have theirs in `columns.py`.
"""

from dashboards.queries.definitions import comments_of_gold

# The tables of gold by whose comments the pages explain their columns; where two have one, a page says which it shows.
TABLE_OF = {
    column: table
    for table, columns in {
        "fact_adjusted_prices": (
            *("open_price", "high_price", "low_price", "close_price", "adj_close_price", "trade_volume"),
            *(
                "weekly_return_pct",
                "return_1w_pct",
                "return_4w_pct",
                "return_13w_pct",
                "return_52w_pct",
                "return_z_score",
            ),
            *("drawdown_pct", "volatility_pct", "dividend_yield_pct", "dividend_count_12m", "has_rejected_fields"),
            *("corporate_action", "week_ending", "weeks_spanned"),
        ),
        "dim_stock": ("sector", "company_name", "currency"),
        "mart_volatility": (
            *("volatility_rank", "rank_in_sector", "volatility_percentile", "max_drawdown_pct"),
            *("sector_median_pct", "universe_median_pct"),
        ),
        "mart_dividends": (
            *("dividend_per_share", "year", "frequency", "growth_pct", "years_without_cut"),
            *("special_dividend_per_share", "dividend_count", "unknown_dividend_count"),
        ),
    }.items()
    for column in columns
}
# Where a page and gold call a column differently.
NAME_IN_GOLD = {
    ("fact_adjusted_prices", "return_1w_pct"): "weekly_return_pct",
    ("mart_sector_performance", "return_1w_pct"): "mean_return_pct",
}


def definition(column: str, *, table: str | None = None) -> str | None:
    """The comment of a column in gold and where it stands, as Markdown; None of a column that gold does not have.

    `table` is asked first: it may say what a column of this name means there.
    """
    comments = comments_of_gold()
    for home in filter(None, (table, TABLE_OF.get(column))):
        name = f"{home}.{NAME_IN_GOLD.get((home, column), column)}"
        if comment := comments.get(name):
            return f"{comment}\n\n`gold.{name}`"
    return None
