class SelectField(Field):
    """One of several values."""

    kind = "select"

    def show(self, value: Any) -> str:
        """Write what people read."""
        return dict(self.options).get(self.write(value), "")
