class ReferenceField(WholeNumberField):
    """The id of another row, with those that there are to choose from."""
