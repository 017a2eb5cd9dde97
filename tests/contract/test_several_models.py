"""Contract, "Several models": a folder each, a canary, a shadow, and what changes meanwhile."""

import json
from collections.abc import Mapping
from pathlib import Path
from shutil import rmtree
from typing import Any

import httpx
import pytest

from tests.contract import expect
from tests.contract.conftest import Start
from tests.contract.expect_inference import (
    NOT_READY,
    complains,
    complaints,
    error,
    line_of,
    predicted,
    ready,
    unavailable,
)
from tests.contract.test_model_folder import traffic
from tests.contract.test_prediction_queue import under_way, with_enough_work
from tests.support.combinations import every_bare_ml, every_signed_in_ml
from tests.support.inference import (
    CONSTANT,
    PREDICTIONS,
    Model,
    busy,
    constant,
    flower,
    made,
    mixed,
    tensor,
)
from tests.support.services import PATIENCE_SECONDS, Service, eventually

# So many requests at a share of a half all go the same way once in 2^63 times.
MANY = 64
# Takes longer than a few requests, on any machine.
LONG_WORK = 1500
UNKNOWN = "There is no such model."
X = {"instances": [{"x": 1}]}
TENSORS = {"inputs": [tensor("x", "FP32", [1.0], [1, 1])]}
# Answers as BUSY does, and at once.
IDLE = """
<ir_version: 10, opset_import: ["": 20]>
idle (int64[N,1] work, int64[N,1] row) => (int64[N] label, float[N,2] probabilities)
{
    table = Constant <value = float[2,2] {0.75, 0.25, 0.25, 0.75}> ()
    axis = Constant <value_ints = [1]> ()
    rows = Squeeze (row, axis)
    probabilities = Gather (table, rows)
    label = ArgMax <axis = 1, keepdims = 0> (probabilities)
}
"""


CANARY = {"canary": {"version": "2", "share": 1}}


def path_of(name: str) -> str:
    return f"/api/v1/models/{name}/predictions"


def put(folder: Path, *models: Model) -> Path:
    """Put each model in its folder, by its name and its version; the folder of all."""
    for model in models:
        place = folder / model.metadata["name"] / model.metadata["version"]
        place.parent.mkdir(parents=True, exist_ok=True)
        model.write(place)
    return folder


def arrange(folder: Path, **serving: object) -> None:
    """Write `serving.json` at one stroke."""
    new = folder / ".serving.json"
    new.write_text(json.dumps(serving))
    new.replace(folder / "serving.json")


def named(name: str, *versions: str) -> list[Model]:
    """Versions of a model, whose answers tell them apart."""
    return [constant(version).but(name=name) for version in versions]


def agreeing(name: str, version: str, *, swapped: bool = False) -> Model:
    """A model whose versions have the same classes; one that is swapped says the other."""
    text = CONSTANT.replace("{0.75, 0.25}", "{0.25, 0.75}") if swapped else CONSTANT
    features = [{"name": "x", "type": "number"}]
    examples: list[tuple[dict[str, Any], str]] = [({"x": 1}, "second" if swapped else "first")]
    model = made(text, features, ("first", "second"), version=version, examples=examples)
    return model.but(name=name)


@pytest.fixture(scope="session")
def several(start_shared: Start, tmp_path_factory: pytest.TempPathFactory) -> Service:
    """A service with models for everything that does not change."""
    folder = put(
        tmp_path_factory.mktemp("several") / "model",
        *named("newest", "9", "10"),
        *named("never", "1", "2"),
        *named("always", "1", "2"),
        *named("half", "1", "2"),
        *named("unlike", "1"),
        mixed().but(name="unlike", version="2"),
        agreeing("watched", "1"),
        agreeing("watched", "2", swapped=True),
        made(IDLE, busy().metadata["features"], ("first", "second")).but(name="slow"),
        busy().but(name="slow", version="2"),
        busy().but(name="heavy"),
    )
    shares = {"never": 0, "always": 1, "half": 0.5, "unlike": 1}
    models: dict[str, object] = {
        name: {"canary": {"version": "2", "share": share}} for name, share in shares.items()
    }
    shadows = {name: {"version": "1", "shadow": "2"} for name in ("watched", "slow")}
    arrange(folder, default="newest", models=models | shadows)
    return start_shared(MODEL_PATH=str(folder))


