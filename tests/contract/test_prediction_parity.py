"""Flask and FastAPI side by side: with a model, too, a client cannot tell them apart."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.contract.test_parity import (
    JSON,
    PREFLIGHT,
    Ask,
    Pair,
    get,
    ordered,
    pair,
    same,
    seen,
    send,
)
from tests.support.inference import (
    FLOWERS,
    HEADER_LENGTH,
    PREDICTIONS,
    flower,
    framed,
    in_binary,
    inputs,
)
from tests.support.projects import Projects
from tests.support.users import lasting_token

INFER = "/v2/models/iris/infer"
NAMED, UNKNOWN = (f"/api/v1/models/{name}/predictions" for name in ("iris", "rose"))
SIGNED = "Authorization: Bearer {token}"


def predict(body: object, *headers: str, path: str = PREDICTIONS, anonymous: bool = False) -> Ask:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Ask("POST", path, content, headers or (JSON,), anonymous)


def instances(*given: object) -> Ask:
    return predict({"instances": given})


def infer(body: object, *headers: str, path: str = INFER, anonymous: bool = False) -> Ask:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Ask("POST", path, content, headers, anonymous)


def binary(data: bytes = b"", **members: object) -> Ask:
    """A request in binary; its data have something behind them."""
    tensors, packed = in_binary(inputs(*FLOWERS))
    body, headers = framed({"inputs": tensors, **members}, packed + data)
    return infer(body, *(f"{name}: {value}" for name, value in headers.items()))


GOOD = {"inputs": inputs(*FLOWERS)}
BINARY: dict[str, Any] = {"parameters": {"binary_data_output": True}}

ANYWHERE = [
    # Predictions.
    instances(*map(flower, FLOWERS)),
    instances(*[flower(kind) for kind in FLOWERS] * 300),
    instances(*[flower()] * 1001),
    instances(),
    instances({}, flower(sepal_length="x", colour=1), None, [], flower(petal_width=99)),
    instances(flower(sepal_length=True), flower(sepal_length=10**400)),
    predict({}),
    predict({"instances": None}),
    predict({"instances": {}, "x": 1}),
    predict([]),
    predict(None),
    predict(b""),
    predict(b"{"),
    predict(b'{"instances": [{"sepal_length": NaN, "sepal_width": 1e999}]}'),
    predict(b'{"instances": "\xff"}'),
    predict(b"[" * 100_000),
    predict(b'{"instances": [{"\\ud800": 1}]}'),
    predict(b'{"instances": [{"\xc3\xa9\\u0000": "<"}]}'),
    predict({"instances": [flower()]}, "Content-Type: text/plain"),
    predict({"instances": [flower()]}, "X-No-Content-Type: 1"),
    predict({"instances": [flower()]}, JSON, "Origin: https://a.example", "X-Request-ID: a.b-c"),
    predict(b" " * 1_048_577),
    Ask("GET", PREDICTIONS),
    Ask("OPTIONS", PREDICTIONS, headers=("Origin: https://a.example", *PREFLIGHT)),
    Ask("POST", f"{PREDICTIONS}/", b"{}", (JSON,)),
    predict({"instances": [flower()]}, path=NAMED),
    predict({"instances": [{}]}, path=NAMED),
    predict(b"{", path=NAMED),
    predict({"instances": [flower()]}, path=UNKNOWN),
    predict({"instances": [{}]}, path=UNKNOWN),
    predict(b"{", path=UNKNOWN),
    predict(b"", path=UNKNOWN),
    Ask("GET", NAMED),
    Ask("GET", UNKNOWN),
    Ask("POST", f"{NAMED}/", b"{}", (JSON,)),
    Ask("POST", "/api/v1/models/%F0%9F%9A%80/predictions", b"{}", (JSON,)),
    Ask("POST", "/api/v1/models/a%2Fb/predictions", b"{}", (JSON,)),
    Ask("POST", "/api/v1/models//predictions", b"{}", (JSON,)),
    # What the server and its models are.
    get("/readyz"),
    get("/v2"),
    get("/v2/"),
    get("/v2", "Origin: https://a.example"),
    get("/v2/health/live"),
    get("/v2/health/ready"),
    get("/v2/models/iris"),
    get("/v2/models/iris/versions/1"),
    get("/v2/models/iris/ready"),
    get("/v2/models/iris/versions/1/ready?x=1"),
    get("/v2/models/rose"),
    get("/v2/models/iris/versions/2/ready"),
    get("/v2/models/iris?version=2"),
    get("/v2/models/%F0%9F%9A%80"),
    get("/v2/models/%ff"),
    get("/v2/models/a%2Fb"),
    get("/v2/models/a%0d%0ab"),
    get("/v2/models/"),
    get("/v2/models/iris/"),
    get("/v2//"),
    get("/v2/nothing"),
    Ask("HEAD", "/v2/models/iris"),
    Ask("HEAD", "/v2/models/rose"),
    Ask("POST", "/v2/health/live"),
    Ask("OPTIONS", INFER),
    get(INFER),
    # Inference.
    infer(GOOD),
    infer(GOOD, JSON),
    infer(GOOD, "Origin: https://a.example", "X-Request-ID: a.b-c"),
    infer(GOOD | {"id": "é🚀<"}, path="/v2/models/iris/versions/1/infer"),
    infer(GOOD | {"outputs": [{"name": "probabilities"}]}),
    infer(GOOD | BINARY),
    infer(GOOD, path="/v2/models/rose/infer"),
    infer({"inputs": inputs(*["virginica"] * 1001)}),
    infer({"inputs": []}),
    infer({"inputs": inputs("setosa")[1:]}),
    infer({"inputs": [given | {"shape": [2, 1]} for given in inputs("setosa")]}),
    infer({"inputs": [given | {"datatype": "FP64"} for given in inputs("setosa")]}),
    infer({"inputs": [given | {"data": ["x"]} for given in inputs("setosa")]}),
    infer(GOOD | {"outputs": [{"name": "<é>"}]}),
    infer(GOOD | {"id": 1}),
    infer(b""),
    infer(b"{"),
    infer(b'{"inputs": NaN}'),
    infer(b"\xff"),
    infer(b"[" * 100_000),
    infer(b" " * 1_048_577),
    infer(GOOD, f"{HEADER_LENGTH}: x"),
    infer(GOOD, f"{HEADER_LENGTH}: -1"),
    infer(GOOD, f"{HEADER_LENGTH}: 99999"),
    infer(GOOD, f"{HEADER_LENGTH}:"),
    infer(GOOD, f"{HEADER_LENGTH}: 10", f"{HEADER_LENGTH}: 11"),
    binary(),
    binary(**BINARY),
    binary(b"x"),
]
OF_USERS = [
    predict({"instances": [flower()]}, anonymous=True),
    predict({"instances": [{}]}, anonymous=True),
    predict({"instances": [flower()]}, path=NAMED, anonymous=True),
    predict({"instances": [flower()]}, path=UNKNOWN, anonymous=True),
    predict(b"{", anonymous=True),
    predict(b"", anonymous=True),
    predict({"instances": [flower()]}, JSON, "Authorization: Bearer x", anonymous=True),
    predict({"instances": [flower()]}, JSON, SIGNED, SIGNED, anonymous=True),
    predict({"instances": [flower()]}, "Content-Type: text/plain", anonymous=True),
    infer(GOOD, anonymous=True),
    infer(GOOD, "Authorization: Bearer x", "Origin: https://a.example", anonymous=True),
    infer(GOOD, SIGNED, SIGNED, anonymous=True),
    infer(GOOD, path="/v2/models/rose/infer", anonymous=True),
    infer(b"{", anonymous=True),
    infer(b"{", "Content-Type: application/json", anonymous=True),
    infer(b" " * 1_048_577, anonymous=True),
    Ask("GET", INFER, anonymous=True),
    Ask("GET", "/v2/models/iris", anonymous=True),
    Ask("GET", "/v2/models/iris", headers=("Authorization: Bearer x",), anonymous=True),
    Ask("GET", "/v2/health/ready", anonymous=True),
]
# Without a model.
UNREADY = [
    get("/readyz"),
    get("/v2"),
    get("/v2/health/live"),
    get("/v2/health/ready"),
    get("/v2/models/iris"),
    get("/v2/models/iris/versions/1/ready"),
    infer(GOOD),
    infer(b"{"),
    infer(b""),
    instances(flower()),
    instances({}),
    instances(),
    predict({}),
    predict(b"{"),
    predict(b""),
    predict({"instances": [flower()]}, path=NAMED),
]


@pytest.fixture(scope="module")
def bare(projects: Projects, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with ExitStack() as stack:
        yield pair(projects, "none", tmp_path_factory.mktemp("bare"), stack, ml=True)


@pytest.fixture(scope="module")
def signed_in(projects: Projects, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp("signed-in")
        both = pair(projects, "sqlite", folder, stack, "jwt", ml=True)
        for service in both:
            service.token = lasting_token(service)
        yield both


@pytest.fixture(scope="module")
def unready(projects: Projects, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp("unready")
        yield pair(projects, "none", folder, stack, ml=True, MODEL_PATH=str(folder))


@pytest.mark.xdist_group("parity-ml")
@pytest.mark.parametrize("request_", ANYWHERE, ids=str)
def test_without_users_both_answer_the_same(bare: Pair, request_: Ask) -> None:
    same(bare, request_)


@pytest.mark.xdist_group("parity-ml-jwt")
@pytest.mark.parametrize("request_", [*ANYWHERE, *OF_USERS], ids=str)
def test_with_users_both_answer_the_same(signed_in: Pair, request_: Ask) -> None:
    same(signed_in, request_)


@pytest.mark.xdist_group("parity-ml")
@pytest.mark.parametrize("request_", UNREADY, ids=str)
def test_without_a_model_both_answer_the_same(unready: Pair, request_: Ask) -> None:
    fastapi, flask = (seen(send(service, request_)) for service in unready)
    assert flask == fastapi


@pytest.mark.xdist_group("parity-ml")
def test_without_users_both_document_the_same(bare: Pair, unready: Pair) -> None:
    for services in (bare, unready):
        fastapi, flask = (send(service, get("/openapi.json")).json() for service in services)
        assert ordered(flask) == ordered(fastapi)


@pytest.mark.xdist_group("parity-ml-jwt")
def test_with_users_both_document_the_same(signed_in: Pair) -> None:
    fastapi, flask = (send(service, get("/openapi.json")).json() for service in signed_in)
    assert ordered(flask) == ordered(fastapi)
