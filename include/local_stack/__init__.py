"""The embedded services: Postgres, S3, the local market server, Airflow and the dashboard, started and ended as one."""
