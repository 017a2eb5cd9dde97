"""Contract, "Calls to other services": another service may do what it likes."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests.contract import expect
from tests.contract.conftest import Start
from tests.contract.test_parity import get, ordered, pair, send
from tests.support.combinations import each_framework, run_over
from tests.support.pairs import seen
from tests.support.projects import Projects
from tests.support.services import PATIENCE_SECONDS, Service, eventually, free_port
from tests.support.upstream import LARGE_BYTES, WEATHER, Upstream, place

PATH = "/api/v1/weather"
CONNECTIONS = 64
# More than the connections; FastAPI needs no thread for a request.
THREADS = "80"
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
# What a client gets, and how often the other service is asked for it.
OUTCOMES = {
    "good": (200, 1),
    "old": (200, 1),
    "away once": (200, 2),
    "nothing once": (200, 2),
    "error": (502, 1),
    "away": (502, 3),
    "busy": (502, 1),
    "nowhere": (502, 1),
    "redirect": (502, 1),
    "page": (502, 1),
    "nonsense": (502, 1),
    "compressed": (502, 1),
    "large": (502, 1),
    "says it is large": (502, 1),
    "no HTTP": (502, 3),
    "nothing": (502, 3),
    "resets": (502, 3),
    "half": (502, 1),
    "hangs": (504, 1),
    "drips its head": (504, 1),
    "drips its body": (504, 1),
}

# After these, no connection is used again.
CUT = (
    "old",
    "large",
    "says it is large",
    "no HTTP",
    "nothing",
    "resets",
    "half",
    "hangs",
    "drips its head",
    "drips its body",
)

every_caller = run_over(each_framework(database="none", outbound=True))
every_signed_in_caller = run_over(each_framework(database="sqlite", auth="jwt", outbound=True))


@pytest.fixture(scope="session")
def impatient(start_shared: Start) -> Service:
    """A service whose calls have little time."""
    return start_shared(OUTBOUND_TIMEOUT_SECONDS="1.5", WEB_THREADS=THREADS)


@pytest.fixture(scope="session")
def patient(start_shared: Start) -> Service:
    """A service whose calls have as much time as a busy machine needs."""
    return start_shared(OUTBOUND_TIMEOUT_SECONDS=str(PATIENCE_SECONDS), WEB_THREADS=THREADS)


def ask(service: Service, behaviour: str, **headers: str) -> httpx.Response:
    """Ask for the weather where the other service behaves so."""
    return service.client.get(PATH, params=place(behaviour), headers=headers)


@every_caller
@pytest.mark.parametrize("behaviour", OUTCOMES)
def test_whatever_the_other_service_does_a_client_has_its_answer(
    impatient: Service, upstream: Upstream, behaviour: str
) -> None:
    status, attempts = OUTCOMES[behaviour]
    sent = upstream.sent_bytes
    answer = ask(impatient, behaviour)
    if status == 200:
        assert expect.ok(answer) == WEATHER
    else:
        expect.problem(answer, status, instance=PATH)
        reasons = [line["message"] for line in impatient.log_of(answer.headers["x-request-id"])]
        assert reasons[0].startswith("the call to 127.0.0.1 failed: ")
        assert not any("123.4" in reason for reason in reasons)
    asked = upstream.asked(answer.headers["x-request-id"])
    assert len(asked) == attempts
    # A body that is too large is not read to its end.
    assert upstream.sent_bytes - sent < LARGE_BYTES
    # What went wrong is over.
    assert expect.ok(ask(impatient, "good")) == WEATHER


@every_caller
def test_no_connection_is_lost(start: Start) -> None:
    with Upstream() as alone:
        service = start(WEATHER_URL=alone.url, OUTBOUND_TIMEOUT_SECONDS="3", WEB_THREADS=THREADS)
        with ThreadPoolExecutor(len(OUTCOMES)) as pool:
            answers = list(pool.map(lambda behaviour: ask(service, behaviour), OUTCOMES))
        for answer, (status, _) in zip(answers, OUTCOMES.values(), strict=True):
            assert answer.status_code == status
        # Those that can be used again are as many as had such answers.
        eventually(
            lambda: alone.connections <= len(answers) - len(CUT),
            PATIENCE_SECONDS,
            "connections stay open that nobody uses",
        )
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            again = list(pool.map(lambda _: ask(service, "good"), range(2 * CONNECTIONS)))
        assert {answer.status_code for answer in again} == {200}
        assert alone.connections <= CONNECTIONS


@every_caller
def test_who_finds_no_connection_is_told_and_nobody_else_waits(
    patient: Service, upstream: Upstream
) -> None:
    before = len(upstream.requests)
    upstream.hold()
    try:
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            held = [pool.submit(ask, patient, "held") for _ in range(CONNECTIONS)]
            eventually(
                lambda: len(upstream.requests) - before >= CONNECTIONS,
                PATIENCE_SECONDS,
                "not all are asked",
            )
            answer = ask(patient, "good")
            detail = "Too many requests wait for another service. Try again later."
            expect.problem(answer, 503, instance=PATH, detail=detail)
            assert answer.headers["retry-after"] == "1"
            assert not upstream.asked(answer.headers["x-request-id"])
            for probe in ("/livez", "/readyz"):
                assert patient.client.get(probe).status_code == 200
            assert not any(call.done() for call in held)
            upstream.release()
            assert {call.result().status_code for call in held} == {200}
    finally:
        upstream.release()
    assert expect.ok(ask(patient, "good")) == WEATHER


@every_caller
def test_a_call_names_its_request_and_nothing_of_its_user(
    impatient: Service, upstream: Upstream
) -> None:
    secrets = {"Authorization": "Bearer canary", "Cookie": "session=canary", "X-Api-Key": "canary"}
    own_id = uuid4().hex
    answer = ask(impatient, "good", traceparent=TRACE, **{"X-Request-ID": own_id}, **secrets)
    assert answer.status_code == 200
    (asked,) = upstream.asked(own_id)
    assert asked.method == "GET"
    assert asked.headers["traceparent"] == TRACE
    assert asked.headers["host"] == upstream.url.removeprefix("http://")
    assert "canary" not in str(asked.headers)


@every_caller
@pytest.mark.parametrize(
    "trace",
    [
        TRACE.replace("00-", "ff-", 1),
        TRACE.upper(),
        TRACE[:-1],
        f"00-{'0' * 32}-{'1' * 16}-01",
        "x",
    ],
)
def test_a_trace_that_is_none_is_not_passed_on(
    impatient: Service, upstream: Upstream, trace: str
) -> None:
    answer = ask(impatient, "good", traceparent=trace)
    (asked,) = upstream.asked(answer.headers["x-request-id"])
    assert "traceparent" not in asked.headers


@every_caller
@pytest.mark.parametrize(
    "query",
    [
        "",
        "latitude=1",
        "latitude=91&longitude=1",
        "latitude=1&longitude=-180.5",
        "latitude=nan&longitude=1",
        "latitude=1&longitude=inf",
        "latitude=x&longitude=1",
        "latitude=%00&longitude=1",
    ],
)
def test_what_is_no_place_is_not_asked_for(
    impatient: Service, upstream: Upstream, query: str
) -> None:
    answer = impatient.client.get(f"{PATH}?{query}")
    assert answer.status_code == 422, answer.content
    assert answer.json()["errors"][0]["loc"][0] == "query"
    assert not upstream.asked(answer.headers["x-request-id"])


@every_caller
@pytest.mark.parametrize("secure", [True, False], ids=["no TLS", "nobody there"])
def test_a_service_that_cannot_be_reached(start: Start, upstream: Upstream, secure: bool) -> None:
    url = upstream.url.replace("http:", "https:") if secure else f"http://127.0.0.1:{free_port()}"
    service = start(WEATHER_URL=url)
    expect.problem(ask(service, "good"), 502, instance=PATH)
    assert service.client.get("/readyz").status_code == 200


@every_signed_in_caller
def test_where_users_sign_in_only_they_are_answered(service: Service, upstream: Upstream) -> None:
    assert expect.ok(ask(service, "good")) == WEATHER
    answer = ask(service, "good", Authorization="Bearer nobody")
    expect.problem(answer, 401, instance=PATH)
    assert not upstream.asked(answer.headers["x-request-id"])


def test_a_client_cannot_tell_the_frameworks_apart(
    projects: Projects, upstream: Upstream, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        both = pair(
            projects,
            "none",
            tmp_path,
            stack,
            outbound=True,
            OUTBOUND_TIMEOUT_SECONDS="1.5",
            WEATHER_URL=upstream.url,
        )
        fastapi, flask = (send(service, get("/openapi.json")).json() for service in both)
        assert ordered(flask) == ordered(fastapi)
        for behaviour in ("good", "old", "error", "redirect", "large", "hangs"):
            first, second = (seen(ask(service, behaviour)) for service in both)
            assert first == second, behaviour
        wrong = {"latitude": "x", "longitude": "200"}
        for query in (
            {},
            wrong,
            wrong | {"latitude": "1e400"},
            {"latitude": " 1 ", "longitude": "1"},
        ):
            first, second = (seen(service.client.get(PATH, params=query)) for service in both)
            assert first == second, query
