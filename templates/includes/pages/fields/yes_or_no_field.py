@dataclass(frozen=True)
class YesOrNoField(SelectField):
    """Yes, no, or neither."""

    options: Sequence[tuple[str, str]] = field(
        default=(("true", "Yes"), ("false", "No")), kw_only=True
    )

    def read(self, text: str) -> Any:
        """Read what `write` has written."""
        return {"true": True, "false": False}.get(text, text)

    def write(self, value: bool | None) -> str:
        """Write true or false."""
        return "" if value is None else str(value).lower()
