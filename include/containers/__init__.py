"""What only containers need: the API server's login, health checks, secrets, preparation, dbt in the image."""