def predict(service: Service, name: str | None = None, body: object = X) -> httpx.Response:
    return service.client.post(path_of(name) if name else PREDICTIONS, json=body)


def model_of(answer: httpx.Response) -> Mapping[str, object]:
    model: Mapping[str, object] = expect.ok(answer)["model"]
    return model


@every_bare_ml
def test_the_newest_version_of_each_model_serves(several: Service) -> None:
    ready(several)
    for name in (None, "newest"):
        answer = predict(several, name)
        assert predicted(answer) == ["first of 10"]
        assert model_of(answer) == {"name": "newest", "version": "10"}
        assert line_of(several, answer)["model"] == "newest/10"


@every_bare_ml
@pytest.mark.parametrize("body", [X, {"instances": []}, {}], ids=str)
def test_a_model_that_is_not_there_is_a_404_problem(several: Service, body: object) -> None:
    for name in ("rose", "Newest", "%F0%9F%9A%80"):
        answer = several.client.post(path_of(name), json=body)
        expect.problem(answer, 404, instance=path_of(name), detail=UNKNOWN)


@every_bare_ml
def test_the_instances_of_a_named_model_are_checked(several: Service) -> None:
    answer = predict(several, "slow", {"instances": [{"work": -1, "row": 0}]})
    loc: list[str | int] = ["body", "instances", 0, "work"]
    expect.invalid(answer, instance=path_of("slow"), loc=loc, kind="greater_than_equal")
    answer = several.client.get(path_of("slow"))
    expect.problem(answer, 405, instance=path_of("slow"))


@every_bare_ml
def test_all_that_serves_speaks_the_open_inference_protocol(several: Service) -> None:
    for path, version in (("newest", "10"), ("newest/versions/10", "10"), ("half/versions/2", "2")):
        described = expect.ok(several.client.get(f"/v2/models/{path}"))
        assert described["name"] == path.partition("/")[0]
        assert version in described["versions"]
        expect.ok(several.client.get(f"/v2/models/{path}/ready"))
        content = expect.ok(several.client.post(f"/v2/models/{path}/infer", json=TENSORS))
        assert content["model_version"] == version
    assert expect.ok(several.client.get("/v2/models/half"))["versions"] == ["1", "2"]
    # What is there and does not serve, and the shadow.
    for path in ("newest/versions/9", "watched/versions/2", "rose", "rose/versions/1"):
        error(several.client.get(f"/v2/models/{path}"), 404)
        error(several.client.get(f"/v2/models/{path}/ready"), 404)
        error(several.client.post(f"/v2/models/{path}/infer", json=TENSORS), 404)


@every_bare_ml
@pytest.mark.parametrize(("name", "version"), [("never", "1"), ("always", "2")])
def test_a_share_of_nothing_and_of_everything(several: Service, name: str, version: str) -> None:
    for _ in range(8):
        answer = predict(several, name)
        assert predicted(answer) == [f"first of {version}"]
        assert model_of(answer).get("canary", False) is (version == "2")
        assert line_of(several, answer).get("canary", False) is (version == "2")


@every_bare_ml
def test_the_canary_answers_its_share_and_says_so(several: Service) -> None:
    answers = [predict(several, "half") for _ in range(MANY)]
    assert {predicted(answer)[0] for answer in answers} == {"first of 1", "first of 2"}
    for answer in answers:
        model = model_of(answer)
        expected = {"canary": True} if model["version"] == "2" else {}
        assert model == {"name": "half", "version": model["version"], **expected}
        line = line_of(several, answer)
        assert line["model"] == f"half/{model['version']}"
        assert line.get("canary") == expected.get("canary")


@every_bare_ml
def test_the_canary_says_so_in_the_protocol(several: Service) -> None:
    for path, expected in (
        ("always", {"canary": True}),
        ("always/versions/2", {"canary": True}),
        ("always/versions/1", None),
        ("never", None),
    ):
        content = expect.ok(several.client.post(f"/v2/models/{path}/infer", json=TENSORS))
        assert content.get("parameters") == expected


