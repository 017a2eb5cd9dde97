"""A WebSocket of flask-sock written by hand: what `sockets.py` holds the generated one to."""

import json
from datetime import UTC, datetime

from flask import Flask
from flask_sock import Sock
from simple_websocket import Server

app = Flask(__name__)
sock = Sock(app)


@app.get("/livez")
def livez() -> dict[str, str]:
    return {"status": "ok"}


@sock.route("/ws/rooms/<room>")
def talk(socket: Server, room: str) -> None:
    socket.send(json.dumps({"type": "welcome", "room": room, "user": None}))
    while True:
        said = json.loads(socket.receive())
        about = {"type": "message", "room": room, "user": None}
        sent_at = datetime.now(UTC).isoformat()
        socket.send(json.dumps({**about, "body": said["body"], "sent_at": sent_at}))
