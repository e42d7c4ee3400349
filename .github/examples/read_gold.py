# %% [markdown]
# # Gold in a notebook
#
# Cell by cell in an editor that knows `# %%` (VS Code, Spyder, Jupyter with jupytext), or as a whole, from the
# project's folder: `.venv/bin/python .github/examples/read_gold.py`. It reads as `analyst`, who cannot write.

# %%
import sys

import duckdb
import polars as pl

sys.path.insert(0, ".")
from include.settings import get_settings

url = get_settings().warehouse.analyst_url

# %% [markdown]
# ConnectorX reads a query into Arrow, which Polars takes without a copy.

# %%
weeks = pl.read_database_uri(
    """
    select symbol, price_date, weekly_return_pct, total_return_index
    from gold.fact_adjusted_prices
    where is_complete_week
    order by symbol, price_date
    """,
    url,
    engine="connectorx",
)
weeks

# %% [markdown]
# DuckDB asks a frame of this process in SQL: no server works for it. Total returns by calendar year, from the last
# week of the year before; null in a stock's first year.

# %%
years = duckdb.sql(
    """
    with last_weeks as (
        select symbol, year(price_date) as year, max_by(total_return_index, price_date) as total_return_index
        from weeks
        group by all
    )

    select
        symbol,
        year,
        round(100 * (total_return_index / lag(total_return_index) over (partition by symbol order by year) - 1), 2)
            as return_pct
    from last_weeks
    order by symbol, year
    """
).pl()
years

# %% [markdown]
# And back in Polars: years beside each other.

# %%
print(years.pivot("symbol", index="year", values="return_pct").sort("year").tail(5))
