"""Contract, "WebSockets" with auth: who may open a socket, and for how long."""

import json
import time
from contextlib import ExitStack

import pytest

from tests.contract.conftest import NewUser
from tests.support.combinations import every_signed_in_socket
from tests.support.databases import query
from tests.support.services import Service
from tests.support.sockets import (
    BINARY,
    CLOSE,
    CONTINUATION,
    TEXT,
    Socket,
    knock,
    lines_of,
    new_room,
    path_of,
    spread,
)
from tests.support.tokens import claims_of, header_of, sign
from tests.support.users import Session

pytestmark = every_signed_in_socket

NOT_SIGNED_IN = 4401
UNKNOWN_SUBPROTOCOL = 4406
AUTH_SECONDS = 5
REVOKED_SECONDS = 5
# What a busy machine may add.
NOISE_SECONDS = 3


def bearer(token: str) -> str:
    return f"Authorization: Bearer {token}"


def auth_frame(token: object) -> str:
    return json.dumps({"type": "auth", "token": token})


def welcomed(entered: Socket, user: int) -> None:
    assert entered.read()["user"] == user
    entered.hears_nothing()


def refused(service: Service, *headers: str, frame: str | bytes | None = None) -> None:
    """The socket is closed, and nothing else is said."""
    with knock(service, new_room(), *headers) as entered:
        if frame is not None:
            entered.send(frame, TEXT if isinstance(frame, str) else BINARY)
        received = entered.receive()
        assert (received.opcode, received.payload[:2]) == (
            CLOSE,
            NOT_SIGNED_IN.to_bytes(2, "big"),
        )


def forged(token: str, secret: str, **claims: object) -> str:
    """The token with other claims."""
    return sign(header_of(token), claims_of(token) | claims, secret)


def wrong_tokens(session: Session, secret: str) -> list[str]:
    """Tokens that nobody may use."""
    good = session.access_token
    now = int(time.time())
    return [
        "",
        "x",
        "x.y.z",
        "é",
        good[:-2],
        session.refresh_token,
        forged(good, "another secret" * 5),
        forged(good, secret, exp=now - 60),
        forged(good, secret, nbf=now + 600),
        forged(good, secret, sub="0"),
        forged(good, secret, fam="00000000-0000-0000-0000-000000000000"),
        sign(header_of(good) | {"alg": "none"}, claims_of(good), secret),
    ]


def test_a_header_signs_a_socket_in(service: Service, new_user: NewUser) -> None:
    user = new_user()
    token = user.sign_in().access_token
    for header in (
        bearer(token),
        f"authorization: bearer {token}",
        f"Authorization: BEARER {token}",
    ):
        with knock(service, new_room(), header) as entered:
            welcomed(entered, user.id)


def test_the_first_frame_signs_a_socket_in(service: Service, new_user: NewUser) -> None:
    user = new_user()
    token = user.sign_in().access_token
    with knock(service, new_room()) as entered:
        entered.send(auth_frame(token))
        welcomed(entered, user.id)
    with knock(service, new_room()) as entered:
        entered.tell({"token": token, "user": 0, "type": "auth"})
        welcomed(entered, user.id)
    with knock(service, new_room()) as entered:
        frame = auth_frame(token)
        entered.send(frame[:9], final=False)
        entered.send(frame[9:], CONTINUATION)
        welcomed(entered, user.id)


def test_frames_right_behind_the_first_one_are_not_lost(
    service: Service, new_user: NewUser
) -> None:
    with knock(service, new_room()) as entered:
        entered.send(auth_frame(new_user().sign_in().access_token))
        entered.say("one")
        entered.say("two")
        assert entered.read()["type"] == "welcome"
        assert entered.bodies(2) == ["one", "two"]


