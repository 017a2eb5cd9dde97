class DateField(Field):
    """A date."""

    type = "date"
