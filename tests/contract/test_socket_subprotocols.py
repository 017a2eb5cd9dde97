"""Contract, "WebSockets": sub-protocols, of which one is chosen, and a token among them."""

import pytest

from tests.contract.conftest import NewUser
from tests.support.combinations import every_bare_socket, every_signed_in_socket, every_socket
from tests.support.services import Service
from tests.support.sockets import knock, lines_of, new_room

SPOKEN = "chat.v1"
UNKNOWN = 4406
NOT_SIGNED_IN = 4401


def offer(*names: str) -> str:
    return f"Sec-WebSocket-Protocol: {', '.join(names)}"


def chosen(service: Service, *headers: str) -> str | None:
    """What the service chooses; the socket is open."""
    with knock(service, new_room(), *headers, *service.credentials) as entered:
        assert entered.read()["type"] == "welcome"
        return entered.response.headers["sec-websocket-protocol"]


@every_socket
@pytest.mark.parametrize(
    ("offered", "answer"),
    [
        ((), None),
        ((SPOKEN,), SPOKEN),
        (("graphql-ws", SPOKEN, "chat.v2"), SPOKEN),
        ((SPOKEN, "bearer.x"), SPOKEN),
        (("bearer.x", SPOKEN), SPOKEN),
    ],
)
def test_the_first_that_is_spoken_is_chosen(
    service: Service, offered: tuple[str, ...], answer: str | None
) -> None:
    # With auth, the header alone decides who this is.
    assert chosen(service, *([offer(*offered)] if offered else [])) == answer


@every_bare_socket
def test_offers_may_stand_in_several_headers(service: Service) -> None:
    assert chosen(service, offer("graphql-ws"), offer(SPOKEN)) == SPOKEN


@every_socket
@pytest.mark.parametrize("offered", [("graphql-ws",), ("chat.v2", "CHAT.V1"), ("x", "bearer.x")])
def test_with_none_that_is_spoken_the_socket_is_closed_with_4406(
    service: Service, offered: tuple[str, ...]
) -> None:
    with knock(service, new_room(), offer(*offered), *service.credentials) as entered:
        # A browser shows its page the code only where the offer was answered.
        assert entered.response.headers["sec-websocket-protocol"] == offered[0]
        assert entered.turned_away() == UNKNOWN


@every_signed_in_socket
def test_a_token_among_the_offers_signs_in(service: Service, new_user: NewUser) -> None:
    user = new_user()
    token = f"bearer.{user.sign_in().access_token}"
    for offered, answer in (
        ((SPOKEN, token), SPOKEN),
        ((token, SPOKEN), SPOKEN),
        ((token,), token),
    ):
        with knock(service, new_room(), offer(*offered)) as entered:
            assert entered.response.headers["sec-websocket-protocol"] == answer
            assert entered.read()["user"] == user.id


@every_signed_in_socket
def test_a_wrong_token_among_the_offers_is_4401(service: Service, new_user: NewUser) -> None:
    session = new_user().sign_in()
    for token in ("", "x", session.refresh_token, session.access_token[:-2]):
        with knock(service, new_room(), offer(SPOKEN, f"bearer.{token}")) as entered:
            assert entered.turned_away() == NOT_SIGNED_IN


@every_signed_in_socket
def test_an_authorization_header_decides_alone(service: Service, new_user: NewUser) -> None:
    user, other = new_user(), new_user()
    offered = offer(SPOKEN, f"bearer.{other.sign_in().access_token}")
    header = f"Authorization: Bearer {user.sign_in().access_token}"
    with knock(service, new_room(), offered, header) as entered:
        assert entered.read()["user"] == user.id
    with knock(service, new_room(), offered, "Authorization: Bearer x") as entered:
        assert entered.turned_away() == NOT_SIGNED_IN


@every_signed_in_socket
def test_a_token_among_the_offers_is_not_logged(service: Service, new_user: NewUser) -> None:
    token, room = new_user().sign_in().access_token, new_room()
    for name, offered in (("one", (SPOKEN, f"bearer.{token}")), ("two", ("x", f"bearer.{token}"))):
        with knock(service, room, offer(*offered), f"X-Request-ID: {name}-{room}") as entered:
            assert token not in str(entered.response.headers)
            entered.receive()
            entered.close()
        lines_of(service, f"{name}-{room}")
    assert token not in service.stdout + service.stderr
