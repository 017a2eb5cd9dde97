"""Forms, read from the body of a request and validated."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar, get_type_hints
from urllib.parse import parse_qsl

from flask import request
from pydantic import BaseModel, ValidationError

from app import openapi
from app.validation import InvalidRequest, locate

URLENCODED = "application/x-www-form-urlencoded"
MAX_FIELDS = 1000

Form = TypeVar("Form", bound=BaseModel)
Result = TypeVar("Result")


def validated_form(view: Callable[[Form], Result]) -> Callable[[], Result]:
    """Pass the form to the view, or answer 422."""
    model: type[Form] = get_type_hints(view)["form"]

    @wraps(view)
    def read_and_call() -> Result:
        try:
            form = model.model_validate(read_form())
        except ValidationError as error:
            raise InvalidRequest(locate(error, "body")) from None
        return view(form)

    content = {URLENCODED: openapi.refer_to(model, "validation")}
    openapi.inputs[read_and_call] = {"requestBody": {"required": True, "content": content}}
    return read_and_call


def read_form() -> dict[str, str]:
    """Read the fields: the last one of each name, without those that are empty."""
    if request.mimetype != URLENCODED:
        return {}
    # Characters that are not percent-encoded have one byte each.
    body = request.get_data(cache=False).decode("latin-1")
    fields = parse_qsl(body, keep_blank_values=True)
    if len(fields) > MAX_FIELDS:
        reason = f"Too many fields. Maximum number of fields is {MAX_FIELDS}."
        raise InvalidRequest([{"loc": ("body",), "msg": reason, "type": "form_invalid"}])
    return {name: value for name, value in dict(fields).items() if value}
