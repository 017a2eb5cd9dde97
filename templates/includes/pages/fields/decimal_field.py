@dataclass(frozen=True)
class DecimalField(Field):
    """A number from zero up, with so many decimal places."""

    places: int

    type = "number"
    is_number = True

    @property
    def attributes(self) -> dict[str, str]:
        """Let a browser check the number, and show the right keyboard."""
        return {"step": f"{10**-self.places:.{self.places}f}", "min": "0", "inputmode": "decimal"}
