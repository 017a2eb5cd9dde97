"""Contract, "ML serving": predictions that wait, share a run, are too many, or go wrong."""

import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

import httpx
import pytest

from tests.contract import expect
from tests.contract.conftest import ReadSettings, Start
from tests.contract.expect_inference import (
    FULL,
    error,
    line_of,
    predicted,
    unavailable,
)
from tests.support.combinations import every_bare_ml
from tests.support.inference import PREDICTIONS, busy, tensor
from tests.support.services import PATIENCE_SECONDS, Service, eventually

INFER = "/v2/models/busy/infer"
GOOD_STATUS = {0, -signal.SIGTERM, 128 + signal.SIGTERM}
# Long enough for a request to reach the model, short beside the work of most.
UNDER_WAY_SECONDS = 0.1

pytestmark = every_bare_ml


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A model that takes its time."""
    return str(busy().write(tmp_path_factory.mktemp("busy") / "model"))


@pytest.fixture(scope="session")
def shared(start_shared: Start, folder: str) -> Service:
    """A service with that model and no other setting."""
    return start_shared(MODEL_PATH=folder)


@pytest.fixture(scope="session")
def work(shared: Service) -> int:
    """How much work takes about 0.7 seconds, or less where others used the machine just then."""
    part = 200
    lines = [line_of(shared, predict(shared, part)) for _ in range(5)]
    return round(part * 700 / min(float(line["inference_ms"]) for line in lines))


def predict(
    service: Service, work: int = 0, row: int = 0, instances: int = 1, timeout: float = 30
) -> httpx.Response:
    """Ask on a connection of its own, so that many can ask at once."""
    body = {"instances": [{"work": work, "row": row}] * instances}
    with service.client_at() as client:
        return client.post(PREDICTIONS, json=body, timeout=timeout, headers=credentials(service))


def infer(service: Service, work: int = 0, row: int = 0) -> httpx.Response:
    body = {
        "inputs": [tensor("work", "INT64", [work], [1, 1]), tensor("row", "INT64", [row], [1, 1])]
    }
    with service.client_at() as client:
        return client.post(INFER, json=body, timeout=30, headers=credentials(service))


def credentials(service: Service) -> dict[str, str]:
    return dict([line.split(": ", 1) for line in service.credentials])


def at_once(*asks: Callable[[], httpx.Response]) -> list[httpx.Response]:
    """Ask all of this at the same moment; the answers, in the order of the asks."""
    with ThreadPoolExecutor(len(asks)) as pool:
        return [asked.result() for asked in [pool.submit(ask) for ask in asks]]


def with_enough_work(attempt: Callable[[int], bool], work: int) -> None:
    """Try it with more work for the model until that takes long enough for it.

    On a busy machine the requests of a test may come only when a short run is over.
    """
    assert any(attempt(work * times) for times in (1, 4, 16)), "even a long run was over too early"


@contextmanager
def under_way(ask: Callable[[], httpx.Response]) -> Iterator["Future[httpx.Response]"]:
    """A request that the model works on; what it answers is right."""
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask)
        time.sleep(UNDER_WAY_SECONDS)
        yield asked
        assert predicted(asked.result()) == ["first"]


def test_what_waits_together_shares_a_run(shared: Service, work: int) -> None:
    def shares(work: int) -> bool:
        with under_way(lambda: predict(shared, work)):
            *predictions, inference = at_once(
                *[partial(predict, shared, 0, number % 2) for number in range(4)],
                lambda: predict(shared, 0, 1, 3),
                lambda: infer(shared, 0, 1),
            )
        labels = [predicted(answer) for answer in predictions]
        assert labels == [["first"], ["second"], ["first"], ["second"], ["second"] * 3]
        lines = [line_of(shared, answer) for answer in (*predictions, inference)]
        assert [line["instances"] for line in lines] == [1, 1, 1, 1, 3, 1]
        # Whether instances or tensors: eight rows, one run.
        return (
            {line["batch"] for line in lines} == {8}
            and len({line["inference_ms"] for line in lines}) == 1
            and all(line["queued_ms"] > 50 for line in lines)
        )

    with_enough_work(shares, work * 2)


def test_a_run_never_holds_up_what_needs_no_model(shared: Service, work: int) -> None:
    def answers_meanwhile(work: int) -> bool:
        with under_way(lambda: predict(shared, work)) as prediction:
            for _ in range(5):
                expect.ok(shared.client.get("/readyz"))
                expect.ok(shared.client.get("/v2/health/ready"))
                expect.ok(shared.client.get("/v2/models/busy"))
                expect.invalid(shared.client.post(PREDICTIONS, json={}), instance=PREDICTIONS)
            return not prediction.done()

    with_enough_work(answers_meanwhile, work * 2)


def test_no_run_has_more_rows_than_a_batch(start: Start, folder: str, work: int) -> None:
    service = start(MODEL_PATH=folder, MODEL_BATCH_SIZE="2")

    def fills_batches(work: int) -> bool:
        answers = at_once(
            *[lambda: predict(service, work)] * 6,
            lambda: predict(service, work, instances=3),
        )
        batches: list[int] = [line_of(service, answer)["batch"] for answer in answers]
        # A request is never divided.
        assert batches[6] == 3
        assert max(batches[:6]) <= 2
        assert [predicted(answer) for answer in answers] == [*[["first"]] * 6, ["first"] * 3]
        return max(batches[:6]) == 2

    with_enough_work(fills_batches, work // 4)


def test_a_bad_prediction_fails_alone(shared: Service, work: int) -> None:
    with under_way(lambda: predict(shared, work)), ThreadPoolExecutor(4) as pool:
        # The model has no such row, which only a run can tell.
        bad = [pool.submit(predict, shared, 0, 7), pool.submit(infer, shared, 0, 7)]
        good = [pool.submit(predict, shared, 0, 1), pool.submit(infer, shared, 0, 1)]
        expect.problem(bad[0].result(), 500, instance=PREDICTIONS)
        assert error(bad[1].result(), 500) == expect.DETAILS[500]
        assert predicted(good[0].result()) == ["second"]
        assert good[1].result().status_code == 200
    for answer in bad:
        lines = shared.log_of(answer.result().headers["x-request-id"])
        assert sum("Traceback" in str(line) for line in lines) == 1
        assert "indices" not in answer.result().text
    assert predicted(predict(shared)) == ["first"]
    # What the runtime says of it stands in the log, and nowhere else.
    assert shared.stderr == ""


@pytest.fixture(scope="session")
def narrow(start_shared: Start, folder: str) -> Service:
    """A service that runs one prediction at a time, and lets few wait."""
    return start_shared(MODEL_PATH=folder, MODEL_BATCH_SIZE="1", MODEL_QUEUE_SIZE="2")


def test_when_too_many_wait_the_next_are_told_to_come_back(narrow: Service, work: int) -> None:
    def is_full(work: int) -> bool:
        answers = at_once(
            *[lambda: predict(narrow, work)] * 4,
            *[lambda: infer(narrow, work)] * 4,
        )
        refused = [answer for answer in answers if answer.status_code == 503]
        for answer in refused:
            assert answer.headers["retry-after"] == "1"
            line = line_of(narrow, answer)
            assert line["status"] == 503
            assert line["prediction_error"]
            assert not {"batch", "inference_ms"} & line.keys()
            if answer.request.url.path == PREDICTIONS:
                unavailable(answer, instance=PREDICTIONS, detail=FULL)
            else:
                assert error(answer, 503) == FULL
        assert {answer.status_code for answer in answers} <= {200, 503}
        # One that runs and two that wait; all may have come before the first began to run.
        assert len(refused) <= 6
        return len(refused) >= 5

    with_enough_work(is_full, work * 2)
    # A request that comes back is served.
    assert predicted(predict(narrow)) == ["first"]
    expect.ok(narrow.client.get("/readyz"))


def test_who_waits_too_long_is_told_to_come_back(start: Start, folder: str, work: int) -> None:
    service = start(MODEL_PATH=folder, MODEL_BATCH_SIZE="1", MODEL_QUEUE_SECONDS="0.1")

    def waits_too_long(work: int) -> bool:
        with under_way(lambda: predict(service, work)):
            waiting, asked = at_once(lambda: predict(service), lambda: infer(service))
        if {waiting.status_code, asked.status_code} != {503}:
            return False
        unavailable(waiting, instance=PREDICTIONS)
        error(asked, 503)
        for answer in (waiting, asked):
            assert line_of(service, answer)["prediction_error"]
        return True

    with_enough_work(waits_too_long, work * 3)
    assert predicted(predict(service)) == ["first"]


def test_who_hangs_up_holds_nobody_up(narrow: Service, work: int) -> None:
    def hangs_up(work: int) -> bool:
        with under_way(lambda: predict(narrow, work)):
            try:
                predict(narrow, timeout=0.05)
            except httpx.TimeoutException as timeout:
                left = isinstance(timeout, httpx.ReadTimeout)
            else:
                left = False
            assert predicted(predict(narrow)) == ["first"]
        return left

    with_enough_work(hangs_up, work * 3)
    assert "Traceback" not in narrow.stdout + narrow.stderr


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_stop_loses_no_prediction(start: Start, folder: str, work: int, workers: str) -> None:
    service = start(
        MODEL_PATH=folder,
        MODEL_BATCH_SIZE="1",
        # On a busy machine six of them take longer than one may wait.
        MODEL_QUEUE_SECONDS=str(PATIENCE_SECONDS),
        WEB_CONCURRENCY=workers,
    )
    with ThreadPoolExecutor(6) as pool:
        predictions = [pool.submit(predict, service, work) for _ in range(3)]
        inferences = [pool.submit(infer, service, work) for _ in range(3)]
        time.sleep(UNDER_WAY_SECONDS)
        service.terminate()
        eventually(
            lambda: drains(service), PATIENCE_SECONDS, "the service does not say that it goes away"
        )
        assert any(not asked.done() for asked in (*predictions, *inferences))
        assert [predicted(asked.result()) for asked in predictions] == [["first"]] * 3
        assert {asked.result().status_code for asked in inferences} == {200}
    # A worker that was still starting may take all of the grace period.
    assert service.wait() in GOOD_STATUS
    eventually(
        lambda: service.processes() == 0, PATIENCE_SECONDS, "a process of the service lives on"
    )
    assert "Traceback" not in service.stdout + service.stderr


def drains(service: Service) -> bool:
    """Whether both kinds of readiness say that the service goes away."""
    with service.client_at() as client:
        answers = [client.get(path) for path in ("/readyz", "/v2/health/ready")]
    if {answer.status_code for answer in answers} != {503}:
        return False
    assert answers[0].json()["status"] == "unavailable"
    error(answers[1], 503)
    return True


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MODEL_BATCH_SIZE", "0"),
        ("MODEL_QUEUE_SIZE", "-1"),
        ("MODEL_QUEUE_SECONDS", "never"),
    ],
)
def test_a_wrong_setting_stops_the_start(
    read_settings: ReadSettings, name: str, value: str
) -> None:
    (said,) = read_settings({name: value}).refusal.splitlines()
    assert said.startswith(f"{name}: ")
