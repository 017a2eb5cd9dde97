"""What travels over a socket: one JSON object a frame."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, TypeAdapter, ValidationError


class Message(BaseModel):
    """What a client says to its room."""

    type: Literal["message"]
    body: str = Field(min_length=1, max_length=4096)


class Ping(BaseModel):
    """A client asks whether the service is there."""

    type: Literal["ping"]


class Welcome(BaseModel):
    """The client is in the room."""

    type: Literal["welcome"] = "welcome"
    room: str
    user: int | None


class Delivery(BaseModel):
    """What somebody said, for everybody in the room."""

    type: Literal["message"] = "message"
    room: str
    user: int | None
    body: str
    sent_at: datetime


class Pong(BaseModel):
    """The service is there."""

    type: Literal["pong"] = "pong"


class Error(BaseModel):
    """Why a frame was not understood."""

    type: Literal["error"] = "error"
    detail: str


_FRAME: TypeAdapter[Message | Ping] = TypeAdapter(
    Annotated[Message | Ping, Field(discriminator="type")]
)


def answer(frame: str | bytes, room: str, user: int | None) -> Delivery | Pong | Error:
    """Answer a frame of a client: with what its room hears of it, or what only the client does."""
    if isinstance(frame, bytes):
        return Error(detail="A frame is text, not binary.")
    try:
        understood = _FRAME.validate_json(frame)
    except ValidationError as error:
        first = error.errors()[0]
        # Only what is wrong inside a message has a place.
        place = ".".join(str(part) for part in first["loc"][1:])
        unknown = "A frame is a JSON object whose type is message or ping."
        return Error(detail=f"{place}: {first['msg']}" if place else unknown)
    if isinstance(understood, Ping):
        return Pong()
    return Delivery(room=room, user=user, body=understood.body, sent_at=datetime.now(UTC))
