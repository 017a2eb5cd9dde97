"""The weather, with a double of the service that knows it."""

import json
import logging
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from httpx2 import Client, ConnectError, MockTransport, PoolTimeout, ReadTimeout, Request, Response

from app.outbound import retries
from app.outbound.answers import MAX_BYTES
from app.outbound.client import create_client
from app.weather import service

PATH = "/api/v1/weather"
PLACE = {"latitude": "52.5", "longitude": "13.25"}
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
FORECAST = {"current": {"temperature_2m": 7.5, "wind_speed_10m": 12, "time": 1_700_000_000}}


class Upstream:
    """Keeps what it is asked, and answers as a test says: each time with a new response."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.answers: list[Callable[[], Response]] = []

    def __call__(self, request: Request) -> Response:
        """Give the next answer; the last one again and again."""
        self.asked.append(request)
        return (self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])()


def fail(error: type[Exception]) -> Callable[[], Response]:
    """Return what fails with an error in the place of an answer."""

    def answer() -> Response:
        raise error("https://api.example/?key=secret")

    return answer


@pytest.fixture
def upstream(monkeypatch: pytest.MonkeyPatch) -> Upstream:
    """The double, which is repeated without a pause."""
    upstream = Upstream()
    double = partial(create_client, transport=MockTransport(upstream))
    monkeypatch.setattr(service, "create_client", double)
    monkeypatch.setattr(retries, "PAUSE_SECONDS", 0)
    return upstream


@pytest.fixture
def app(upstream: Upstream, app: Any) -> Any:
    """The application, which asks the double."""
    return app


def test_the_weather_is_what_the_other_service_says(client: Client, upstream: Upstream) -> None:
    upstream.answers = [partial(Response, 200, json=FORECAST)]
    response = client.get(PATH, params=PLACE)
    assert response.status_code == 200
    assert response.json() == {
        "temperature": 7.5,
        "wind_speed": 12.0,
        "measured_at": "2023-11-14T22:13:20Z",
    }
    (asked,) = upstream.asked
    assert asked.url.host == "api.open-meteo.com"
    assert PLACE.items() <= dict(asked.url.params).items()


def test_a_place_that_is_none_is_not_asked_for(client: Client, upstream: Upstream) -> None:
    response = client.get(PATH, params=PLACE | {"latitude": "90.1"})
    assert response.status_code == 422
    assert response.json()["errors"][0]["loc"] == ["query", "latitude"]
    assert client.get(PATH).status_code == 422
    assert client.get("/readyz").status_code == 200
    assert not upstream.asked


def test_a_call_names_its_request_and_nothing_of_its_user(
    client: Client, upstream: Upstream
) -> None:
    upstream.answers = [partial(Response, 200, json=FORECAST, headers={"Set-Cookie": "theirs=1"})]
    ours = {"X-Request-ID": "my-id", "traceparent": TRACE, "Cookie": "session=secret"}
    client.get(PATH, params=PLACE, headers=ours)
    client.get(PATH, params=PLACE, headers={"traceparent": "00-wrong"})
    first, second = upstream.asked
    assert (first.headers["X-Request-ID"], first.headers["traceparent"]) == ("my-id", TRACE)
    assert "traceparent" not in second.headers
    for asked in (first, second):
        assert not {"authorization", "cookie"} & set(asked.headers)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (partial(Response, 500), 502),
        (partial(Response, 404), 502),
        (partial(Response, 302, headers={"Location": "https://elsewhere.example/"}), 502),
        (partial(Response, 200, text="<html>"), 502),
        (partial(Response, 200, json={"current": None}), 502),
        (partial(Response, 200, text=json.dumps(FORECAST) + " " * MAX_BYTES), 502),
        (partial(Response, 200, headers={"Content-Encoding": "gzip"}), 502),
        (fail(ConnectError), 502),
        (fail(ReadTimeout), 504),
        (fail(PoolTimeout), 503),
    ],
)
def test_a_call_that_fails_is_a_problem(
    client: Client,
    upstream: Upstream,
    answer: Callable[[], Response],
    status: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    upstream.answers = [answer]
    with caplog.at_level(logging.DEBUG):
        response = client.get(PATH, params=PLACE)
    assert response.status_code == status
    assert response.json()["detail"].startswith(("Another service", "Too many requests"))
    assert ("Retry-After" in response.headers) == (status == 503)
    assert "api.open-meteo.com failed" in caplog.text
    assert "13.25" not in caplog.text
    assert {asked.url.host for asked in upstream.asked} == {"api.open-meteo.com"}


def test_a_service_that_is_away_for_a_moment_is_asked_again(
    client: Client, upstream: Upstream
) -> None:
    upstream.answers = [
        fail(ConnectError),
        partial(Response, 503),
        partial(Response, 200, json=FORECAST),
    ]
    assert client.get(PATH, params=PLACE).status_code == 200
    assert len(upstream.asked) == 3
