"""OVERVIEW of the sample's five companies: what is known about them, and nothing else."""

from typing import Final

UNKNOWN: Final = "None"  # the source's word for a missing value

# The order of the source's response in 2026.
FIELDS: Final = (
    *("Symbol", "AssetType", "Name", "Description", "CIK", "Exchange", "Currency", "Country", "Sector", "Industry"),
    *("Address", "OfficialSite", "FiscalYearEnd", "LatestQuarter", "MarketCapitalization", "EBITDA", "PERatio"),
    *("PEGRatio", "BookValue", "DividendPerShare", "DividendYield", "EPS", "RevenuePerShareTTM", "ProfitMargin"),
    *("OperatingMarginTTM", "ReturnOnAssetsTTM", "ReturnOnEquityTTM", "RevenueTTM", "GrossProfitTTM"),
    *("DilutedEPSTTM", "QuarterlyEarningsGrowthYOY", "QuarterlyRevenueGrowthYOY", "AnalystTargetPrice"),
    *("AnalystRatingStrongBuy", "AnalystRatingBuy", "AnalystRatingHold", "AnalystRatingSell"),
    *("AnalystRatingStrongSell", "TrailingPE", "ForwardPE", "PriceToSalesRatioTTM", "PriceToBookRatio"),
    *("EVToRevenue", "EVToEBITDA", "Beta", "52WeekHigh", "52WeekLow", "50DayMovingAverage"),
    *("200DayMovingAverage", "SharesOutstanding", "SharesFloat", "PercentInsiders", "PercentInstitutions"),
    *("DividendDate", "ExDividendDate"),
)

_SHARED: Final = {"AssetType": "Common Stock", "Currency": "USD", "Country": "USA"}
_INTERNET: Final = {"Sector": "COMMUNICATION SERVICES", "Industry": "INTERNET CONTENT & INFORMATION"}
_KNOWN: Final[dict[str, dict[str, str]]] = {
    "AAPL": {
        "Name": "Apple Inc",
        "CIK": "320193",
        "Exchange": "NASDAQ",
        "Sector": "TECHNOLOGY",
        "Industry": "CONSUMER ELECTRONICS",
        "FiscalYearEnd": "September",
    },
    "FB": {"Name": "Facebook Inc", "CIK": "1326801", "Exchange": "NASDAQ", **_INTERNET, "FiscalYearEnd": "December"},
    "GOOG": {"Name": "Google Inc", "CIK": "1288776", "Exchange": "NASDAQ", **_INTERNET, "FiscalYearEnd": "December"},
    "IBM": {
        "Name": "International Business Machines",
        "CIK": "51143",
        "Exchange": "NYSE",
        "Sector": "TECHNOLOGY",
        "Industry": "INFORMATION TECHNOLOGY SERVICES",
        "FiscalYearEnd": "December",
    },
    "MSFT": {
        "Name": "Microsoft Corporation",
        "CIK": "789019",
        "Exchange": "NASDAQ",
        "Sector": "TECHNOLOGY",
        "Industry": "SOFTWARE - INFRASTRUCTURE",
        "FiscalYearEnd": "June",
    },
}


def company_overview(symbol: str, typed: str) -> dict[str, object]:
    """All fields of the company, in the source's order; what nobody told us reads "None"."""
    known = _SHARED | _KNOWN[symbol] | {"Symbol": typed}
    return {field: known.get(field, UNKNOWN) for field in FIELDS}
