"""What the service itself tells its rooms: from any thread, task or process."""

from datetime import UTC, datetime
from uuid import uuid4

from pydantic import BaseModel
from redis import Redis

from app.redis_url import OPTIONS
from app.settings import load_settings
from app.websockets.frames import Delivery
from app.websockets.rooms import Rooms
from app.websockets.settings import CHANNEL
from app.websockets.subscription import Envelope


def say(room: str, body: str, user: int | None = None) -> None:
    """Say something to everybody in a room, as this user or as the service itself."""
    broadcast(room, Delivery(room=room, user=user, body=body, sent_at=datetime.now(UTC)))


def broadcast(room: str, frame: BaseModel) -> None:
    """Send a frame to everybody in a room, on every worker."""
    text = frame.model_dump_json()
    if Rooms.serving:
        Rooms.serving.broadcast(room, text)
    else:
        _publish(Envelope(origin=uuid4().hex, room=room, frame=text))


def _publish(envelope: Envelope) -> None:
    """Send what a script or a job says to the workers, and wait until Redis has it."""
    address = load_settings().redis_url
    if not address:
        raise RuntimeError("This process has no sockets: set REDIS_URL, to reach those that do.")
    with Redis.from_url(str(address), **OPTIONS) as redis:
        redis.publish(CHANNEL, envelope.model_dump_json())
