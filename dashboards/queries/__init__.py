"""All SQL of the dashboard: a module per page, a function a question.

Prices are cast to double precision here, for the eye: the exact numerics stay in gold. A function that
takes a `Publication` is remembered until the next one; what changes between publications, for seconds.
"""
