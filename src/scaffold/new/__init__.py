"""`scaffold new`."""
