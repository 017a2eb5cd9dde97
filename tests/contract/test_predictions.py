"""Contract, "ML serving": predictions of the model that a project comes with."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.contract import expect
from tests.contract.expect_inference import line_of, predicted
from tests.support import wire
from tests.support.combinations import every_bare_ml, every_ml, every_signed_in_ml
from tests.support.inference import FLOWERS, PREDICTIONS, flower, shipped
from tests.support.schemathesis import judge, signed_in
from tests.support.services import Service

JSON = "application/json"
# Where in the instance, what, and how Pydantic names the fault.
BAD_VALUES: list[tuple[object, str | None]] = [
    (None, "float_type"),
    ("5.0", "float_type"),
    ("", "float_type"),
    (True, "float_type"),
    (False, "float_type"),
    ([5.0], "float_type"),
    ({}, "float_type"),
    (3.999, "greater_than_equal"),
    (-1e308, "greater_than_equal"),
    (8.001, "less_than_equal"),
    (1e308, "less_than_equal"),
    (10**400, None),
]
# Values that JSON has no words for, or that no float can hold.
STRANGE_NUMBERS = [b"NaN", b"Infinity", b"-Infinity", b"1e999", b"-1e999", b"9" * 5000]
BAD_BODIES: list[tuple[str, bytes, list[str | int] | None, str | None]] = [
    ("nothing", b"", ["body"], "missing"),
    ("null", b"null", ["body"], None),
    ("a list", b"[]", ["body"], None),
    ("a string", b'"text"', ["body"], None),
    ("an unclosed object", b'{"instances": [', ["body", 15], "json_invalid"),
    ("a trailing comma", b'{"instances": [],}', None, "json_invalid"),
    ("no UTF-8", b'{"instances": "\xff"}', None, None),
    ("deep lists", b"[" * 200_000, None, None),
    ("deep instances", b'{"instances": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", None, None),
    ("no instances", b"{}", ["body", "instances"], "missing"),
    ("no list", b'{"instances": {}}', ["body", "instances"], "list_type"),
    ("null as instances", b'{"instances": null}', ["body", "instances"], "list_type"),
    ("a text as instances", b'{"instances": "x"}', ["body", "instances"], "list_type"),
    ("an empty list", b'{"instances": []}', ["body", "instances"], "too_short"),
    ("null as an instance", b'{"instances": [null]}', ["body", "instances", 0], None),
    ("a list as an instance", b'{"instances": [[5, 3, 1, 0]]}', ["body", "instances", 0], None),
]


def predict(service: Service, *instances: object, **headers: str) -> httpx.Response:
    return service.client.post(PREDICTIONS, json={"instances": instances}, headers=headers)


def post(service: Service, body: bytes, content_type: str = JSON) -> httpx.Response:
    return service.client.post(PREDICTIONS, content=body, headers={"Content-Type": content_type})


@every_ml
def test_every_kind_of_flower_is_known(service: Service, project: Path) -> None:
    answer = predict(service, *map(flower, FLOWERS))
    assert predicted(answer) == list(FLOWERS)
    content = answer.json()
    metadata = shipped(project).metadata
    assert content["model"] == {"name": metadata["name"], "version": metadata["version"]}
    for prediction in content["predictions"]:
        assert list(prediction["probabilities"]) == metadata["classes"]


@every_ml
def test_predictions_come_in_the_order_of_the_instances(service: Service) -> None:
    kinds = [*FLOWERS, *reversed(FLOWERS), "setosa"]
    assert predicted(predict(service, *map(flower, kinds))) == kinds


@every_ml
def test_the_same_is_predicted_alone_and_among_others(service: Service) -> None:
    among = predict(service, *map(flower, FLOWERS)).json()["predictions"]
    alone = [predict(service, flower(kind)).json()["predictions"][0] for kind in FLOWERS]
    assert alone == among


@every_ml
def test_a_thousand_instances_are_predicted_at_once(service: Service) -> None:
    kinds = [*FLOWERS] * 333 + ["virginica"]
    answer = predict(service, *map(flower, kinds))
    assert predicted(answer) == kinds
    line = line_of(service, answer)
    # More than a batch holds, and still one run.
    assert (line["instances"], line["batch"]) == (1000, 1000)


@every_ml
def test_more_than_a_thousand_instances_are_refused(service: Service) -> None:
    answer = predict(service, *[flower()] * 1001)
    expect.invalid(answer, instance=PREDICTIONS, loc=["body", "instances"], kind="too_long")


@every_ml
def test_the_bounds_of_a_feature_belong_to_its_range(service: Service, project: Path) -> None:
    for feature in shipped(project).metadata["features"]:
        for bound in (feature["minimum"], feature["maximum"]):
            expect.ok(predict(service, flower(**{feature["name"]: bound})))
        for beyond, kind in (
            (feature["minimum"] - 0.001, "greater_than_equal"),
            (feature["maximum"] + 0.001, "less_than_equal"),
        ):
            expect.invalid(
                predict(service, flower(**{feature["name"]: beyond})),
                instance=PREDICTIONS,
                loc=["body", "instances", 0, feature["name"]],
                kind=kind,
            )


@every_bare_ml
@pytest.mark.parametrize(("value", "kind"), BAD_VALUES, ids=lambda value: repr(value)[:30])
def test_a_bad_value_is_named(service: Service, value: object, kind: str | None) -> None:
    answer = predict(service, flower(), flower(sepal_length=value))
    loc: list[str | int] = ["body", "instances", 1, "sepal_length"]
    expect.invalid(answer, instance=PREDICTIONS, loc=loc, kind=kind)


@every_bare_ml
@pytest.mark.parametrize("number", STRANGE_NUMBERS, ids=lambda number: str(number[:10]))
def test_what_is_no_number_is_a_422_problem(service: Service, number: bytes) -> None:
    body = json.dumps({"instances": [flower(petal_width=0.125)]}).encode()
    answer = post(service, body.replace(b"0.125", number))
    expect.invalid(answer, instance=PREDICTIONS)


@every_bare_ml
def test_a_whole_number_is_a_number(service: Service) -> None:
    assert predicted(predict(service, flower(sepal_length=5, petal_width=0))) == ["setosa"]


@every_ml
@pytest.mark.parametrize("missing", flower())
def test_a_missing_feature_is_named(service: Service, missing: str) -> None:
    instance = flower()
    del instance[missing]
    expect.invalid(
        predict(service, instance),
        instance=PREDICTIONS,
        loc=["body", "instances", 0, missing],
        kind="missing",
    )


@every_ml
def test_an_unknown_feature_is_named(service: Service) -> None:
    answer = predict(service, flower(), flower(), flower(colour=1))
    loc: list[str | int] = ["body", "instances", 2, "colour"]
    expect.invalid(answer, instance=PREDICTIONS, loc=loc, kind="extra_forbidden")


@every_bare_ml
def test_every_fault_of_a_request_is_named(service: Service) -> None:
    answer = predict(service, flower(sepal_length=0), {}, flower(petal_width="x"))
    places = {tuple(error["loc"][2:]) for error in expect.invalid(answer, instance=PREDICTIONS)}
    assert places == {(0, "sepal_length"), *((1, name) for name in flower()), (2, "petal_width")}


@every_bare_ml
@pytest.mark.parametrize(
    ("body", "loc", "kind"), [row[1:] for row in BAD_BODIES], ids=[row[0] for row in BAD_BODIES]
)
def test_a_bad_body_is_a_422_problem(
    service: Service, body: bytes, loc: list[str | int] | None, kind: str | None
) -> None:
    expect.invalid(post(service, body), instance=PREDICTIONS, loc=loc, kind=kind)


@every_bare_ml
@pytest.mark.parametrize("content_type", ["text/plain", "application/octet-stream", ""])
def test_a_wrong_content_type_is_a_422_problem(service: Service, content_type: str) -> None:
    body = json.dumps({"instances": [flower()]}).encode()
    expect.invalid(post(service, body, content_type), instance=PREDICTIONS, loc=["body"])


@every_ml
def test_unknown_members_of_the_body_are_ignored(service: Service) -> None:
    body = {"instances": [flower()], "parameters": {"x": 1}, "": None}
    assert predicted(service.client.post(PREDICTIONS, json=body)) == ["setosa"]


@every_ml
def test_predictions_name_their_method(service: Service) -> None:
    for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"):
        answer = service.client.request(method, PREDICTIONS)
        assert answer.headers["allow"] == "POST"
        if method != "HEAD":
            expect.problem(answer, 405, instance=PREDICTIONS)


@every_bare_ml
def test_a_trailing_slash_is_another_path(service: Service) -> None:
    for path in (f"{PREDICTIONS}/", f"{PREDICTIONS}/1"):
        answer = service.client.post(path, json={"instances": [flower()]})
        expect.problem(answer, 404, instance=path)


@every_ml
def test_a_body_that_is_too_large_is_a_413_problem(service: Service) -> None:
    answer = post(service, b'{"instances": [' + b" " * 1_048_576 + b"]}")
    expect.problem(answer, 413, instance=PREDICTIONS)


@every_signed_in_ml
@pytest.mark.parametrize(
    "headers", [(), ("Authorization: Bearer x",), ("Authorization: Basic eDp5",)], ids=str
)
def test_who_is_not_signed_in_gets_no_prediction(
    service: Service, headers: tuple[str, ...]
) -> None:
    for instance in (flower(), flower(sepal_length=None)):
        body = json.dumps({"instances": [instance]}).encode()
        lines = ("Host: x", f"Content-Type: {JSON}", f"Content-Length: {len(body)}", *headers)
        answer = wire.exchange(service, "POST", PREDICTIONS, *lines, body=body, anonymous=True)
        expect.problem(answer, 401, instance=PREDICTIONS)


@every_signed_in_ml
def test_malformed_json_is_refused_before_anybody_is_asked_for(service: Service) -> None:
    with service.client_at() as stranger:
        answer = stranger.post(PREDICTIONS, content=b"{", headers={"Content-Type": JSON})
    expect.invalid(answer, instance=PREDICTIONS, kind="json_invalid")


@every_bare_ml
def test_without_users_anybody_may_ask(service: Service) -> None:
    answer = predict(service, flower(), Authorization="Bearer x")
    assert predicted(answer) == ["setosa"]


@every_ml
def test_a_service_with_a_model_is_ready(service: Service) -> None:
    content = expect.ok(service.client.get("/readyz"))
    assert content["status"] == "ok"
    assert content["checks"]["model"] == "ok"


@every_ml
def test_the_log_says_what_a_prediction_took(service: Service, project: Path) -> None:
    metadata = shipped(project).metadata
    line = line_of(service, predict(service, *map(flower, FLOWERS)))
    assert line["model"] == f"{metadata['name']}/{metadata['version']}"
    assert line["instances"] == 3
    assert line["batch"] == 3
    assert line["queued_ms"] >= 0
    assert 0 < line["inference_ms"] < line["duration_ms"]
    assert line["status"] == 200


@every_bare_ml
def test_no_other_line_speaks_of_a_prediction(service: Service) -> None:
    predict(service, flower())
    for answer in (service.client.get("/nothing"), predict(service, {})):
        line = line_of(service, answer)
        assert not {"batch", "queued_ms", "inference_ms"} & line.keys()


@every_ml
def test_the_document_describes_the_features(service: Service, project: Path) -> None:
    schemas = expect.ok(service.client.get("/openapi.json"))["components"]["schemas"]
    assert {"Predictions", "Prediction", "ModelReference"} <= schemas.keys()
    instances = schemas["PredictionRequest"]["properties"]["instances"]
    assert (instances["minItems"], instances["maxItems"]) == (1, 1000)
    assert instances["items"] == {"$ref": "#/components/schemas/Instance"}
    instance = schemas["Instance"]
    assert instance["additionalProperties"] is False
    features: list[dict[str, Any]] = shipped(project).metadata["features"]
    assert set(instance["required"]) == {feature["name"] for feature in features}
    assert list(instance["properties"]) == [feature["name"] for feature in features]
    for feature in features:
        described = instance["properties"][feature["name"]]
        assert described["type"] == feature["type"]
        assert (described["minimum"], described["maximum"]) == (
            feature["minimum"],
            feature["maximum"],
        )


@every_ml
def test_the_document_and_the_service_say_the_same(service: Service, tmp_path: Path) -> None:
    # Only what needs the model: a logout would end the session of all tests.
    options = ("--checks=all", f"--include-path={PREDICTIONS}", *signed_in(service))
    judge(f"{service.url}/openapi.json", *options, folder=tmp_path)
