"""The commands behind make: `make X` is X.py. What several of them print is in output/."""
