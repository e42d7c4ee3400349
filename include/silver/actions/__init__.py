"""What happened to the shares of a symbol from week to week, read from the growth of adjusted over raw close.

Alpha Vantage adjusts with the close of the ex-date: from one week to the next the factor a ÷ c grows by
S × (1 + D ÷ close of the ex-date). That close lies within the week's low and high, so the identity is an interval.
"""
