def unused() -> Any:
    """Return the default of a member that may be left out, but must not be null: it is not read."""
