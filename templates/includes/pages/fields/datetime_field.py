class DateTimeField(Field):
    """A time in UTC, which a browser shows without its zone."""

    type = "datetime-local"

    @property
    def attributes(self) -> dict[str, str]:
        """Let a browser show seconds."""
        return {"step": "1"}

    def read(self, text: str) -> Any:
        """Add the seconds, which a browser may leave out, and the zone."""
        local = re.fullmatch(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2})(:[0-9.]+)?", text)
        return f"{local[1]}{local[2] or ':00'}Z" if local else text

    def write(self, value: datetime | None) -> str:
        """Write whole seconds."""
        if value is None:
            return ""
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")

    def show(self, value: datetime | None) -> str:
        """Write the zone, too."""
        return self.write(value).replace("T", " ") + " UTC" if value else ""
