class FloatField(Field):
    """A number with any decimal places."""

    type = "number"
    is_number = True

    @property
    def attributes(self) -> dict[str, str]:
        """Let a browser check the number, and show the right keyboard."""
        return {"step": "any", "inputmode": "decimal"}

    def read(self, text: str) -> Any:
        """Read a number as JSON has it, and nothing else that Python would take for one."""
        form = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([Ee][+-]?[0-9]+)?"
        return float(text) if re.fullmatch(form, text) else text
