class JsonField(Field):
    """Any value, in JSON."""

    kind = "textarea"

    def read(self, text: str) -> Any:
        """Parse the text; raise ValueError where it is no JSON."""
        try:
            return json.loads(text)
        except RecursionError:
            raise ValueError("there are too many levels") from None

    def write(self, value: Any) -> str:
        """Write it with a line for each member."""
        return "" if value is None else json.dumps(value, ensure_ascii=False, indent=2)

    def show(self, value: Any) -> str:
        """Write it in one line."""
        return "" if value is None else json.dumps(value, ensure_ascii=False)