@every_bare_ml
def test_a_canary_that_takes_something_else_is_left_out(several: Service) -> None:
    assert [said for said in complaints(several) if "unlike/2" in said]
    assert predicted(predict(several, "unlike")) == ["first of 1"]
    error(several.client.get("/v2/models/unlike/versions/2"), 404)
    # A candidate cannot stop what it is to replace.
    ready(several)


def shadow_lines(service: Service, model: str) -> list[dict[str, Any]]:
    """What the log says of a shadow so far."""
    lines = service.stdout.splitlines(keepends=True)
    entries = [json.loads(line) for line in lines if line.endswith("\n")]
    return [e for e in entries if e["message"] == "shadow" and e["model"] == model]


def met(lines: list[dict[str, Any]]) -> int:
    """How many rows a shadow has run on, or dropped."""
    return sum(line["instances"] + line["dropped"] for line in lines)


def shadowed(service: Service, model: str, rows: int) -> list[dict[str, Any]]:
    """The lines of a shadow once it has met so many rows."""
    eventually(
        lambda: met(shadow_lines(service, model)) >= rows,
        PATIENCE_SECONDS,
        f"{model} has not met {rows} rows",
    )
    return shadow_lines(service, model)


@every_bare_ml
def test_a_shadow_is_compared_and_answers_no_client(several: Service) -> None:
    answer = predict(several, "watched", {"instances": [{"x": 1}] * 3})
    assert predicted(answer) == ["first"] * 3
    assert model_of(answer) == {"name": "watched", "version": "1"}
    expect.ok(several.client.post("/v2/models/watched/infer", json=TENSORS))
    lines = shadowed(several, "watched/2", 4)
    for line in lines:
        assert line["compared_with"] == "watched/1"
        assert line["differing"] == line["instances"]
        assert line["greatest_difference"] == 0.5
        assert line["dropped"] == 0
    assert sum(line["instances"] for line in lines) == 4


@every_bare_ml
def test_a_shadow_that_cannot_keep_up_delays_no_answer(several: Service) -> None:
    def falls_behind(work: int) -> bool:
        before = shadow_lines(several, "slow/2")
        for worked, instances in ((work, 1), (0, 64), (0, 1)):
            body = {"instances": [{"work": worked, "row": 1}] * instances}
            assert predicted(predict(several, "slow", body)) == ["second"] * instances
        answered_first = shadow_lines(several, "slow/2") == before
        lines = shadowed(several, "slow/2", met(before) + 66)[len(before) :]
        assert {line["differing"] for line in lines} == {0}
        # Where it had not begun with the first yet, there is no room for the second, but for the third.
        in_turn = [line["instances"] for line in lines][:2] == [1, 64]
        return answered_first and in_turn and sum(line["dropped"] for line in lines) == 1

    with_enough_work(falls_behind, LONG_WORK)


@every_bare_ml
def test_a_model_that_takes_long_holds_up_no_other(several: Service) -> None:
    def ask(work: int) -> httpx.Response:
        body = {"instances": [{"work": work, "row": 0}]}
        with several.client_at() as client:
            return client.post(path_of("heavy"), json=body)

    def others_answer_meanwhile(work: int) -> bool:
        with under_way(lambda: ask(work)) as prediction:
            assert predicted(predict(several, "newest")) == ["first of 10"]
            expect.ok(several.client.post("/v2/models/half/infer", json=TENSORS))
            return not prediction.done()

    with_enough_work(others_answer_meanwhile, LONG_WORK)


@every_bare_ml
def test_the_document_has_a_path_for_each_model(several: Service) -> None:
    document = expect.ok(several.client.get("/openapi.json"))
    assert not [path for path in document["paths"] if "{" in path]
    schemas = document["components"]["schemas"]
    operations = set()
    for name in ("newest", "half", "slow"):
        operation = document["paths"][path_of(name)]["post"]
        operations.add(operation["operationId"])
        content = operation["requestBody"]["content"]["application/json"]
        request = schemas[content["schema"]["$ref"].rpartition("/")[2]]
        instance = schemas[request["properties"]["instances"]["items"]["$ref"].rpartition("/")[2]]
        assert list(instance["properties"]) == (["work", "row"] if name == "slow" else ["x"])
        assert "404" in operation["responses"]
    assert len(operations) == 3
    default = document["paths"][PREDICTIONS]["post"]["requestBody"]
    assert default == document["paths"][path_of("newest")]["post"]["requestBody"]


