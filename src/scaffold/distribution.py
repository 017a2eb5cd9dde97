"""What an installer calls the tool."""

DISTRIBUTION = "webscaffold"
