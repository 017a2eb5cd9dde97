"""Contract, "ML serving": the Open Inference Protocol, with requests made by hand."""

import json
import tomllib
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.contract import expect
from tests.contract.conftest import Start
from tests.contract.expect_inference import error, line_of, predicted, unavailable
from tests.support import wire
from tests.support.combinations import every_bare_ml, every_ml, every_signed_in_ml
from tests.support.inference import (
    FEATURES,
    FLOWERS,
    HEADER_LENGTH,
    PREDICTIONS,
    flower,
    framed,
    in_binary,
    inputs,
    outputs,
    pack,
    tensor,
)
from tests.support.services import Service

MODEL = "/v2/models/iris"
INFER = f"{MODEL}/infer"
OTHERS = inputs("setosa")[1:]


def infer(service: Service, request: object, path: str = INFER) -> httpx.Response:
    return service.client.post(path, json=request)


def send(service: Service, body: bytes, *headers: str) -> wire.Answer:
    """Send a body with no header but its length and these."""
    length = f"Content-Length: {len(body)}"
    return wire.exchange(service, "POST", INFER, "Host: x", length, *headers, body=body)


def send_binary(
    service: Service, tensors: list[dict[str, Any]], data: bytes, **members: object
) -> wire.Answer:
    body, headers = framed({"inputs": tensors, **members}, data)
    return send(service, body, *(f"{name}: {value}" for name, value in headers.items()))


def of_one(**changes: object) -> list[dict[str, Any]]:
    """The tensors of one flower, the first of them changed; what is None is left out."""
    first = inputs("setosa")[0] | changes
    return [{name: value for name, value in first.items() if value is not None}, *OTHERS]


def said(service: Service, *kinds: str) -> list[dict[str, float]]:
    """The probabilities of flowers, as the service's own route gives them."""
    answer = service.client.post(PREDICTIONS, json={"instances": [flower(kind) for kind in kinds]})
    return [prediction["probabilities"] for prediction in answer.json()["predictions"]]


def flowers(service: Service, answer: httpx.Response | wire.Answer) -> None:
    """It is the answer to one flower of each kind."""
    assert answer.status_code == 200, answer.content
    found = outputs(answer)
    assert list(found) == ["label", "probabilities"]
    label, probabilities = found.values()
    assert (label["datatype"], label["shape"]) == ("INT64", [3])
    assert (probabilities["datatype"], probabilities["shape"]) == ("FP32", [3, 3])
    assert label["data"] == [0, 1, 2]
    expected = [value for likely in said(service, *FLOWERS) for value in likely.values()]
    assert probabilities["data"] == pytest.approx(expected, abs=1e-6)


# What the server and its models are.


@every_ml
@pytest.mark.parametrize("path", ["/v2", "/v2/"])
def test_the_server_tells_its_name(service: Service, project: Path, path: str) -> None:
    described = tomllib.loads((project / "pyproject.toml").read_text())["project"]
    with service.client_at() as stranger:
        assert expect.ok(stranger.get(path)) == {
            "name": described["name"],
            "version": described["version"],
            "extensions": ["binary_tensor_data"],
        }


@every_ml
def test_the_server_is_live_and_ready(service: Service) -> None:
    with service.client_at() as stranger:
        assert expect.ok(stranger.get("/v2/health/live")) == {"live": True}
        assert expect.ok(stranger.get("/v2/health/ready")) == {"ready": True}


@every_ml
@pytest.mark.parametrize("path", [MODEL, f"{MODEL}/versions/1"])
def test_a_model_is_described(service: Service, path: str) -> None:
    with service.client_at() as stranger:
        assert expect.ok(stranger.get(path)) == {
            "name": "iris",
            "versions": ["1"],
            "platform": "onnxruntime_onnx",
            "inputs": [{"name": n, "datatype": "FP32", "shape": [-1, 1]} for n in FEATURES],
            "outputs": [
                {"name": "label", "datatype": "INT64", "shape": [-1]},
                {"name": "probabilities", "datatype": "FP32", "shape": [-1, 3]},
            ],
        }
        assert expect.ok(stranger.get(f"{path}/ready")) == {"name": "iris", "ready": True}


@every_ml
@pytest.mark.parametrize(
    "path",
    ["/v2/models/rose", f"{MODEL}/versions/2", "/v2/models/rose/versions/1", "/v2/models/Iris"],
)
def test_an_unknown_model_is_an_error(service: Service, path: str) -> None:
    error(service.client.get(path), 404)
    error(service.client.get(f"{path}/ready"), 404)
    error(infer(service, {"inputs": inputs("setosa")}, f"{path}/infer"), 404)


