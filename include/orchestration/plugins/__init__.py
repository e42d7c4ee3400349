"""The folder that Airflow searches for plugins."""
