"""What only containers need: the API server's login, health checks, the secrets of `.env`."""
