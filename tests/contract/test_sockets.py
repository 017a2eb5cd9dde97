"""Contract, "WebSockets": rooms, and what is said over a socket."""

import json
import re
import struct
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta

import pytest

from tests.contract import expect
from tests.support.combinations import every_socket
from tests.support.services import Service
from tests.support.sockets import (
    BINARY,
    CLOSE,
    CONTINUATION,
    LOST,
    PING,
    PONG,
    TEXT,
    Frame,
    Socket,
    encode,
    join,
    knock,
    lines_of,
    new_room,
    nothing_fails,
    path_of,
)
from tests.support.users import AUTH

pytestmark = every_socket

LIMIT = 65_536
PING_FRAME = '{"type":"ping"}'
PONG_FRAME = '{"type":"pong"}'
NO_FRAME = "A frame is a JSON object whose type is message or ping."
ROCKET = "\U0001f680"


@pytest.fixture
def room() -> str:
    return new_room()


@pytest.fixture
def alone(service: Service, room: str) -> Iterator[Socket]:
    """The only socket in the room."""
    with join(service, room) as entered:
        yield entered


def refused(entered: Socket, detail: str) -> None:
    """The next frame says why the last one was not understood, and the socket is still there."""
    assert entered.text() == json.dumps({"type": "error", "detail": detail}, separators=(",", ":"))
    entered.hears_nothing()


def send_in_parts(entered: Socket, data: bytes, parts: int) -> None:
    """Send a message in so many fragments."""
    size = -(-len(data) // parts)
    for number in range(parts):
        part = data[number * size : (number + 1) * size]
        opcode = CONTINUATION if number else TEXT
        # A service that has seen enough may have closed.
        with suppress(ConnectionError):
            entered.send(part, opcode, final=number == parts - 1)


def user_of(service: Service) -> int | None:
    """Who the service's token belongs to; nobody without auth."""
    return service.client.get(f"{AUTH}/me").json()["id"] if service.token else None


def test_who_joins_is_welcome(service: Service) -> None:
    room = f"Room_1-{new_room()}".ljust(64, "x")
    with knock(service, room, *service.credentials) as entered:
        content = {"type": "welcome", "room": room, "user": user_of(service)}
        assert entered.text() == json.dumps(content, separators=(",", ":"))


def test_a_message_goes_to_everybody_in_the_room(service: Service, room: str) -> None:
    with join(service, room) as one, join(service, room) as two, join(service, room) as three:
        one.say('Hello, "wörld" 🚀')
        received = {entered.text() for entered in (one, two, three)}
        assert len(received) == 1
        message = json.loads(received.pop())
        assert list(message) == ["type", "room", "user", "body", "sent_at"]
        sent_at = message.pop("sent_at")
        assert message == {
            "type": "message",
            "room": room,
            "user": user_of(service),
            "body": 'Hello, "wörld" 🚀',
        }
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", sent_at)
        age = datetime.now(UTC) - datetime.fromisoformat(sent_at)
        assert timedelta(0) <= age < timedelta(seconds=10)
        for entered in (one, two, three):
            entered.hears_nothing()


def test_a_message_stays_in_its_room(service: Service) -> None:
    room = new_room()
    with join(service, room) as here, join(service, room.upper()) as there:
        here.say("here")
        assert here.bodies(1) == ["here"]
        there.hears_nothing()
        there.say("there")
        assert there.bodies(1) == ["there"]
        here.hears_nothing()


def test_messages_arrive_in_the_order_in_which_they_were_sent(service: Service, room: str) -> None:
    with join(service, room) as one, join(service, room) as two:
        said = [str(number) for number in range(40)]
        for body in said:
            one.say(body)
        assert one.bodies(40) == said
        assert two.bodies(40) == said


def test_everybody_gets_what_many_say_in_the_same_order(service: Service, room: str) -> None:
    with ExitStack() as stack:
        sockets = [stack.enter_context(join(service, room)) for _ in range(4)]
        for number in range(20):
            for index, entered in enumerate(sockets):
                entered.say(f"{index} {number}")
        received = [entered.bodies(80) for entered in sockets]
    assert all(bodies == received[0] for bodies in received)
    for index in range(4):
        of_one = [body for body in received[0] if body.startswith(f"{index} ")]
        assert of_one == [f"{index} {number}" for number in range(20)]


def test_who_left_is_not_waited_for(service: Service, room: str) -> None:
    with join(service, room) as one:
        with join(service, room) as two:
            assert two.close() == 1000
        with join(service, room) as three:
            three.hang_up()
        one.say("still here?")
        assert one.bodies(1) == ["still here?"]


@pytest.mark.parametrize(
    "body", ["a", " ", "\0", "a" * 4096, ROCKET * 4096, "\x01" * 4096, "é\r\n"]
)
def test_a_body_has_1_to_4096_characters(alone: Socket, body: str) -> None:
    alone.say(body)  # each character beyond ASCII as an escape
    assert alone.bodies(1) == [body]
    alone.send(json.dumps({"type": "message", "body": body}, ensure_ascii=False))
    assert alone.bodies(1) == [body]


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ('""', "body: String should have at least 1 character"),
        (f'"{"a" * 4097}"', "body: String should have at most 4096 characters"),
        (f'"{ROCKET * 4097}"', "body: String should have at most 4096 characters"),
        ("null", "body: Input should be a valid string"),
        ("1", "body: Input should be a valid string"),
        ("NaN", "body: Input should be a valid string"),
        ('["a"]', "body: Input should be a valid string"),
        (r'"\ud800"', NO_FRAME),
        ('"\x01"', NO_FRAME),
    ],
    ids=lambda value: value[:20],
)
def test_another_body_is_an_error(alone: Socket, body: str, detail: str) -> None:
    alone.send(f'{{"type":"message","body":{body}}}')
    refused(alone, detail)


