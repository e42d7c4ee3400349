"""The other way: the rows of the payloads as they came, in one flat table of JSON, asked what people ask of gold."""

import psycopg

ONE_STOCK, FIVE_STOCKS = "S00002", "('S00001', 'S00002', 'S00003', 'S00004', 'S00005')"
RECENT, LAST_YEAR = "'2024-11-15'", "'2023-11-24'"
FILL = """
    create schema raw;
    create unlogged table raw.weekly_bars (symbol text, date text, bar jsonb);
    insert into raw.weekly_bars
    select
        symbol,
        price_date::text,
        jsonb_build_object(
            '1. open', open::text, '2. high', high::text, '3. low', low::text, '4. close', close::text,
            '5. adjusted close', adjusted_close::text, '6. volume', volume::text,
            '7. dividend amount', dividend_amount::text
        )
    from silver.weekly_adjusted_prices;
    alter table raw.weekly_bars add primary key (symbol, date);
    analyze raw.weekly_bars
"""
RETURNS = """
    with bars as (
        select
            symbol,
            date::date as week,
            (bar ->> '4. close')::double precision as close,
            (bar ->> '5. adjusted close')::double precision as adjusted,
            (bar ->> '7. dividend amount')::double precision as dividend
        from raw.weekly_bars
        where {where}
    ),

    returns as (
        select *, adjusted / lag(adjusted) over (partition by symbol order by week) as ratio from bars
    )
"""
# The question's name, which rows it cannot do without, and the rest of the statement.
QUESTIONS = {
    "top movers": (
        f"date > {RECENT}",
        "select symbol, week, ratio from returns where ratio is not null order by abs(ratio - 1) desc limit 10",
    ),
    "sector rotation": (
        f"date > {LAST_YEAR}",
        """
        , sector_weeks as (
            select sector, week, ln(avg(ratio)) as growth
            from returns join silver.company_overview using (symbol)
            where ratio is not null
            group by sector, week
        )
        select
            sector,
            exp(sum(growth)) - 1 as return_52w,
            exp(sum(growth) filter (where week > date '2024-08-30')) - 1 as return_13w
        from sector_weeks group by sector order by 3 desc
        """,
    ),
    "volatility ranking": (
        f"date > {LAST_YEAR}",
        """
        select symbol, sqrt(52) * stddev_samp(ln(ratio)) as volatility
        from returns where ratio is not null group by symbol order by 2 desc limit 20
        """,
    ),
    "dividends per year": (
        f"symbol = '{ONE_STOCK}'",
        "select extract(year from week)::int as year, sum(dividend) as dividends from returns group by 1",
    ),
    "worst drawdowns": (
        "true",
        """
        , falls as (
            select symbol, week, adjusted / max(adjusted) over (partition by symbol order by week) - 1 as drawdown
            from returns
        )
        select distinct on (drawdown, symbol) * from falls order by drawdown, symbol, week limit 10
        """,
    ),
    "one stock": (
        f"symbol = '{ONE_STOCK}'",
        "select week, close, adjusted, ratio from returns order by week desc",
    ),
    "five stocks": (
        f"symbol in {FIVE_STOCKS}",
        "select symbol, week, close, adjusted, ratio from returns order by symbol, week",
    ),
    "correlations": (
        f"symbol in {FIVE_STOCKS} and date > {LAST_YEAR}",
        """
        select one.symbol, other.symbol as other_symbol, corr(ln(one.ratio), ln(other.ratio)) as correlation
        from returns as one join returns as other using (week) group by 1, 2
        """,
    ),
}


def fill(url: str) -> None:
    """Put every week of silver into the flat table, as the payload spelled it."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(FILL.encode())


def statement_of(question: str) -> str:
    """The question in SQL on the flat table."""
    where, rest = QUESTIONS[question]
    return RETURNS.format(where=where) + rest
