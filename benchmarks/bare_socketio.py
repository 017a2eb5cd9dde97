"""Rooms of Flask-SocketIO, written as its documentation does: a peer in `sockets.py`."""

import os
from datetime import UTC, datetime

from flask import Flask, request
from flask_socketio import SocketIO, emit, join_room, rooms

app = Flask(__name__)
socketio = SocketIO(app, async_mode="threading", message_queue=os.environ.get("REDIS_URL"))


@app.get("/livez")
def livez() -> dict[str, str]:
    return {"status": "ok"}


@socketio.on("join")
def join(room: str) -> None:
    join_room(room)
    emit("welcome", {"room": room, "user": None})


@socketio.on("message")
def talk(said: dict[str, str]) -> None:
    # Everybody is in a room of their own too.
    (room,) = set(rooms()) - {request.sid}
    about = {"room": room, "user": None}
    sent_at = datetime.now(UTC).isoformat()
    emit("message", {**about, "body": said["body"], "sent_at": sent_at}, to=room)
