class TextArea(Field):
    """Text in several lines."""

    kind = "textarea"
    reads_empty = True

    def write(self, value: Any) -> str:
        """Write the ends of lines as they come back."""
        return str(value or "").replace("\r\n", "\n").replace("\r", "\n")
