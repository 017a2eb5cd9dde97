"""`scaffold compare`."""
