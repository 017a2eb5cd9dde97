class Checkbox(Field):
    """Yes or no; a browser sends only yes."""

    kind = "checkbox"
    reads_empty = True

    def read(self, text: str) -> Any:
        """Return whether the box is checked."""
        return text != ""

    def write(self, value: Any) -> str:
        """Write what is sent of a checked box."""
        return "true" if value else ""

    def show(self, value: Any) -> str:
        """Write yes or no."""
        return "Yes" if value else "No"