@every_bare_ml
@pytest.mark.parametrize(
    "name", ["%00", "%ff", "%20", "a%2Fb", "%C3%A9", "x" * 3000], ids=lambda name: name[:10]
)
def test_a_strange_name_is_no_server_error(service: Service, name: str) -> None:
    for path in (f"/v2/models/{name}", f"{MODEL}/versions/{name}"):
        assert service.client.get(path).status_code == 404


@every_ml
@pytest.mark.parametrize(
    "path",
    [
        *("/v2/nothing", "/v2/health", "/v2/health/", "/v2/health/live/", "/v2/models", "/v3"),
        *(f"{MODEL}/", f"{MODEL}/nothing", f"{MODEL}/versions", f"{MODEL}/versions/1/nothing"),
        f"{INFER}/",
    ],
)
def test_what_is_no_path_of_the_protocol_is_a_problem(service: Service, path: str) -> None:
    expect.problem(service.client.get(path), 404, instance=path)


@every_ml
def test_the_routes_name_their_methods(service: Service) -> None:
    for path in ("/v2", "/v2/", "/v2/health/live", "/v2/health/ready", MODEL, f"{MODEL}/ready"):
        answer = service.client.post(path)
        expect.problem(answer, 405, instance=path)
        assert answer.headers["allow"] == "GET, HEAD"
        answer = service.client.head(path)
        assert (answer.status_code, answer.content) == (200, b"")
    for path in (INFER, f"{MODEL}/versions/1/infer"):
        answer = service.client.get(path)
        expect.problem(answer, 405, instance=path)
        assert answer.headers["allow"] == "POST"


# Inference.


@every_ml
@pytest.mark.parametrize("path", [INFER, f"{MODEL}/versions/1/infer"])
def test_a_request_in_json_is_answered_in_json(service: Service, path: str) -> None:
    answer = infer(service, {"inputs": inputs(*FLOWERS)}, path)
    content = expect.ok(answer)
    assert list(content) == ["model_name", "model_version", "outputs"]
    assert (content["model_name"], content["model_version"]) == ("iris", "1")
    assert HEADER_LENGTH not in answer.headers
    for output in content["outputs"]:
        assert set(output) == {"name", "shape", "datatype", "data"}
    flowers(service, answer)


@every_ml
def test_data_may_be_nested(service: Service) -> None:
    nested = [given | {"data": [[value] for value in given["data"]]} for given in inputs(*FLOWERS)]
    flowers(service, infer(service, {"inputs": nested}))


@every_bare_ml
def test_inputs_come_in_any_order(service: Service) -> None:
    flowers(service, infer(service, {"inputs": inputs(*FLOWERS)[::-1]}))


@every_ml
def test_a_request_in_binary_is_answered_in_json(service: Service) -> None:
    answer = send_binary(service, *in_binary(inputs(*FLOWERS)))
    expect.ok(answer)
    flowers(service, answer)


@every_ml
def test_binary_outputs_stand_behind_the_json(service: Service) -> None:
    parameters = {"binary_data_output": True}
    answer = send_binary(service, *in_binary(inputs(*FLOWERS)), parameters=parameters)
    flowers(service, answer)
    expect.secured(answer)
    assert answer.headers["content-type"] == "application/octet-stream"
    length = int(answer.headers[HEADER_LENGTH])
    content = json.loads(answer.content[:length])
    sizes = [output["parameters"]["binary_data_size"] for output in content["outputs"]]
    # Three labels of eight bytes, nine probabilities of four.
    assert sizes == [24, 36]
    assert len(answer.content) == length + 60


@every_bare_ml
def test_a_request_in_json_may_be_answered_in_binary(service: Service) -> None:
    request = {"inputs": inputs(*FLOWERS), "parameters": {"binary_data_output": True}}
    answer = infer(service, request)
    assert answer.headers["content-type"] == "application/octet-stream"
    flowers(service, answer)


@every_bare_ml
def test_inputs_may_be_of_both_kinds(service: Service) -> None:
    given = inputs(*FLOWERS)
    emptied, data = in_binary(given[1:3])
    flowers(service, send_binary(service, [given[0], *emptied, given[3]], data))