@pytest.mark.parametrize(
    ("frame", "detail"),
    [
        *(
            (frame, NO_FRAME)
            for frame in (
                *("", " ", "{}", "[]", "null", '"ping"', "1", "NaN", "{", PING_FRAME * 2),
                *('{"type":"PING"}', '{"type":null}', '{"type":["ping"]}', "{'type':'ping'}"),
                *('{"type":"pong"}', '{"type":"welcome"}', '{"type":"auth","token":"x"}'),
                *("[" * 60_000, '{"type":"ping","x":%s}' % ("[" * 30_000 + "]" * 30_000)),
                *('{"a":' * 12_000, r'{"\ud800":1}', "\ufeff" + PING_FRAME, "9" * 5000),
            )
        ),
        ('{"type":"message"}', "body: Field required"),
        ('{"type":"ping","type":"message"}', "body: Field required"),
    ],
    ids=lambda value: value[:20],
)
def test_a_frame_that_is_no_such_object_is_an_error(alone: Socket, frame: str, detail: str) -> None:
    alone.send(frame)
    refused(alone, detail)


@pytest.mark.parametrize("frame", [b"", b"\xff\x00", PING_FRAME.encode()])
def test_a_binary_frame_is_an_error(alone: Socket, frame: bytes) -> None:
    alone.send(frame, BINARY)
    refused(alone, "A frame is text, not binary.")


@pytest.mark.parametrize(
    "frame",
    [
        PING_FRAME,
        f" {PING_FRAME}\r\n",
        '{"type":"ping","x":NaN}',
        '{"type":"ping","x":1e999}',
        '{"type":"message","type":"ping"}',
        '{"\\u0074ype":"ping","room":"x","user":1}',
    ],
)
def test_a_ping_is_answered(alone: Socket, frame: str) -> None:
    alone.send(frame)
    assert alone.text() == PONG_FRAME


def test_nobody_chooses_who_or_where_they_are(service: Service, alone: Socket, room: str) -> None:
    claims = {"room": "other", "user": 0, "sent_at": "2000-01-01T00:00:00Z"}
    alone.tell({"type": "message", "body": "a"} | claims)
    message = alone.read()
    assert (message["room"], message["user"]) == (room, user_of(service))
    assert message["sent_at"] > "2001"


def test_an_error_is_for_who_caused_it(service: Service, alone: Socket, room: str) -> None:
    with join(service, room) as other:
        alone.send("nonsense")
        refused(alone, NO_FRAME)
        other.hears_nothing()


def test_a_message_may_come_in_fragments(alone: Socket) -> None:
    data = json.dumps({"type": "message", "body": ROCKET * 10}, ensure_ascii=False).encode()
    alone.send(data[:1], TEXT, final=False)
    for number, byte in enumerate(data[1:-1]):
        if number % 50 == 0:
            # Between fragments, a frame of the protocol may stand.
            alone.send(b"here?", PING)
            assert alone.receive() == Frame(PONG, b"here?")
        alone.send(bytes([byte]), CONTINUATION, final=False)
    alone.send(data[-1:], CONTINUATION)
    assert alone.bodies(1) == [ROCKET * 10]


def test_bytes_may_come_one_by_one(alone: Socket) -> None:
    for byte in encode(PING_FRAME.encode()):
        alone.connection.sendall(bytes([byte]))
    assert alone.text() == PONG_FRAME


@pytest.mark.parametrize("parts", [1, 4])
def test_64_kib_are_taken(alone: Socket, parts: int) -> None:
    send_in_parts(alone, PING_FRAME.encode().ljust(LIMIT), parts)
    assert alone.text() == PONG_FRAME


@pytest.mark.parametrize("parts", [1, 4])
def test_one_byte_more_closes_with_1009(alone: Socket, parts: int) -> None:
    send_in_parts(alone, PING_FRAME.encode().ljust(LIMIT + 1), parts)
    assert alone.end() == 1009


