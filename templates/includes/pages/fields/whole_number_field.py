class WholeNumberField(Field):
    """A whole number."""

    type = "number"
    is_number = True

    @property
    def attributes(self) -> dict[str, str]:
        """Let the service find a fraction: from one that stands there, a browser counts in ones."""
        return {"step": "any"}

    def read(self, text: str) -> Any:
        """Read digits; more of them than any database keeps stay text."""
        return int(text) if re.fullmatch("[+-]?[0-9]{1,30}", text) else text