@every_bare_ml
def test_each_output_may_be_asked_for_in_its_own_way(service: Service) -> None:
    request = {
        "inputs": inputs(*FLOWERS),
        "parameters": {"binary_data_output": True},
        "outputs": [
            {"name": "label", "parameters": {"binary_data": False}},
            {"name": "probabilities"},
        ],
    }
    answer = infer(service, request)
    flowers(service, answer)
    length = int(answer.headers[HEADER_LENGTH])
    label, probabilities = json.loads(answer.content[:length])["outputs"]
    assert label["data"] == [0, 1, 2]
    assert probabilities["parameters"] == {"binary_data_size": 36}
    request["parameters"] = {}
    request["outputs"] = [{"name": "label", "parameters": {"binary_data": True}}]
    answer = infer(service, request)
    assert outputs(answer)["label"]["data"] == [0, 1, 2]
    assert answer.headers["content-type"] == "application/octet-stream"


@every_ml
@pytest.mark.parametrize(
    "names", [["label"], ["probabilities"], ["probabilities", "label"], ["label", "probabilities"]]
)
def test_only_the_outputs_that_are_asked_for_are_answered(
    service: Service, names: list[str]
) -> None:
    asked = [{"name": name} for name in names]
    content = expect.ok(infer(service, {"inputs": inputs("setosa"), "outputs": asked}))
    assert [output["name"] for output in content["outputs"]] == names


@every_bare_ml
def test_an_empty_list_of_outputs_asks_for_all(service: Service) -> None:
    flowers(service, infer(service, {"inputs": inputs(*FLOWERS), "outputs": []}))


@every_ml
@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "application/json",
        "application/octet-stream",
        "text/plain",
        "multipart/form-data",
        ";",
    ],
)
def test_the_content_type_means_nothing(service: Service, content_type: str | None) -> None:
    headers = () if content_type is None else (f"Content-Type: {content_type}",)
    body, lengths = framed({"inputs": inputs(*FLOWERS)})
    flowers(service, send(service, body, *headers))
    flowers(service, send(service, body, *headers, f"{HEADER_LENGTH}: {lengths[HEADER_LENGTH]}"))


@every_bare_ml
def test_a_chunked_body_is_read(service: Service) -> None:
    body, headers = framed({"inputs": (given := in_binary(inputs(*FLOWERS)))[0]}, given[1])
    chunks = b"".join(wire.chunk(part) for part in (body[:10], body[10:-5], body[-5:], b""))
    lines = ("Host: x", "Transfer-Encoding: chunked", f"{HEADER_LENGTH}: {headers[HEADER_LENGTH]}")
    flowers(service, wire.exchange(service, "POST", INFER, *lines, body=chunks))


@every_ml
@pytest.mark.parametrize(
    "request_id", ["42", "", "é🚀", "a" * 1000, 'quote"\n<>&'], ids=lambda value: repr(value)[:20]
)
def test_the_id_is_echoed(service: Service, request_id: str) -> None:
    content = expect.ok(infer(service, {"id": request_id, "inputs": inputs("setosa")}))
    assert content["id"] == request_id


@every_ml
def test_a_thousand_rows_are_answered_at_once(service: Service) -> None:
    kinds = [*FLOWERS] * 333 + ["virginica"]
    answer = send_binary(service, *in_binary(inputs(*kinds)))
    assert outputs(answer)["label"]["data"] == [list(FLOWERS).index(kind) for kind in kinds]
    line = line_of(service, answer)
    assert (line["model"], line["instances"], line["batch"]) == ("iris/1", 1000, 1000)
    assert {"queued_ms", "inference_ms"} <= line.keys()


@every_ml
def test_ranges_are_for_instances_and_not_for_tensors(service: Service) -> None:
    beyond = of_one(data=[1000])
    expect.ok(infer(service, {"inputs": beyond}))
    answer = service.client.post(PREDICTIONS, json={"instances": [flower(sepal_length=1000)]})
    expect.invalid(answer, instance=PREDICTIONS)


@every_bare_ml
def test_unknown_members_and_parameters_are_ignored(service: Service) -> None:
    request = {
        "inputs": [given | {"parameters": {"x": [1]}, "y": None} for given in inputs(*FLOWERS)],
        "parameters": {"sequence_id": 7, "priority": 1, "x": {}},
        "z": 1,
    }
    flowers(service, infer(service, request))


# What is refused.

