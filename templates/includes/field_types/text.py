# Not every database can store a NUL character.
Text = Annotated[str, Field(pattern=r"^[^\x00]*$")]
