"""The weekly figures computed a second time, from payloads, sharing no code with the project: a check of gold.

Each module reads as the section of the definitions that it implements. Exact fractions up to the returns, floats after.
"""
