class ReferenceField(WholeNumberField):
    """The id of another row, with those that there are to choose from; a list shows their names."""

    is_number = False
