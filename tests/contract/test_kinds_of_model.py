"""Contract, "Predictions": models of every kind, all in one service, and the same on both frameworks."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from math import isclose
from typing import Any

import jsonschema_rs
import pytest

from tests.contract import expect
from tests.contract.expect_inference import ready
from tests.contract.test_parity import JSON, Ask, Pair, get, ordered, pair, seen, send
from tests.support.inference import outputs, tensor
from tests.support.model_kinds import KINDS, TYPES, Kind, Row
from tests.support.projects import Projects

pytestmark = pytest.mark.xdist_group("kinds-of-model")


@pytest.fixture(scope="module")
def both(projects: Projects, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """A service of each framework with all models."""
    folder = tmp_path_factory.mktemp("kinds")
    models = folder / "model"
    for name, kind in KINDS.items():
        kind.write(models / name / "1")
    (models / "serving.json").write_text(json.dumps({"default": "table"}))
    with ExitStack() as stack:
        services = pair(projects, "none", folder, stack, ml=True, MODEL_PATH=str(models))
        for service in services:
            ready(service)
        yield services


@pytest.fixture(scope="module")
def document(both: Pair) -> Any:
    """The OpenAPI document, of both."""
    fastapi, flask = (send(service, get("/openapi.json")).json() for service in both)
    assert ordered(flask) == ordered(fastapi)
    return fastapi


def requests(kind: Kind) -> list[tuple[Row, Row]]:
    """Bodies and what of the answers follows from the rows, in as few requests as they fit in."""
    if kind.metadata["kind"] != "tensors":
        instances, predictions = (list(column) for column in zip(*kind.rows, strict=True))
        return [({"instances": instances}, {"predictions": predictions})]
    if kind.name == "embedding":  # a sequence of another length in each row
        return [({"inputs": inputs}, {"outputs": answer}) for inputs, answer in kind.rows]
    given, answers = (
        {name: [row for part in column for row in part[name]] for name in column[0]}
        for column in zip(*kind.rows, strict=True)
    )
    return [({"inputs": given}, {"outputs": answers})]


def answered(both: Pair, path: str, body: Row) -> Any:
    """What both answer, byte for byte the same."""
    ask = Ask("POST", path, json.dumps(body).encode(), (JSON,))
    fastapi, flask = (send(service, ask) for service in both)
    assert seen(flask) == seen(fastapi)
    return fastapi


def near(expected: Any, found: Any) -> bool:
    """Whether two answers are the same, but for the last digits of a number."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return expected.keys() == found.keys() and all(
            near(value, found[name]) for name, value in expected.items()
        )
    if isinstance(expected, list) and isinstance(found, list):
        return len(expected) == len(found) and all(map(near, expected, found))
    if isinstance(expected, float) and isinstance(found, float | int):
        return isclose(expected, found, rel_tol=1e-5, abs_tol=1e-6)
    return type(expected) is type(found) and bool(expected == found)


def check(document: Any, schema: Row, content: Any) -> None:
    """The document allows it."""
    whole = {**schema, "components": document["components"]}
    jsonschema_rs.Draft202012Validator(whole).validate(content)


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_answers_as_the_original_model(both: Pair, document: Any, name: str) -> None:
    path = f"/api/v1/models/{name}/predictions"
    operation = document["paths"][path]["post"]
    for body, expected in requests(KINDS[name]):
        content = expect.ok(answered(both, path, body))
        assert content.pop("model") == {"name": name, "version": "1"}
        assert near(expected, content), content
        check(document, operation["requestBody"]["content"]["application/json"]["schema"], body)
        response = operation["responses"]["200"]["content"]["application/json"]["schema"]
        check(document, response, content | {"model": {"name": name, "version": "1"}})


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_answers_by_the_protocol(both: Pair, name: str) -> None:
    kind = KINDS[name]
    described = {
        given["name"]: given
        for given in expect.ok(send(both.fastapi, get(f"/v2/models/{name}")))["inputs"]
    }
    for body, expected in in_columns(kind):
        tensors = [
            tensor(given, described[given]["datatype"], flat(rows), shape(rows))
            for given, rows in body.items()
        ]
        found = outputs(answered(both, f"/v2/models/{name}/infer", {"inputs": tensors}))
        for output, rows in expected.items():
            assert near(flat(rows), found[output]["data"]), found[output]
            assert found[output]["shape"][0] == len(rows)


def in_columns(kind: Kind) -> Iterator[tuple[Row, Row]]:
    """Inputs and outputs of whole rows, as the model has them."""
    if kind.metadata["kind"] == "tensors":
        for body, expected in requests(kind):
            yield body["inputs"], expected["outputs"]
        return
    # The protocol has no word for a gap.
    rows = [(given, answer) for given, answer in kind.rows if has_no_gap(kind, given)]
    names = [feature["name"] for feature in kind.metadata["features"]]
    yield (
        {name: [[given[name]] for given, _ in rows] for name in names},
        outputs_of(kind, [answer for _, answer in rows]),
    )


def has_no_gap(kind: Kind, given: Row) -> bool:
    return all(given.get(feature["name"]) is not None for feature in kind.metadata["features"])


def outputs_of(kind: Kind, answers: list[Row]) -> Row:
    """The outputs of the model that these predictions come from."""
    if "value" in answers[0]:
        return {"value": [answer["value"] for answer in answers]}
    if "values" in answers[0]:
        return {
            name: [answer["values"][name] for answer in answers] for name in answers[0]["values"]
        }
    found: dict[str, list[Any]] = {
        "probabilities": [list(answer["probabilities"].values()) for answer in answers]
    }
    if "label" in answers[0]:
        classes = kind.metadata["classes"]
        labels = [0, 1, 2] if kind.name == "positions" else kind.metadata.get("labels") or classes
        found["label"] = [labels[classes.index(answer["label"])] for answer in answers]
    return found


def shape(rows: Any) -> list[int]:
    return [len(rows), *shape(rows[0])] if isinstance(rows, list) else []


def flat(rows: Any) -> list[Any]:
    return [value for row in rows for value in flat(row)] if isinstance(rows, list) else [rows]


def test_the_protocol_describes_every_type(both: Pair) -> None:
    content = expect.ok(send(both.fastapi, get("/v2/models/every-type")))
    for key, end in (("inputs", "in"), ("outputs", "out")):
        assert content[key] == [
            {"name": f"{known}_{end}", "datatype": datatype, "shape": [-1, 2]}
            for known, (datatype, _) in TYPES.items()
        ]
