# The id of another row, in a query and in a body.
Id = Annotated[int, Field(ge=0, lt=2**63)]
StrictId = Annotated[int, Field(strict=True, ge=0, lt=2**63), _from_float]
