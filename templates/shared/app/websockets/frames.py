"""What travels over a socket: one JSON object a frame."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

# A longer frame ends its socket.
MAX_FRAME_BYTES = 65_536
PONG = '{"type":"pong"}'


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


class Refusal(BaseModel):
    """Why a frame was not understood."""

    type: Literal["error"] = "error"
    detail: str


class BadFrame(ValueError):
    """A frame that is no message and no ping; its text says why."""


_FRAME: TypeAdapter[Message | Ping] = TypeAdapter(
    Annotated[Message | Ping, Field(discriminator="type")]
)


def read_frame(frame: str | bytes) -> Message | Ping:
    """Understand what a client sent, or raise BadFrame."""
    if isinstance(frame, bytes):
        raise BadFrame("A frame is text, not binary.")
    try:
        return _FRAME.validate_json(frame)
    except ValidationError as error:
        first = error.errors()[0]
        # Only what is wrong inside a message has a place.
        place = ".".join(str(part) for part in first["loc"][1:])
        raise BadFrame(
            f"{place}: {first['msg']}"
            if place
            else "A frame is a JSON object whose type is message or ping."
        ) from None