@every_signed_in_ml
def test_a_named_model_needs_a_token_as_the_default_one_does(service: Service) -> None:
    body = {"instances": [flower()]}
    assert predicted(predict(service, "iris", body)) == ["setosa"]
    with service.client_at() as stranger:
        for name in ("iris", "rose"):
            answer = stranger.post(path_of(name), json=body)
            expect.problem(answer, 401, instance=path_of(name))


# What changes while the service runs.


@every_bare_ml
def test_models_come_change_and_go_and_no_request_fails(start: Start, tmp_path: Path) -> None:
    folder = put(tmp_path / "model", *named("constant", "1"))
    service = start(MODEL_PATH=str(folder), WEB_CONCURRENCY="2")
    with traffic(service) as asking:
        put(folder, *named("other", "1"))
        answers(service, "other", 200)
        # The only model was the default one, and goes on being it.
        expect.ok(predict(service))
        arrange(folder, default="constant", models={"constant": {"version": "1"}})
        put(folder, *named("constant", "2"))
        arrange(folder, default="constant", models={"constant": {"version": "1", **CANARY}})
        asking.turns_to("2")
        assert model_of(predict(service))["canary"] is True
        (folder / "serving.json").write_text("{")
        eventually(lambda: len(faults(service)) == 2, PATIENCE_SECONDS, service.stdout)
        assert all("serving.json: Invalid JSON" in said for said in faults(service))
        assert asking.answered_by("2")
        arrange(folder, default="constant", models={"constant": {"version": "2"}})
        eventually(
            lambda: "canary" not in model_of(predict(service)), PATIENCE_SECONDS, service.stdout
        )
        rmtree(folder / "other")
        answers(service, "other", 404)
    assert [*dict.fromkeys(asking.versions)] == ["1", "2"]
    assert "Traceback" not in service.stdout + service.stderr


def faults(service: Service) -> list[str]:
    """What the log says that cannot be loaded."""
    return [said for said in complaints(service) if "cannot be loaded" in said]


def answers(service: Service, name: str, status: int) -> None:
    """New connections, of whatever worker, all get this status in the end."""

    def settled() -> bool:
        found = set()
        for _ in range(8):
            with service.client_at() as client:
                found.add(client.post(path_of(name), json=X).status_code)
        return found == {status}

    eventually(settled, PATIENCE_SECONDS, f"{name} is not always {status}:\n{service.stdout}")


@every_bare_ml
def test_a_service_is_ready_when_every_model_has_been_loaded(start: Start, tmp_path: Path) -> None:
    folder = put(tmp_path / "model", *named("good", "1"))
    (folder / "bad").mkdir()
    constant("1").write(folder / "bad" / "1")
    service = start(MODEL_PATH=str(folder))
    complains(service, "this is constant/1, in the folder of bad/1", since=0)
    assert expect.ok(service.client.get("/readyz"), 503)["checks"]["model"] == "unavailable"
    assert error(service.client.get("/v2/health/ready"), 503) == NOT_READY
    # What is there serves.
    assert predicted(predict(service, "good")) == ["first of 1"]
    expect.ok(service.client.get("/v2/models/good/ready"))
    unavailable(predict(service, "bad"), instance=path_of("bad"), detail=NOT_READY)
    assert error(service.client.get("/v2/models/bad/ready"), 503) == NOT_READY
    expect.problem(predict(service, "rose"), 404, instance=path_of("rose"), detail=UNKNOWN)
    put(folder, *named("bad", "1"))
    ready(service)
    assert predicted(predict(service, "bad")) == ["first of 1"]
    # None of two is the default one.
    detail = "No model is the default one."
    expect.problem(predict(service), 404, instance=PREDICTIONS, detail=detail)
    # One that comes later and is broken does not take the others away.
    before = len(complaints(service))
    put(folder, constant("1").but(name="late", sha256="0" * 64), *named("good", "2"))
    complains(service, "sha256", since=before)
    answers(service, "good", 200)
    assert predicted(predict(service, "good")) == ["first of 2"]
    unavailable(predict(service, "late"), instance=path_of("late"), detail=NOT_READY)
    expect.ok(service.client.get("/readyz"))
