class TextField(Field):
    """Text in one line."""

    reads_empty = True

    def write(self, value: Any) -> str:
        """Leave out the ends of lines, as browsers do."""
        return str(value or "").replace("\r", "").replace("\n", "")
