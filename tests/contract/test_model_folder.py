"""Contract, "ML serving": what lies in the folder of the model, and what happens when it changes."""

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import httpx
import pytest

from tests.contract import expect
from tests.contract.conftest import Start
from tests.contract.expect_inference import (
    NOT_READY,
    complains,
    complaints,
    error,
    predicted,
    ready,
    unavailable,
    unready,
)
from tests.contract.test_stopping import GOOD_STATUS, GRACE_SECONDS
from tests.support.combinations import every_bare_ml, every_signed_in_ml
from tests.support.inference import (
    CONSTANT,
    EXAMPLES_FILE,
    METADATA_FILE,
    MIXED_NAMES,
    MODEL_FILE,
    PREDICTIONS,
    Model,
    constant,
    echo,
    flower,
    framed,
    in_binary,
    inputs,
    lead,
    made,
    mixed,
    outputs,
    shipped,
    tensor,
)
from tests.support.services import PATIENCE_SECONDS, Service, eventually
from tests.support.workers import ask_workers

WEIGHT, COUNT, FRAGILE, COLOUR, NOTE = MIXED_NAMES.values()
# A service that looked at its folder so long has looked more than twice.
LOOKED_SECONDS = 2.5
BREATH_SECONDS = 0.01


def hashed(onnx: bytes) -> str:
    return sha256(onnx).hexdigest()


def feature(model: Model, number: int, **changes: object) -> Model:
    """The model, with one feature described in another way."""
    features = [dict(described) for described in model.metadata["features"]]
    features[number] |= changes
    return model.but(features=features)


