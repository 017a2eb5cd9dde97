"""Start a Python web service, and keep it healthy for years."""