BAD_TENSORS: list[tuple[str, list[dict[str, Any]]]] = [
    ("no input at all", []),
    ("a missing input", OTHERS),
    ("an unknown input", [*of_one(), tensor("colour", "FP32", [1], [1, 1])]),
    ("an input twice", [*of_one(), of_one()[0]]),
    ("another datatype", of_one(datatype="FP64")),
    ("whole numbers", of_one(datatype="INT64", data=[5])),
    ("texts", of_one(datatype="BYTES", data=["5"])),
    ("no such datatype", of_one(datatype="FP31")),
    ("a datatype in lower case", of_one(datatype="fp32")),
    ("a flat shape", of_one(shape=[1])),
    ("too deep a shape", of_one(shape=[1, 1, 1])),
    ("too wide a shape", of_one(shape=[1, 2], data=[5, 5])),
    ("no shape", of_one(shape=[])),
    ("a negative shape", of_one(shape=[-1, 1])),
    ("two negative sizes", of_one(shape=[-1, -1])),
    ("a shape of fractions", of_one(shape=[1.5, 1])),
    ("a shape of texts", of_one(shape=["1", "1"])),
    ("a shape of truths", of_one(shape=[True, True])),
    ("a huge shape", of_one(shape=[2**62, 2])),
    ("a shape beyond all integers", of_one(shape=[10**30, 1])),
    ("a shape that is no list", of_one(shape=1)),
    ("more rows than data", of_one(shape=[2, 1])),
    ("fewer rows than data", of_one(data=[5, 5])),
    ("fewer rows than others have", [*inputs("setosa", "setosa")[:3], inputs("setosa")[3]]),
    ("no rows", [given | {"shape": [0, 1], "data": []} for given in inputs("setosa")]),
    ("too many rows", inputs(*["setosa"] * 1001)),
    (
        "ragged data",
        [{**inputs("setosa", "setosa")[0], "data": [[5], 5]}, *inputs("setosa", "setosa")[1:]],
    ),
    ("no data", of_one(data=None)),
    ("data that are no list", of_one(data=5)),
    ("a text as data", of_one(data="5")),
    ("a text in the data", of_one(data=["5"])),
    ("a truth in the data", of_one(data=[True])),
    ("null in the data", of_one(data=[None])),
    ("an object in the data", of_one(data=[{}])),
    ("no name", of_one(name=None)),
    ("a number as name", of_one(name=1)),
    ("parameters that are no object", of_one(parameters=[])),
    ("a size that nothing stands behind", [*in_binary(of_one()[:1])[0], *OTHERS]),
]


@every_bare_ml
@pytest.mark.parametrize(
    "tensors", [row[1] for row in BAD_TENSORS], ids=[row[0] for row in BAD_TENSORS]
)
def test_bad_tensors_are_an_error(service: Service, tensors: list[dict[str, Any]]) -> None:
    error(infer(service, {"inputs": tensors}), 400)


GOOD = json.dumps({"inputs": inputs("setosa")}).encode()
BAD_BODIES = [
    ("nothing", b""),
    ("a space", b" "),
    ("null", b"null"),
    ("a list", b"[]"),
    ("a text", b'"text"'),
    ("an empty object", b"{}"),
    ("an unclosed object", GOOD[:-1]),
    ("something behind", GOOD + b" x"),
    ("no UTF-8", b'{"inputs": "\xff"}'),
    ("deep lists", b"[" * 200_000),
    ("deep data", GOOD.replace(b"[5.0]", b"[" * 50_000 + b"]" * 50_000)),
    ("NaN", GOOD.replace(b"5.0", b"NaN")),
    ("Infinity", GOOD.replace(b"5.0", b"Infinity")),
    ("-Infinity", GOOD.replace(b"5.0", b"-Infinity")),
    ("an overflow", GOOD.replace(b"5.0", b"1e999")),
    ("more than FP32 holds", GOOD.replace(b"5.0", b"1e39")),
    ("a huge whole number", GOOD.replace(b"5.0", b"9" * 400)),
    ("five thousand digits", GOOD.replace(b"5.0", b"9" * 5000)),
    ("inputs that are null", b'{"inputs": null}'),
    ("inputs that are an object", b'{"inputs": {}}'),
    ("an input that is null", b'{"inputs": [null]}'),
    ("an id that is a number", b'{"id": 1, ' + GOOD[1:]),
    ("parameters that are a list", b'{"parameters": [], ' + GOOD[1:]),
    ("outputs that are an object", b'{"outputs": {}, ' + GOOD[1:]),
    ("an output that is null", b'{"outputs": [null], ' + GOOD[1:]),
    ("an output without a name", b'{"outputs": [{}], ' + GOOD[1:]),
    ("an unknown output", b'{"outputs": [{"name": "colour"}], ' + GOOD[1:]),
    ("an input as output", b'{"outputs": [{"name": "sepal_length"}], ' + GOOD[1:]),
]


