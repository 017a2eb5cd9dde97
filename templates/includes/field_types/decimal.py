@dataclass(frozen=True)
class Digits:
    """Limits a decimal from zero up to so many digits, so many of which are decimal places."""

    total: int
    places: int

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Always write the places, and zero without a sign."""
        unit = Decimal(1).scaleb(-self.places)
        whole = self.total - self.places
        pattern = "^[0-9]{1," + str(whole) + "}" if whole else "^0"
        if self.places:
            pattern += r"(\.[0-9]{1," + str(self.places) + "})?"
        json_schema: dict[str, Any] = {
            "anyOf": [
                {
                    "type": "number",
                    "minimum": 0,
                    "maximum": float(10**whole - unit),
                    "multipleOf": float(unit),
                },
                {"type": "string", "pattern": pattern + "$"},
            ]
        }
        return handler.generate_schema(
            Annotated[
                source,
                Field(ge=0, lt=10**whole, decimal_places=self.places),
                AfterValidator(lambda number: abs(number.quantize(unit))),
                WithJsonSchema(json_schema, mode="validation"),
            ]
        )
