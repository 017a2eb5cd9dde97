# A truth value in a query; Pydantic would also take "1", "on" and more.
Flag = Annotated[
    StrictBool, BeforeValidator(lambda text: {"true": True, "false": False}.get(text, text))
]
