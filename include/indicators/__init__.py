"""Technical indicators of bars, of days as of weeks: Polars, and TA-Lib's C for what remembers all bars before."""