def test_a_frame_that_only_says_it_is_huge_closes_with_1009(alone: Socket) -> None:
    # 1 EiB, of which the service gets nothing.
    alone.connection.sendall(struct.pack("!BBQ", 0x80 | TEXT, 0x80 | 127, 1 << 60) + b"\0" * 4)
    assert alone.end() == 1009


@pytest.mark.parametrize(
    "text", [b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xc0\xaf", PING_FRAME.encode() + b"\xf0\x9f"]
)
def test_what_is_not_utf_8_closes_with_1007(alone: Socket, text: bytes) -> None:
    alone.send(text)
    assert alone.end() == 1007


def test_utf_8_that_breaks_across_fragments_closes_with_1007(alone: Socket) -> None:
    alone.send(b'{"type":"message","body":"\xf0\x9f', TEXT, final=False)
    alone.send(b'"}', CONTINUATION)
    assert alone.end() == 1007


@pytest.mark.parametrize(
    ("opcode", "options"),
    [
        (TEXT, {"masked": False}),
        (TEXT, {"reserved": 4}),  # as a compressed one has it
        (TEXT, {"reserved": 1}),
        (0x3, {}),
        (0xB, {}),
        (CONTINUATION, {}),
        (PING, {"final": False}),
    ],
)
def test_what_is_no_websocket_frame_closes_with_1002(
    alone: Socket, opcode: int, options: dict[str, int]
) -> None:
    alone.send(PING_FRAME, opcode, **options)  # type: ignore[arg-type]
    assert alone.end() == 1002


def test_a_ping_of_the_protocol_is_answered(alone: Socket) -> None:
    for payload in (b"", b"a" * 125):
        alone.send(payload, PING)
        assert alone.receive() == Frame(PONG, payload)
    # Nobody asked for this one.
    alone.send(b"x", PONG)
    alone.hears_nothing()


@pytest.mark.parametrize("code", [1000, 1001, 3000, 4999])
def test_a_close_is_answered_with_its_code(alone: Socket, code: int) -> None:
    assert alone.close(code) == code


def test_a_close_without_a_code_is_answered(alone: Socket) -> None:
    alone.send(b"", CLOSE)
    assert alone.receive().opcode == CLOSE


@pytest.mark.parametrize("payload", [b"\x03", struct.pack("!H", 999), struct.pack("!H", 1005)])
def test_a_close_that_makes_no_sense_does_no_harm(
    service: Service, alone: Socket, payload: bytes
) -> None:
    alone.send(payload, CLOSE)
    assert alone.end() in {1000, 1002, LOST}
    expect.ok(service.client.get("/livez"))


def test_what_comes_after_a_close_is_ignored(service: Service, alone: Socket, room: str) -> None:
    with join(service, room) as other:
        alone.send(struct.pack("!H", 1000), CLOSE)
        alone.say("too late")
        assert alone.end() == 1000
        other.hears_nothing()


def test_what_is_said_right_before_a_goodbye_is_heard(
    service: Service, alone: Socket, room: str
) -> None:
    with join(service, room) as leaving:
        message = b'{"type":"message","body":"%d"}'
        last_words = [encode(message % number) for number in range(5)]
        goodbye = encode(struct.pack("!H", 1000), CLOSE)
        leaving.connection.sendall(b"".join((*last_words, goodbye)))
        assert leaving.end() == 1000
        assert alone.bodies(5) == ["0", "1", "2", "3", "4"]


def test_a_socket_is_one_line_of_the_log(service: Service, room: str) -> None:
    with join(service, f"{room}?token=hunter2", f"X-Request-ID: {room}") as entered:
        entered.say("hunter2")
        entered.bodies(1)
        entered.send("hunter2")
        entered.read()
        entered.close(3456)
    (line,) = lines_of(service, room)
    assert (line["level"], line["message"]) == ("INFO", "socket")
    assert (line["path"], line["code"]) == (path_of(room), 3456)
    assert line["duration_ms"] > 0
    said = service.stdout + service.stderr
    assert "hunter2" not in said
    assert not service.token or service.token not in said


def test_the_line_has_1006_where_nobody_said_goodbye(service: Service, room: str) -> None:
    with join(service, room, f"X-Request-ID: {room}") as entered:
        entered.hang_up()
    assert [line["code"] for line in lines_of(service, room)] == [LOST]


def test_nothing_that_a_client_sends_is_a_failure_of_the_service(
    service: Service, room: str
) -> None:
    for number, (data, opcode, code) in enumerate(
        ((b"\xff", TEXT, 1007), (b"x" * (LIMIT + 1), TEXT, 1009), (b"", 0x3, 1002))
    ):
        name = f"{number}-{room}"
        with nothing_fails(service), join(service, room, f"X-Request-ID: {name}") as entered:
            entered.send(data, opcode)
            assert entered.end() == code
            (line,) = lines_of(service, name)
            assert (line["level"], line["code"]) == ("INFO", code)
