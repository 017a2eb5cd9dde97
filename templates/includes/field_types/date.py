def _check_date(value: object) -> object:
    """Refuse what Pydantic would take for a date besides: a number, and a date with a time."""
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise ValueError("a date is written as in 2030-12-31")
    return value


Date = Annotated[date, BeforeValidator(_check_date)]
