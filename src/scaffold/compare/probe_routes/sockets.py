"""Round trips over WebSockets, written down as h2load writes requests down.

python sockets.py URL SOCKETS WARM_UP_SECONDS SECONDS [AUTHORIZATION]
"""

import asyncio
import sys
from time import perf_counter

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

MESSAGE = b'{"type":"message","body":"Hello"}'


class EchoClient(WSListener):
    """Sends a message, waits for it to come back, and sends the next."""

    def __init__(self) -> None:
        self.welcome = asyncio.get_running_loop().create_future()
        self.trips: list[tuple[float, float]] = []  # end and duration, in seconds
        self.end = 0.0
        self.sent = 0.0

    def send_until(self, transport: WSTransport, end: float) -> None:
        """Begin, and go on until the end."""
        self.end = end
        self.sent = perf_counter()
        transport.send(WSMsgType.TEXT, MESSAGE)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Note the trip that this frame ends."""
        if not self.welcome.done():
            self.welcome.set_result(None)
            return
        now = perf_counter()
        self.trips.append((now, now - self.sent))
        if now < self.end:
            self.sent = now
            transport.send(WSMsgType.TEXT, MESSAGE)


async def main(url: str, sockets: int, warm_up: float, seconds: float, *authorization: str) -> None:
    """Send over many sockets at once; print end (µs), status and duration (µs) of each trip."""
    headers = [("Authorization", value) for value in authorization]
    opened = [await join(f"{url}/ws/rooms/{number}", headers) for number in range(sockets)]
    begin = perf_counter() + warm_up
    end = begin + seconds
    for transport, client in opened:
        client.send_until(transport, end)
    await asyncio.sleep(warm_up + seconds)
    for transport, client in opened:
        transport.disconnect()
        for at, took in client.trips:
            if begin <= at <= end:
                print(f"{at * 1e6:.0f}\t200\t{took * 1e6:.0f}")


async def join(url: str, headers: list[tuple[str, str]]) -> tuple[WSTransport, EchoClient]:
    """Open a socket, and wait until the room welcomes it."""
    client = EchoClient()
    transport, _ = await ws_connect(lambda: client, url, extra_headers=headers)
    await client.welcome
    return transport, client


if __name__ == "__main__":
    url, sockets, warm_up, seconds, *authorization = sys.argv[1:]
    asyncio.run(main(url, int(sockets), float(warm_up), float(seconds), *authorization))
