"""What an answer of another service may be."""

from typing import TypeVar

from httpx2 import Request, RequestError, Response
from pydantic import BaseModel, ValidationError

MAX_BYTES = 1_048_576

Model = TypeVar("Model", bound=BaseModel)


class UnexpectedAnswer(RequestError):
    """An answer that makes no sense."""


class TooLarge(UnexpectedAnswer):
    """An answer that is not read to its end."""

    def __init__(self) -> None:
        super().__init__(f"the answer has more than {MAX_BYTES} bytes")


def check_head(request: Request, response: Response) -> None:
    """Raise an error where the head of an answer shows that it cannot be read."""
    if request.method == "HEAD":
        return
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise UnexpectedAnswer("the answer is compressed")
    length = response.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > MAX_BYTES:
        raise TooLarge


def read_answer(response: Response, model: type[Model]) -> Model:
    """Read the JSON of an answer; one that is an error or something else is answered with 502."""
    response.raise_for_status()
    try:
        return model.model_validate_json(response.content)
    except ValidationError:
        message = f"the answer is no {model.__name__}"
        raise UnexpectedAnswer(message, request=response.request) from None
