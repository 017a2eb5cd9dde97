# Also a number that is text in a query, and not in a body.
Int64 = Annotated[int, Field(ge=-(2**63), lt=2**63)]
StrictInt64 = Annotated[int, Field(strict=True, ge=-(2**63), lt=2**63), _from_float]
