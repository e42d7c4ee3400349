"""What only containers need: their preparation, the API server's login, health checks, the secrets of `.env`."""
