"""The local market: Alpha Vantage's responses over real, public-domain prices, without account or key.

It serves the sample market, 2000 to 2013: the daily prices of AAPL, FB, GOOG, IBM and MSFT that
`bokeh_sampledata` ships. Its clock stands until it is moved, and it injects faults on command.

    prices → series → layouts → listing → server    the sample's normal replies
    clock                                           what is known already
    invented                                        generated tickers for load tests
    replies, faults, limits                         everything that is not data
"""
