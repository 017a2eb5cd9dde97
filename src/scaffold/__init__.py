"""Start a Python web service, and keep it healthy for years."""

DISTRIBUTION = "webscaffold"  # what an installer calls the tool
