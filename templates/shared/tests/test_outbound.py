"""Which calls to other services are made again."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from httpx2 import (
    ConnectError,
    ConnectTimeout,
    PoolTimeout,
    ReadError,
    ReadTimeout,
    Request,
    Response,
    TransportError,
)

from app.outbound.retries import ATTEMPTS, pause_before_next, read_retry_after
from app.outbound.settings import OutboundSettings, ServiceUrl

URL = "https://api.example/"
GET, POST = Request("GET", URL), Request("POST", URL, json={"amount": 1})
TIME = 5.0


def pieces() -> Iterator[bytes]:
    """A body that can be read once."""
    yield b"piece"


@pytest.mark.parametrize("outcome", [ConnectError(""), ConnectTimeout("")], ids=repr)
def test_a_call_of_which_nothing_was_sent_is_repeated(outcome: TransportError) -> None:
    for request in (GET, POST):
        assert pause_before_next(request, 1, outcome, TIME) is not None
    assert pause_before_next(Request("PUT", URL, content=pieces()), 1, outcome, TIME) is None


@pytest.mark.parametrize("outcome", [ReadError(""), ReadTimeout(""), Response(503)], ids=repr)
def test_otherwise_only_a_call_that_does_the_same_again(
    outcome: Response | TransportError,
) -> None:
    assert pause_before_next(GET, 1, outcome, TIME) is not None
    assert pause_before_next(POST, 1, outcome, TIME) is None


@pytest.mark.parametrize("outcome", [Response(200), Response(404), Response(500)], ids=repr)
def test_an_answer_that_would_be_the_same_is_not_asked_for(outcome: Response) -> None:
    assert pause_before_next(GET, 1, outcome, TIME) is None


def test_who_waited_for_a_connection_does_not_wait_again() -> None:
    assert pause_before_next(GET, 1, PoolTimeout(""), TIME) is None


def test_there_are_three_attempts_within_the_time() -> None:
    assert pause_before_next(GET, ATTEMPTS - 1, ReadError(""), TIME) is not None
    assert pause_before_next(GET, ATTEMPTS, ReadError(""), TIME) is None
    assert pause_before_next(GET, 1, ReadError(""), 0) is None


def test_a_service_says_how_long_to_leave_it_alone() -> None:
    for seconds, waits in (("1", True), ("60", False)):
        busy = Response(429, headers={"Retry-After": seconds})
        assert (pause_before_next(GET, 1, busy, TIME) is not None) is waits
    soon = format_datetime(datetime.now(UTC) + timedelta(minutes=1), usegmt=True)
    assert 50 < read_retry_after({"Retry-After": soon}) <= 60
    assert read_retry_after({"Retry-After": "soon"}) == 0


@pytest.mark.parametrize("url", ["api.example", "https://user:key@api.example", "https://x/?key=1"])
def test_an_address_with_more_than_a_place_is_refused(url: str) -> None:
    class Settings(OutboundSettings):
        other_url: ServiceUrl

    with pytest.raises(ValueError, match="without key or query"):
        Settings(other_url=url)
