# In a query a number is text; in a body it is not, and true is none either.
Int32 = Annotated[int, Field(ge=-(2**31), lt=2**31)]
StrictInt32 = Annotated[int, Field(strict=True, ge=-(2**31), lt=2**31), _from_float]
