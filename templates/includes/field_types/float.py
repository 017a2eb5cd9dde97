# Not every database keeps the sign of zero.
_without_sign = AfterValidator(lambda number: number + 0.0)
Float = Annotated[float, Field(allow_inf_nan=False), _without_sign]
StrictFloat = Annotated[float, Field(strict=True, allow_inf_nan=False), _without_sign]
