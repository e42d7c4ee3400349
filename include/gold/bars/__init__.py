"""Bars on one scale, and the indicators of them: computed from one state of silver before dbt begins."""
