"""The limit of requests to the API, for each caller."""