@every_bare_ml
@pytest.mark.parametrize("body", [row[1] for row in BAD_BODIES], ids=[row[0] for row in BAD_BODIES])
def test_a_bad_body_is_an_error(service: Service, body: bytes) -> None:
    error(send(service, body), 400)
    # The same where a header says how long the JSON is.
    error(send(service, body, f"{HEADER_LENGTH}: {len(body)}"), 400)


@every_bare_ml
@pytest.mark.parametrize(
    "length",
    ["", "x", "-1", "0", "1.0", "1e2", "0x10", "1_0", "9" * 5000, "10, 10", "10"],
    ids=lambda length: length[:10],
)
def test_a_bad_header_is_an_error(service: Service, length: str) -> None:
    error(send(service, GOOD, f"{HEADER_LENGTH}: {length}"), 400)


@every_bare_ml
def test_a_header_that_comes_twice_is_an_error(service: Service) -> None:
    lengths = [f"{HEADER_LENGTH}: {length}" for length in (len(GOOD), len(GOOD) - 1)]
    error(send(service, GOOD, *lengths), 400)


TENSORS, DATA = in_binary(inputs("setosa"))


def sized(size: object) -> list[dict[str, Any]]:
    """The tensors of a flower, the first of them with another size."""
    return [TENSORS[0] | {"parameters": {"binary_data_size": size}}, *TENSORS[1:]]


BAD_DATA: list[tuple[str, list[dict[str, Any]], bytes]] = [
    ("too few bytes", TENSORS, DATA[:-1]),
    ("too many bytes", TENSORS, DATA + b"x"),
    ("no bytes", TENSORS, b""),
    ("a size that is too large", sized(8), DATA),
    ("a size that is too small", sized(3), DATA),
    ("a size of nothing", sized(0), DATA),
    ("a size beyond the end", sized(10**12), DATA),
    ("a negative size", sized(-4), DATA),
    ("a size that is a text", sized("4"), DATA),
    ("a size that is true", sized(True), DATA),
    ("a size that is a fraction", sized(4.5), DATA),
    ("a size that is null", sized(None), DATA),
    ("data in both places", [TENSORS[0] | {"data": [5]}, *TENSORS[1:]], DATA),
    ("NaN", TENSORS, pack("FP32", [float("nan")]) + DATA[4:]),
    ("another datatype", [TENSORS[0] | {"datatype": "INT32"}, *TENSORS[1:]], DATA),
]


@every_bare_ml
@pytest.mark.parametrize(
    ("tensors", "data"), [row[1:] for row in BAD_DATA], ids=[row[0] for row in BAD_DATA]
)
def test_bad_binary_data_are_an_error(
    service: Service, tensors: list[dict[str, Any]], data: bytes
) -> None:
    error(send_binary(service, tensors, data), 400)


@every_bare_ml
def test_binary_data_need_the_header(service: Service) -> None:
    body, _ = framed({"inputs": TENSORS}, DATA)
    error(send(service, body), 400)


@every_ml
def test_a_body_that_is_too_large_is_a_413_problem(service: Service) -> None:
    expect.problem(send(service, b" " * 1_048_577), 413, instance=INFER)


@every_bare_ml
def test_what_is_refused_harms_nobody(service: Service) -> None:
    error(send_binary(service, TENSORS, DATA[:-1]), 400)
    answer = service.client.post(PREDICTIONS, json={"instances": [flower()]})
    assert predicted(answer) == ["setosa"]
    assert service.stderr == ""


@every_signed_in_ml
@pytest.mark.parametrize("path", [INFER, f"{MODEL}/versions/1/infer"])
@pytest.mark.parametrize("header", ["", "Bearer x", "Basic eDp5"])
def test_who_is_not_signed_in_gets_no_inference(service: Service, path: str, header: str) -> None:
    headers = {"Authorization": header} if header else {}
    with service.client_at() as stranger:
        answer = stranger.post(path, content=GOOD, headers=headers)
    error(answer, 401)


@every_signed_in_ml
def test_a_database_that_is_away_is_503_in_the_form_of_each_route(start: Start) -> None:
    service = start(DATABASE_URL="sqlite:////nowhere/database")
    said = "The database cannot answer now. Try again later."
    answers = [service.client.post(path, content=GOOD) for path in (INFER, PREDICTIONS)]
    assert error(answers[0], 503) == said
    unavailable(answers[1], instance=PREDICTIONS, detail=said)
    assert [answer.headers["retry-after"] for answer in answers] == ["1", "1"]
