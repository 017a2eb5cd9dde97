"""What the errors of forms say, by the types that Pydantic gives to errors."""

from collections.abc import Mapping
from typing import Any

WHOLE_NUMBER = "Write a whole number, such as 12."
NUMBER = "Write a number, such as 12.5."
DATE = "Write a date, such as 2030-12-31."
MESSAGES = {
    "bool_type": "Choose yes or no.",
    "date_from_datetime_parsing": DATE,
    "date_parsing": DATE,
    "decimal_max_places": "Write at most {decimal_places} decimal places.",
    "decimal_parsing": NUMBER,
    "decimal_type": NUMBER,
    "enum": "Choose one of the list.",
    "finite_number": NUMBER,
    "float_parsing": NUMBER,
    "float_type": NUMBER,
    "greater_than_equal": "Write {ge} or more.",
    "int_parsing": WHOLE_NUMBER,
    "int_parsing_size": WHOLE_NUMBER,
    "int_type": WHOLE_NUMBER,
    "json_invalid": "This is no JSON.",
    "less_than": "Write less than {lt}.",
    "less_than_equal": "Write {le} or less.",
    "missing": "Fill this in.",
    "string_pattern_mismatch": "This has a character that cannot be stored.",
    "string_too_long": "Write at most {max_length} characters.",
    "string_too_short": "Write at least {min_length} characters.",
    "uuid_parsing": "Write a UUID, such as 6ba7b810-9dad-41d1-80b4-00c04fd430c8.",
}


def message_of(error: Mapping[str, Any]) -> str:
    """Word an error of Pydantic; one that has no text here keeps its own."""
    context = error.get("ctx", {})
    if error["type"] == "string_too_short" and context["min_length"] == 1:
        return MESSAGES["missing"]
    # The errors of validators and of addresses come with a reason.
    reason = str(context.get("error") or context.get("reason") or error["msg"])
    reason = reason[0].upper() + reason[1:].removesuffix(".") + "."
    return MESSAGES.get(error["type"], "{reason}").format_map({**context, "reason": reason})
