def _check_json(value: Any, depth: int = 0) -> Any:
    """Refuse what not every database can store, or would change."""
    if not depth and (value is None or type(value) in (int, float)):
        raise ValueError("a number by itself or null is not kept as it is")
    if depth > 20:
        raise ValueError("there are more than 20 levels")
    if isinstance(value, dict):
        for name, member in value.items():
            _check_json(name, depth)
            _check_json(member, depth + 1)
    elif isinstance(value, list):
        for member in value:
            _check_json(member, depth + 1)
    elif isinstance(value, str):
        if re.search("[\0\ud800-\udfff]", value):
            raise ValueError("a text holds a NUL character or half of a surrogate pair")
    elif isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise ValueError("a number has more than 64 bits")
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a number is not finite")
    return value


# As it is read and as it is written. SQLite would make another number of 1.0.
JsonValue = Annotated[Any, WithJsonSchema({"type": ["array", "boolean", "object", "string"]})]
NewJsonValue = Annotated[JsonValue, AfterValidator(_check_json)]
