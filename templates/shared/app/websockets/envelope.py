"""What workers pass to each other through Redis: frames, each on its way to a room."""

from pydantic import BaseModel


class Envelope(BaseModel):
    """A frame, its room, and the worker that has delivered it to its own clients."""

    origin: str
    room: str
    frame: str


def channel_of(service: str) -> str:
    """Name the channel of a service; those that share a Redis do not mix."""
    return f"rooms:{service}"
