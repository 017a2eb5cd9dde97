"""`scaffold advise`."""
