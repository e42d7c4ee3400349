"""What the DAG files share: the Assets between them, their tasks, the one retry policy, the dbt task group.

The only part of `include` that imports airflow or cosmos. It is read whenever a DAG file is parsed, so what is
heavy (polars, boto3, cosmos, `include.steps`) is imported where it is used.
"""
