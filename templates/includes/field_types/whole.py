def _read_whole(value: object) -> object:
    """Take 1.0 for the integer that it is in JSON."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


_from_float = BeforeValidator(_read_whole)
