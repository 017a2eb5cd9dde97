"""`scaffold export`."""
