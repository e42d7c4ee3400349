"""More stocks than the sample market has: each a stock of it under another name, with returns that swing otherwise."""

from tests.dashboards.gold_warehouse import Warehouse

# By table of gold: the columns that are another's in a copy, the others are taken over.
COPIED = {
    "dim_stock": "",
    "fact_adjusted_prices": ", total_return_index = 100 * (total_return_index / 100) ^ {power}",
    "mart_latest_week": "",
    "mart_volatility": "",
    "mart_stock_risk": "",
    "mart_dividends": "",
}


def add_stocks(warehouse: Warehouse, number: int, *, like: str = "MSFT") -> list[str]:
    """Publish `number` more stocks, S01, S02 and so on; their symbols."""
    symbols = [f"S{place:02}" for place in range(1, number + 1)]
    for place, symbol in enumerate(symbols):
        power = 1.2 - 0.1 * place
        for table, changed in COPIED.items():
            warehouse.execute(
                f"create temporary table copy as select * from gold.{table} where symbol = '{like}';"
                f"update copy set symbol = '{symbol}', stock_id = 'id of {symbol}'{changed.format(power=power)};"
                f"insert into gold.{table} select * from copy; drop table copy"
            )
    return symbols
