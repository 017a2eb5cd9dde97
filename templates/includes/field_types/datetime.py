def _parse_datetime(value: object) -> object:
    """Read a time with its zone, and nothing else that Pydantic would take for one."""
    if isinstance(value, datetime):
        return value
    form = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"
    if not isinstance(value, str) or not re.fullmatch(form, value, re.ASCII | re.IGNORECASE):
        raise ValueError("a time is written with its zone, as in 2030-12-31T23:59:59Z")
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except OverflowError:
        raise ValueError("the year is before 1 or after 9999 in UTC") from None


DateTime = Annotated[datetime, BeforeValidator(_parse_datetime)]