def remove(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def describe(change: Callable[[Model], Model]) -> Callable[[Path], None]:
    """Write the model with another description."""

    def apply(folder: Path) -> None:
        metadata = json.loads((folder / METADATA_FILE).read_text())
        examples = (folder / EXAMPLES_FILE).read_bytes()
        change(Model((folder / MODEL_FILE).read_bytes(), metadata, examples)).write(folder)

    return apply


def overwrite(name: str, content: bytes) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        (folder / name).write_bytes(content)

    return apply


def replace_model(content: bytes) -> Callable[[Path], None]:
    """Another file as the model, with its right hash."""
    return describe(
        lambda model: replace(
            model, onnx=content, metadata=model.metadata | {"sha256": hashed(content)}
        )
    )


def other(text: str) -> Callable[[Path], None]:
    """Another model, described as if it were a good one."""
    features = [{"name": "wide", "type": "number"}]
    model = made(text, features, ("first", "second"), names={"x": "wide"})

    def apply(folder: Path) -> None:
        model.write(folder)

    return apply


# What is wrong, how it comes about in the folder of `mixed`, and the word that the log has for it.
BROKEN: list[tuple[str, Callable[[Path], None], str]] = [
    ("a wrong hash", describe(lambda model: model.but(sha256="0" * 64)), "sha256"),
    ("no model", remove(MODEL_FILE), MODEL_FILE),
    ("no description", remove(METADATA_FILE), METADATA_FILE),
    ("a description that is no JSON", overwrite(METADATA_FILE, b"{"), METADATA_FILE),
    ("a model that is no model", replace_model(b"no model"), MODEL_FILE),
    ("an unknown type", describe(lambda model: feature(model, 0, type="date")), "features.0.type"),
    ("another type", describe(lambda model: feature(model, 1, type="number")), COUNT),
    ("another name", describe(lambda model: feature(model, 0, name="mass")), "mass"),
    ("too few classes", describe(lambda model: model.but(classes=["heavy"])), "probabilities"),
    ("a wide input", other(CONSTANT.replace("float[N,1] x", "float[N,2] x")), "wide"),
    ("no probabilities", other(CONSTANT.replace("probabilities", "likely")), "probabilities"),
]


@pytest.fixture(scope="session")
def without_model(
    start_shared: Start, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Service, Path]:
    """A service that never gets a good model, and where it looks for one."""
    folder = tmp_path_factory.mktemp("without")
    place = folder / "model"
    # Wrong in another way than any of the tests, as the same line is not said again.
    (folder / "first").mkdir()
    (folder / "first/model.json").write_text("[]")
    lead(place, folder / "first")
    service = start_shared(MODEL_PATH=str(place))
    complains(service, "model.json", since=0)
    return service, place


@every_bare_ml
@pytest.mark.parametrize(("spoil", "word"), [r[1:] for r in BROKEN], ids=[r[0] for r in BROKEN])
def test_what_is_wrong_with_a_model_is_said_once_and_the_service_not_ready(
    without_model: tuple[Service, Path],
    tmp_path_factory: pytest.TempPathFactory,
    spoil: Callable[[Path], None],
    word: str,
) -> None:
    service, place = without_model
    before = len(complaints(service))
    # Not in `tmp_path`, which goes with the test: the service would complain of that, too.
    folder = tmp_path_factory.mktemp("wrong") / "model"
    spoil(mixed().write(folder))
    lead(place, folder)
    complains(service, word, since=before)
    unready(service)
    assert service.stderr == ""


# From a wrong hash: `test_every_worker_gets_ready_and_nobody_repeats_what_is_wrong`.
@every_bare_ml
def test_a_folder_that_comes_later_makes_the_service_ready(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    service = start(MODEL_PATH=str(folder))
    unready(service)
    mixed().write(folder)
    ready(service)
    assert predicted(predict(service, parcel())) == ["urgent"]


@every_bare_ml
def test_without_a_model_there_is_nothing_to_describe(
    without_model: tuple[Service, Path],
) -> None:
    service, _ = without_model
    for path in ("/v2/models/iris", "/v2/models/iris/versions/1"):
        assert error(service.client.get(f"{path}/ready"), 503) == NOT_READY
        assert error(service.client.get(path), 503) == NOT_READY
        request = {"inputs": inputs("setosa")}
        assert error(service.client.post(f"{path}/infer", json=request), 503) == NOT_READY
    assert expect.ok(service.client.get("/v2"))["extensions"] == ["binary_tensor_data"]
    expect.ok(service.client.get("/openapi.json"))
    answer = service.client.post(PREDICTIONS, json={"instances": [flower()]})
    unavailable(answer, instance=PREDICTIONS, detail=NOT_READY)


@every_signed_in_ml
def test_without_a_model_too_a_token_is_needed(start: Start, tmp_path: Path) -> None:
    service = start(MODEL_PATH=str(tmp_path / "nowhere"))
    with service.client_at() as stranger:
        answer = stranger.post(PREDICTIONS, json={"instances": [flower()]})
        expect.problem(answer, 401, instance=PREDICTIONS)
    unready(service)


@every_bare_ml
def test_every_worker_gets_ready_and_nobody_repeats_what_is_wrong(
    start: Start, tmp_path: Path
) -> None:
    folder = mixed().but(sha256="0" * 64).write(tmp_path / "model")
    service = start(MODEL_PATH=str(folder), WEB_CONCURRENCY="2")
    eventually(lambda: statuses(service) == [{503}] * 2, PATIENCE_SECONDS, service.stdout)
    time.sleep(LOOKED_SECONDS)
    # Once by each worker, or once for both.
    assert 1 <= len(complaints(service)) <= 2
    assert "Traceback" not in service.stdout + service.stderr
    mixed().write(folder)
    eventually(lambda: statuses(service) == [{200}] * 2, PATIENCE_SECONDS, service.stdout)


def statuses(service: Service) -> list[set[int]]:
    """How ready each worker is."""
    answers = ask_workers(service, "GET", "/readyz")
    return [{answer.status_code for answer in of_one} for of_one in answers.values()]


# A model with a feature of every type.


@pytest.fixture(scope="session")
def own(start_shared: Start, tmp_path_factory: pytest.TempPathFactory) -> Service:
    """A service with a model that has a feature of every type."""
    folder = mixed().write(tmp_path_factory.mktemp("mixed") / "model")
    return start_shared(MODEL_PATH=str(folder))


def parcel(**changes: object) -> dict[str, object]:
    """An instance for `mixed`."""
    instance: dict[str, object] = {
        WEIGHT: 0.5,
        COUNT: 0,
        FRAGILE: False,
        COLOUR: "blue",
        NOTE: "é🚀",
    }
    return instance | {MIXED_NAMES[name]: value for name, value in changes.items()}


def predict(service: Service, *instances: object) -> httpx.Response:
    return service.client.post(PREDICTIONS, json={"instances": instances})


@every_bare_ml
def test_every_type_of_feature_reaches_the_model(own: Service) -> None:
    plain = parcel(note="")
    instances = {
        "heavy": parcel(weight=10),
        "many": plain | {COUNT: 5},
        "fragile": plain | {FRAGILE: True},
        "red": plain | {COLOUR: "red"},
        "urgent": parcel(),
    }
    answer = predict(own, *instances.values())
    assert predicted(answer) == list(instances)
    assert answer.json()["model"] == {"name": "mixed", "version": "1"}


BAD_FEATURES: dict[str, list[object]] = {
    "weight": [-0.1, 10.1, "1", True, None, 10**400],
    "count": [-6, 6, 1.5, "1", True, None, 2**63, -(2**63) - 1, 10**400],
    "fragile": [0, 1, "true", "", None, []],
    "colour": ["green", "", "RED", "red ", 1, True, None, ["red"]],
    "note": [1, 1.5, True, None, [], {}],
}


@every_bare_ml
@pytest.mark.parametrize(
    ("name", "value"),
    [(name, value) for name, values in BAD_FEATURES.items() for value in values],
    ids=lambda value: repr(value)[:20],
)
def test_a_value_of_a_wrong_type_is_named(own: Service, name: str, value: object) -> None:
    answer = predict(own, parcel(**{name: value}))
    loc: list[str | int] = ["body", "instances", 0, MIXED_NAMES[name]]
    expect.invalid(answer, instance=PREDICTIONS, loc=loc)


@every_bare_ml
@pytest.mark.parametrize("name", MIXED_NAMES)
def test_a_missing_feature_is_named(own: Service, name: str) -> None:
    instance = parcel()
    del instance[MIXED_NAMES[name]]
    loc: list[str | int] = ["body", "instances", 0, MIXED_NAMES[name]]
    expect.invalid(predict(own, instance), instance=PREDICTIONS, loc=loc, kind="missing")


@every_bare_ml
@pytest.mark.parametrize(
    "text", ["", "a" * 10_000, "\0", "a\0b", "\ud800", "é🚀\n"], ids=lambda text: ascii(text)[:10]
)
def test_no_text_is_a_server_error(own: Service, text: str) -> None:
    body = json.dumps({"instances": [parcel(note=text), parcel()]})
    headers = {"Content-Type": "application/json"}
    answer = own.client.post(PREDICTIONS, content=body, headers=headers)
    if answer.status_code == 200:
        assert predicted(answer)[1] == "urgent"
    else:
        expect.invalid(answer, instance=PREDICTIONS, loc=["body", "instances", 0, NOTE])


@every_bare_ml
def test_the_document_describes_every_type(own: Service) -> None:
    schemas = expect.ok(own.client.get("/openapi.json"))["components"]["schemas"]
    described = schemas["Instance"]["properties"]
    assert set(schemas["Instance"]["required"]) == set(described) == set(MIXED_NAMES.values())
    types = [described[name]["type"] for name in MIXED_NAMES.values()]
    assert types == ["number", "integer", "boolean", "string", "string"]
    assert (described[WEIGHT]["minimum"], described[WEIGHT]["maximum"]) == (0, 10)
    assert (described[COUNT]["minimum"], described[COUNT]["maximum"]) == (-5, 5)
    assert described[COLOUR]["enum"] == ["red", "blue"]


PARCELS = [
    tensor(WEIGHT, "FP32", [0.5, 9.0], [2, 1]),
    tensor(COUNT, "INT64", [-7, 0], [2, 1]),
    tensor(FRAGILE, "BOOL", [False, True], [2, 1]),
    tensor(COLOUR, "BYTES", ["green", "red"], [2, 1]),
    tensor(NOTE, "BYTES", ["é🚀", "\0"], [2, 1]),
]


@every_bare_ml
def test_every_type_of_tensor_is_described(own: Service) -> None:
    described = expect.ok(own.client.get("/v2/models/mixed"))["inputs"]
    assert described == [
        {"name": given["name"], "datatype": given["datatype"], "shape": [-1, 1]}
        for given in PARCELS
    ]


@every_bare_ml
def test_every_type_of_tensor_reaches_the_model(own: Service) -> None:
    infer = "/v2/models/mixed/infer"
    answer = own.client.post(infer, json={"inputs": PARCELS})
    assert answer.status_code == 200, answer.content
    assert outputs(answer)["label"]["data"] == [4, 0]
    encoded = [
        given | {"data": [text.encode() for text in given["data"]]}
        if given["datatype"] == "BYTES"
        else given
        for given in PARCELS
    ]
    emptied, data = in_binary(encoded)
    body, headers = framed({"inputs": emptied}, data)
    answer = own.client.post(infer, content=body, headers=headers)
    assert answer.status_code == 200, answer.content
    assert outputs(answer)["label"]["data"] == [4, 0]


BAD_PARTS: list[tuple[str, int, bytes]] = [
    ("a length beyond the end", 3, b"\x00\x01\x00\x00red\x03\x00\x00\x00red"),
    ("a huge length", 3, b"\xff\xff\xff\xffred\x03\x00\x00\x00red"),
    ("half a length", 3, b"\x03\x00\x00\x00red\x03\x00"),
    ("one text too few", 3, b"\x03\x00\x00\x00red"),
    ("one text too many", 3, b"\x00\x00\x00\x00" * 3),
    ("no UTF-8", 3, b"\x01\x00\x00\x00\xff\x00\x00\x00\x00"),
    ("one truth too few", 2, b"\x00"),
    ("a truth that is neither", 2, b"\x00\x02"),
]


@every_bare_ml
@pytest.mark.parametrize(
    ("position", "part"), [row[1:] for row in BAD_PARTS], ids=[row[0] for row in BAD_PARTS]
)
def test_bad_binary_texts_and_truths_are_an_error(own: Service, position: int, part: bytes) -> None:
    given = PARCELS[position]
    size = {"binary_data_size": len(part)}
    emptied = {**given, "parameters": size}
    del emptied["data"]
    tensors = [*PARCELS[:position], emptied, *PARCELS[position + 1 :]]
    body, headers = framed({"inputs": tensors}, part)
    error(own.client.post("/v2/models/mixed/infer", content=body, headers=headers), 400)


# By the position of the tensor.
BAD_DATA: dict[int, list[object]] = {
    1: [1.5, 2**63, -(2**63) - 1, True, "1", None, 10**400],
    2: [0, 1, 2, "true", None],
    3: [1, True, None, {}, "\ud800"],
}


@every_bare_ml
@pytest.mark.parametrize(
    ("position", "value"),
    [(position, value) for position, values in BAD_DATA.items() for value in values],
    ids=lambda value: repr(value)[:20],
)
def test_data_of_a_wrong_type_are_an_error(own: Service, position: int, value: object) -> None:
    good = PARCELS[position]
    bad = good | {"data": [value, good["data"][1]]}
    tensors = [*PARCELS[:position], bad, *PARCELS[position + 1 :]]
    # Escaped, for a text may be no character at all.
    body = json.dumps({"inputs": tensors})
    error(own.client.post("/v2/models/mixed/infer", content=body), 400)


@pytest.fixture(scope="session")
def echoing(start_shared: Start, tmp_path_factory: pytest.TempPathFactory) -> Service:
    """A service with a model that answers with what it is asked."""
    folder = echo().write(tmp_path_factory.mktemp("echo") / "model")
    return start_shared(MODEL_PATH=str(folder))


GOOD_ECHO = {"position": 1, "square": 0.25}


@every_bare_ml
@pytest.mark.parametrize(
    "changes",
    [{"position": 2}, {"position": -1}, {"square": -1}],
    ids=["no class", "a class before the first", "no number"],
)
def test_an_answer_of_the_model_that_means_nothing_is_a_failure(
    echoing: Service, changes: dict[str, int]
) -> None:
    answer = predict(echoing, GOOD_ECHO, GOOD_ECHO | changes)
    expect.problem(answer, 500, instance=PREDICTIONS)
    lines = echoing.log_of(answer.headers["x-request-id"])
    assert sum("Traceback" in str(line) for line in lines) == 1
    assert predicted(predict(echoing, GOOD_ECHO)) == ["second"]
    assert echoing.stderr == ""


@every_bare_ml
def test_json_has_no_word_for_what_is_no_number(echoing: Service) -> None:
    inputs = [
        tensor("position", "INT64", [0], [1, 1]),
        tensor("square", "FP32", [-1], [1, 1]),
    ]
    error(echoing.client.post("/v2/models/echo/infer", json={"inputs": inputs}), 500)


# A new model takes the place of the old one.


class Traffic:
    """Clients that ask for predictions all the time, with a breath between two requests.

    Without it they keep both processors busy, and the service learns of its new model all the later.
    """

    def __init__(self, service: Service) -> None:
        self.service = service
        self.versions: list[str] = []
        self.failures: list[str] = []
        self.over = threading.Event()

    def ask(self, keep: bool) -> None:
        """Send requests until the end, each on a new connection unless they are kept."""
        headers = {} if keep else {"Connection": "close"}
        with self.service.client_at() as client:
            while not self.over.wait(BREATH_SECONDS):
                try:
                    answer = client.post(
                        PREDICTIONS, json={"instances": [{"x": 1}]}, headers=headers
                    )
                    (label,) = predicted(answer)
                    version = answer.json()["model"]["version"]
                    # Never the words of one model and the name of another.
                    assert label == f"first of {version}"
                    self.versions.append(version)
                except (AssertionError, httpx.HTTPError) as failure:
                    self.failures.append(repr(failure))

    def answered_by(self, version: str, number: int = 50) -> bool:
        """Whether the last answers are all of this version."""
        last = self.versions[-number:]
        return len(last) == number and set(last) == {version}

    def turns_to(self, version: str) -> None:
        """Every worker loads this version, and all answers are of it from then on."""
        # Only the first is loaded before the workers are there, on Flask once for all of them.
        workers = 1 if version == "1" else int(self.service.settings["WEB_CONCURRENCY"])
        loaded = f'the model is loaded: constant/{version}"'
        message = f"not every worker loads version {version}"
        eventually(lambda: self.service.stdout.count(loaded) >= workers, PATIENCE_SECONDS, message)
        message = f"the answers are not of version {version}"
        eventually(lambda: versions(self.service) == {version}, PATIENCE_SECONDS, message)
        eventually(lambda: self.answered_by(version), PATIENCE_SECONDS, message)


def versions(service: Service) -> set[str]:
    """The versions that new connections are answered with."""
    found = set()
    for _ in range(8):
        with service.client_at() as client:
            answer = client.post(PREDICTIONS, json={"instances": [{"x": 1}]})
            found.add(expect.ok(answer)["model"]["version"])
    return found


@contextmanager
def traffic(service: Service) -> Iterator[Traffic]:
    """Clients that ask meanwhile; none of their requests may fail."""
    asking = Traffic(service)
    threads = [threading.Thread(target=asking.ask, args=(keep,)) for keep in (True, False)]
    for thread in threads:
        thread.start()
    try:
        asking.turns_to("1")
        yield asking
    finally:
        asking.over.set()
        for thread in threads:
            thread.join(PATIENCE_SECONDS)
    assert asking.failures == []


@every_bare_ml
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_new_model_takes_over_and_no_request_fails(
    start: Start, tmp_path: Path, workers: str
) -> None:
    folder = tmp_path / "model"
    constant("1").link(folder)
    service = start(MODEL_PATH=str(folder), WEB_CONCURRENCY=workers)
    with traffic(service) as asking:
        constant("2").rename(folder)
        asking.turns_to("2")
        constant("3").write(folder)
        asking.turns_to("3")
        constant("4").link(folder)
        asking.turns_to("4")
    # Nobody went back.
    assert [*dict.fromkeys(asking.versions)] == ["1", "2", "3", "4"]
    assert "Traceback" not in service.stdout + service.stderr


@every_bare_ml
def test_a_new_model_brings_its_own_features(start: Start, project: Path, tmp_path: Path) -> None:
    folder = shipped(project).write(tmp_path / "model")
    service = start(MODEL_PATH=str(folder))
    assert predicted(predict(service, flower())) == ["setosa"]
    mixed().but(version="2").write(folder)
    path = "/v2/models/mixed/versions/2"
    eventually(
        lambda: service.client.get(path).status_code == 200, PATIENCE_SECONDS, "no new model comes"
    )
    assert predicted(predict(service, parcel())) == ["urgent"]
    expect.invalid(predict(service, flower()), instance=PREDICTIONS)
    error(service.client.get("/v2/models/iris"), 404)
    schemas = expect.ok(service.client.get("/openapi.json"))["components"]["schemas"]
    assert set(schemas["Instance"]["properties"]) == set(MIXED_NAMES.values())


@every_bare_ml
def test_a_broken_new_model_leaves_the_old_one_in_its_place(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    constant("1").link(folder)
    service = start(MODEL_PATH=str(folder), WEB_CONCURRENCY="2")
    with traffic(service) as asking:
        constant("2").but(sha256="0" * 64).link(folder)
        eventually(lambda: len(complaints(service)) == 2, PATIENCE_SECONDS, service.stdout)
        time.sleep(LOOKED_SECONDS)
        assert len(complaints(service)) == 2
        assert all("sha256" in said for said in complaints(service))
        expect.ok(service.client.get("/readyz"))
        assert set(asking.versions) == {"1"}
        constant("3").link(folder)
        asking.turns_to("3")
    assert "Traceback" not in service.stdout + service.stderr


@every_bare_ml
def test_a_worker_that_finds_only_a_broken_model_leaves_requests_to_the_others(
    start: Start, tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    constant("1").link(folder)
    service = start(MODEL_PATH=str(folder), WEB_CONCURRENCY="2")
    eventually(lambda: statuses(service) == [{200}] * 2, PATIENCE_SECONDS, service.stdout)
    constant("2").but(sha256="0" * 64).link(folder)
    eventually(lambda: len(complaints(service)) == 2, PATIENCE_SECONDS, "no two complaints")
    os.kill(next(iter(ask_workers(service, "GET", "/readyz"))), signal.SIGTERM)
    # The one in its place looks at the folder, and complains too.
    eventually(lambda: len(complaints(service)) == 3, PATIENCE_SECONDS, "no new worker looks")
    deadline = time.monotonic() + LOOKED_SECONDS
    while time.monotonic() < deadline:
        for answers in ask_workers(service, "GET", "/readyz").values():
            assert {answer.status_code for answer in answers} == {200}
    service.terminate()
    assert service.wait(GRACE_SECONDS - 1) in GOOD_STATUS


@every_bare_ml
def test_half_a_pair_leaves_the_old_model_in_its_place(start: Start, tmp_path: Path) -> None:
    folder = constant("1").write(tmp_path / "model")
    service = start(MODEL_PATH=str(folder))
    # Another model, whose description is late.
    new = mixed().but(name="constant", version="2")
    (folder / EXAMPLES_FILE).write_bytes(new.examples)
    (folder / MODEL_FILE).write_bytes(new.onnx)
    time.sleep(LOOKED_SECONDS)
    assert predicted(predict(service, {"x": 1})) == ["first of 1"]
    expect.ok(service.client.get("/readyz"))
    (folder / METADATA_FILE).write_text(json.dumps(new.metadata))
    path = "/v2/models/constant/versions/2/ready"
    eventually(
        lambda: service.client.get(path).status_code == 200, PATIENCE_SECONDS, "no new model comes"
    )
    assert predicted(predict(service, parcel())) == ["urgent"]