def test_the_frame_of_who_has_a_header_is_just_unknown(service: Service, new_user: NewUser) -> None:
    user, other, room = new_user(), new_user().sign_in(), new_room()
    with knock(service, room, bearer(user.sign_in().access_token)) as entered:
        entered.send(auth_frame(other.access_token))
        assert entered.read() == {"type": "welcome", "room": room, "user": user.id}
        assert entered.read()["type"] == "error"
        entered.say("still me")
        assert entered.read()["user"] == user.id


def test_nobody_signs_in_twice(service: Service, new_user: NewUser) -> None:
    user, other = new_user(), new_user().sign_in()
    with knock(service, new_room()) as entered:
        entered.send(auth_frame(user.sign_in().access_token))
        welcomed(entered, user.id)
        for token in (other.access_token, "x"):
            entered.send(auth_frame(token))
            assert entered.read()["type"] == "error"
        entered.tell({"type": "message", "body": "a", "user": other.me().json()["id"]})
        assert entered.read()["user"] == user.id


def test_a_header_that_is_no_good_closes_with_4401(
    service: Service, new_user: NewUser, database: dict[str, str]
) -> None:
    session = new_user().sign_in()
    good = auth_frame(session.access_token)
    for token in wrong_tokens(session, database["JWT_SECRET"]):
        # A header decides alone: what the frame says comes too late.
        refused(service, bearer(token), frame=good)
    header = bearer(session.access_token)
    for headers in (
        ("Authorization: ",),
        ("Authorization: Basic eDp5",),
        (f"Authorization: {session.access_token}",),
        (header, header),
        (header, "Authorization: Basic eDp5"),
    ):
        refused(service, *headers, frame=good)


def test_a_frame_that_is_no_good_closes_with_4401(
    service: Service, new_user: NewUser, database: dict[str, str]
) -> None:
    session = new_user().sign_in()
    for token in wrong_tokens(session, database["JWT_SECRET"]):
        refused(service, frame=auth_frame(token))
    good = session.access_token
    for frame in (
        *("", "{}", "null", "nonsense", '{"type":"ping"}', '{"type":"message","body":"a"}'),
        *(good, f"Bearer {good}", auth_frame(f"Bearer {good}"), auth_frame([good])),
        auth_frame(f"{good} "),
        *(auth_frame(None), auth_frame("\ud800"), auth_frame(good).replace("auth", "AUTH")),
        auth_frame("x" * 60_000),
    ):
        refused(service, frame=frame)
    refused(service, frame=b"\xff")


def test_a_token_elsewhere_signs_nobody_in(service: Service, new_user: NewUser) -> None:
    token = new_user().sign_in().access_token
    refused(service, f"Cookie: access_token={token}; token={token}", frame="{}")
    for offered in (f"bearer, {token}", token, f"Bearer.{token}"):
        with knock(service, new_room(), f"Sec-WebSocket-Protocol: {offered}") as entered:
            assert entered.turned_away() == UNKNOWN_SUBPROTOCOL
    with knock(service, f"{new_room()}?token={token}&access_token={token}") as entered:
        entered.tell({"type": "ping"})
        assert entered.end() == NOT_SIGNED_IN


def test_who_says_nothing_for_5_seconds_is_closed(service: Service, new_user: NewUser) -> None:
    token = new_user().sign_in().access_token
    room = new_room()
    with knock(service, room) as silent, knock(service, room) as slow, knock(service, room) as late:
        started = time.monotonic()
        # One byte at a time is no way to stay, and a ping of the protocol is no frame.
        slow.send(auth_frame(token)[:5], final=False)
        time.sleep(AUTH_SECONDS - 2)
        late.send(auth_frame(token))
        assert late.read()["type"] == "welcome"
        for entered in (silent, slow):
            assert entered.end() == NOT_SIGNED_IN
        took = time.monotonic() - started
        assert AUTH_SECONDS - 0.5 < took < AUTH_SECONDS + NOISE_SECONDS
        late.hears_nothing()


