"""Flask's `app/ml/serving/batcher.py` by itself: who waits gets the answer to what was asked, or the reason why not."""

import json
import subprocess
from typing import Any

import pytest

from tests.support.combinations import Combination
from tests.support.projects import Projects

# Prints what became of predictions of a model that does as it is told.
SCRIPT = """
import json
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import numpy as np

from app.ml.serving.batcher import Batcher
from app.ml.settings import MlSettings


class Model:
    def __init__(self, seconds):
        # Quick models run in the thread of a request, others in their own.
        self.seconds = seconds
        self.runs, self.started, self.go_on = [], Event(), Event()

    def run(self, columns):
        rows = columns["x"].tolist()
        self.runs.append(rows)
        self.started.set()
        self.go_on.wait()
        if -1 in rows:
            raise ValueError("a row is wrong")
        return {"y": columns["x"] * 10}


def ask(batcher, *rows, is_gone=lambda: False):
    try:
        answer = batcher.predict({"x": np.array(rows)}, len(rows), is_gone)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return answer.outputs["y"].tolist(), answer.facts["batch"]


def queue_behind_a_run(seconds, requests, is_gone=lambda: False, is_late=False, **settings):
    model = Model(seconds)
    batcher = Batcher(model, MlSettings(**settings))
    with ThreadPoolExecutor(len(requests) + 1) as threads:
        first = threads.submit(ask, batcher, 0)
        model.started.wait()
        allowed, batcher.queue.seconds = batcher.queue.seconds, 0 if is_late else 10
        others = []
        for rows in requests:
            before = len(batcher.queue.jobs)
            others.append(threads.submit(ask, batcher, *rows, is_gone=is_gone))
            while len(batcher.queue.jobs) == before and not others[-1].done():
                pass
        if is_gone():
            others[0].result()
        model.go_on.set()
        answers = [first.result(), *(other.result() for other in others)]
    batcher.queue.seconds = allowed
    # Nobody waits, and the next one is answered as the first was.
    return {"answers": answers, "runs": model.runs, "next": ask(batcher, 7), "rows": batcher.queue.rows}


found = {}
for name, seconds in (("quick", 0.0), ("slow", 1.0)):
    found[name] = {
        "in order": queue_behind_a_run(seconds, [[1], [2, 3], [4]]),
        "batch size": queue_behind_a_run(seconds, [[1], [2, 3], [4]], model_batch_size=3),
        "one wrong": queue_behind_a_run(seconds, [[1], [-1], [2]]),
        "too many": queue_behind_a_run(seconds, [[1], [2]], model_queue_size=1),
        "too late": queue_behind_a_run(seconds, [[1]], is_late=True),
        "gone": queue_behind_a_run(seconds, [[1]], is_gone=lambda: True),
    }
print(json.dumps(found))
"""
SERVICE = Combination("flask", "none", "none", ml=True)


@pytest.fixture(scope="module")
def printed(projects: Projects) -> Any:
    command = (str(projects.environment("flask") / "bin/python"), "-c", SCRIPT)
    done = subprocess.run(  # noqa: S603 - a script of this file
        command, cwd=projects.of(SERVICE), check=True, stdout=subprocess.PIPE, timeout=60
    )
    return json.loads(done.stdout)


@pytest.fixture(params=["quick", "slow"])
def found(printed: Any, request: pytest.FixtureRequest) -> Any:
    """The answers of a model that runs in the thread of a request, or in one of its own."""
    return printed[request.param]


def test_what_is_queued_during_a_run_is_one_batch_in_its_order(found: Any) -> None:
    case = found["in order"]
    assert case["answers"] == [[[0], 1], [[10], 4], [[20, 30], 4], [[40], 4]]
    assert case["runs"][:2] == [[0], [1, 2, 3, 4]]


def test_a_batch_has_no_more_rows_than_it_may(found: Any) -> None:
    assert found["batch size"]["runs"][:3] == [[0], [1, 2, 3], [4]]


def test_of_a_batch_that_fails_the_wrong_request_fails_alone(found: Any) -> None:
    case = found["one wrong"]
    assert case["answers"] == [[[0], 1], [[10], 1], "ValueError: a row is wrong", [[20], 1]]
    assert case["runs"][:5] == [[0], [1, -1, 2], [1], [-1], [2]]


def test_a_full_queue_and_a_long_wait_are_said(found: Any) -> None:
    assert found["too many"]["answers"] == [
        [[0], 1],
        [[10], 1],
        "Overloaded: Too many predictions are waiting.",
    ]
    late = "Overloaded: The prediction waited too long."
    assert found["too late"]["answers"] == [[[0], 1], late]


def test_the_request_of_a_client_that_has_gone_is_not_run(found: Any) -> None:
    case = found["gone"]
    assert case["answers"] == [[[0], 1], "Overloaded: The client went away."]
    assert [1] not in case["runs"]


def test_the_queue_goes_on_after_everything(found: Any) -> None:
    for name, case in found.items():
        assert (case["next"], case["rows"]) == ([[70], 1], 0), name
