"""A FastAPI WebSocket written by hand: what `sockets.py` holds the generated one to."""

from datetime import UTC, datetime

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.get("/livez")
async def livez() -> dict[str, str]:
    return {"status": "ok"}


@app.websocket("/ws/rooms/{room}")
async def talk(socket: WebSocket, room: str) -> None:
    await socket.accept()
    await socket.send_json({"type": "welcome", "room": room, "user": None})
    try:
        while True:
            said = await socket.receive_json()
            about = {"type": "message", "room": room, "user": None}
            sent_at = datetime.now(UTC).isoformat()
            await socket.send_json({**about, "body": said["body"], "sent_at": sent_at})
    except WebSocketDisconnect:
        pass