def test_who_is_not_signed_in_hears_nothing(service: Service, new_user: NewUser) -> None:
    room, token = new_room(), new_user().sign_in().access_token
    with knock(service, room) as outside, knock(service, room, bearer(token)) as inside:
        assert inside.read()["type"] == "welcome"
        for number in range(10):
            inside.say(str(number))
        assert inside.bodies(10) == [str(number) for number in range(10)]
        outside.send(auth_frame("x"))
        received = outside.receive()
        assert (received.opcode, received.payload[:2]) == (CLOSE, NOT_SIGNED_IN.to_bytes(2, "big"))


def test_no_secret_is_logged(service: Service, new_user: NewUser) -> None:
    session, room = new_user().sign_in(), new_room()
    with knock(service, f"{room}?token={session.access_token}", f"X-Request-ID: {room}") as entered:
        entered.send(auth_frame(session.access_token))
        assert entered.read()["type"] == "welcome"
        entered.close()
    with knock(service, room, bearer(session.refresh_token)) as entered:
        entered.end()
    with knock(service, room, f"X-Request-ID: {room}-2") as entered:
        entered.send(auth_frame(session.refresh_token))
        entered.end()
    (line,) = lines_of(service, room)
    assert (line["path"], line["code"]) == (path_of(room), 1000)
    (line,) = lines_of(service, f"{room}-2")
    assert (line["path"], line["code"]) == (path_of(room), NOT_SIGNED_IN)
    said = service.stdout + service.stderr
    assert session.access_token not in said
    assert session.refresh_token not in said


def closed_in_time(started: float, *sockets: Socket) -> None:
    """They are closed because their session is over, as soon as the contract says."""
    for entered in sockets:
        assert entered.end() == NOT_SIGNED_IN
    assert time.monotonic() - started < REVOKED_SECONDS + NOISE_SECONDS


def test_a_logout_closes_the_sockets_of_its_session_and_no_other(
    service: Service, new_user: NewUser
) -> None:
    user, room = new_user(), new_room()
    session, elsewhere = user.sign_in(), user.sign_in()
    renewed = session.refreshed()
    with ExitStack() as stack:
        theirs, gone, gone_too = (
            stack.enter_context(knock(service, room, bearer(s.access_token)))
            for s in (elsewhere, session, renewed)
        )
        for entered in (theirs, gone, gone_too):
            assert entered.read()["type"] == "welcome"
        started = time.monotonic()
        assert renewed.log_out().status_code == 204
        closed_in_time(started, gone, gone_too)
        refused(service, bearer(session.access_token))
        theirs.say("still here")
        assert theirs.bodies(1) == ["still here"]


def test_a_refresh_closes_nothing_and_a_stolen_token_closes_all(
    service: Service, new_user: NewUser
) -> None:
    session = new_user().sign_in()
    with knock(service, new_room(), bearer(session.access_token)) as entered:
        assert entered.read()["type"] == "welcome"
        session.refreshed()
        # As long as a look at the database can take.
        time.sleep(REVOKED_SECONDS / 2)
        entered.hears_nothing()
        started = time.monotonic()
        assert session.send_refresh().status_code == 401
        closed_in_time(started, entered)


def test_a_user_who_is_deleted_is_out(
    service: Service, new_user: NewUser, database: dict[str, str]
) -> None:
    user = new_user()
    with knock(service, new_room(), bearer(user.sign_in().access_token)) as entered:
        assert entered.read()["type"] == "welcome"
        started = time.monotonic()
        query(database["DATABASE_URL"], "DELETE FROM users WHERE id = %s", user.id)
        closed_in_time(started, entered)


def test_a_logout_is_honoured_by_every_worker(
    several_workers: Service, new_user: NewUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = new_user(several_workers).sign_in()
    monkeypatch.setattr(several_workers, "token", session.access_token)
    with ExitStack() as stack:
        held = spread(several_workers, new_room(), 3, stack)
        started = time.monotonic()
        assert session.log_out().status_code == 204
        closed_in_time(started, *(entered for sockets in held.values() for entered in sockets))
