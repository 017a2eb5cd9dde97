"""Contract, "ML serving": weights that lie beside the graph, and what runs a model."""

import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import onnx
import pytest
from onnx.external_data_helper import set_external_data

from tests.contract.conftest import ReadSettings, Start
from tests.contract.expect_inference import predicted
from tests.support.combinations import every_bare_ml
from tests.support.inference import METADATA_FILE, MODEL_FILE, PREDICTIONS, Model, made
from tests.support.project_process import answering
from tests.support.services import PATIENCE_SECONDS, Service, eventually
from tests.support.workers import ask_workers

WEIGHTS, BIAS = "model.onnx.data", "bias.bin"
# The first class is the likely one, unless the weights are turned.
LINEAR = """
<ir_version: 10, opset_import: ["": 20]>
linear (float[N,1] x) => (int64[N] label, float[N,2] probabilities)
<float[1,2] weights = {2, 1}, float[2] bias = {1, 0}>
{
    product = MatMul (x, weights)
    scores = Add (product, bias)
    probabilities = Softmax <axis = 1> (scores)
    label = ArgMax <axis = 1, keepdims = 0> (scores)
}
"""
CUDA, CPU = "CUDAExecutionProvider", "CPUExecutionProvider"
# Runs in the project: loads each folder that its input names, and says what came of it.
LOADER = """
import json, logging, sys
from functools import partial
from io import StringIO
from pathlib import Path
from app.ml.predictor import Predictor
from app.ml.serving.loading import load
from app.ml.serving.model_error import ModelError
from app.ml.serving.onnx_model import Runtime

log = StringIO()
logging.basicConfig(stream=log, format="%(levelname)s %(message)s")
load_predictor = Predictor.load
for line in sys.stdin:
    folder, runtime, changed = json.loads(line)

    def load_and_change(*args):
        load_predictor(*args)
        for path in map(Path, changed):
            path.write_bytes(path.read_bytes())

    Predictor.load = load_and_change
    try:
        said = str(load(Path(folder), Runtime(1, **runtime), 4))
    except ModelError as error:
        said = str(error)
    print(json.dumps([said, log.getvalue()]), flush=True)
    log.truncate(0)
    log.seek(0)
"""
Load = Callable[..., tuple[str, str]]


def weighted(
    folder: Path, *, version: str = "1", turned: bool = False, places: dict[str, str] | None = None
) -> Path:
    """A model with its weights in files of their own, as PyTorch writes one of several GB."""
    folder.mkdir(exist_ok=True)
    label = "second" if turned else "first"
    linear = LINEAR.replace("{2, 1}", "{1, 9}") if turned else LINEAR
    features = [{"name": "x", "type": "number"}]
    examples = [({"x": 1}, label)]
    model = made(linear, features, ("first", "second"), version=version, examples=examples)
    proto = onnx.load_model_from_string(model.onnx)
    data: dict[str, bytes] = {}
    for tensor in proto.graph.initializer:
        name = (places or {}).get(tensor.name, WEIGHTS)
        values = onnx.numpy_helper.to_array(tensor).tobytes()
        before = data.get(name, b"")
        tensor.ClearField("float_data")
        tensor.raw_data = values
        set_external_data(tensor, name, len(before), len(values))
        tensor.ClearField("raw_data")
        data[name] = before + values
    for name, content in data.items():
        put(folder / name, content)
    content = proto.SerializeToString(deterministic=True)
    hashes = {name: sha256(part).hexdigest() for name, part in data.items()}
    metadata = model.metadata | {"sha256": sha256(content).hexdigest(), "data": hashes}
    Model(content, metadata, model.examples).write(folder)
    return folder


def put(path: Path, content: bytes) -> None:
    """Write a file that takes its place at one stroke."""
    new = path.with_name(f"{path.name}-new")
    new.write_bytes(content)
    new.replace(path)


def describe(folder: Path, **changes: Any) -> Path:
    path = folder / METADATA_FILE
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    return folder


@pytest.fixture(scope="session")
def load(project: Path) -> Iterator[Load]:
    """Loads a model in a process of the project; returns the model or the reason, and the log."""
    with answering(project, LOADER) as ask:

        def load(folder: Path, *changed: Path, **runtime: Any) -> tuple[str, str]:
            said, log = ask([str(folder), runtime, [str(path) for path in changed]])
            assert "\n" not in said
            return said, log

        yield load


@every_bare_ml
@pytest.mark.parametrize("share", [True, False])
@pytest.mark.parametrize("places", [{}, {"bias": BIAS}], ids=["one file", "two files"])
def test_weights_beside_the_graph_are_loaded(
    load: Load, tmp_path: Path, share: bool, places: dict[str, str]
) -> None:
    folder = weighted(tmp_path / "model", places=places)
    assert load(folder, share_weights=share) == ("linear/1", "")


def leave_out(folder: Path) -> None:
    describe(folder, data={})


def leave_out_one_of(places: dict[str, str]) -> Callable[[Path], object]:
    def leave_out(folder: Path) -> None:
        for place in places.values():
            (folder / place).parent.mkdir(exist_ok=True)
        weighted(folder, places=places)
        data = json.loads((folder / METADATA_FILE).read_text())["data"]
        describe(folder, data={WEIGHTS: data[WEIGHTS]})

    return leave_out


def move_away(folder: Path) -> None:
    (folder / WEIGHTS).rename(folder.parent / WEIGHTS)
    (folder / WEIGHTS).symlink_to(folder.parent / WEIGHTS)


def spoil(folder: Path) -> None:
    content = (folder / WEIGHTS).read_bytes()
    put(folder / WEIGHTS, bytes([content[0] ^ 1]) + content[1:])


BROKEN: list[tuple[Callable[[Path], object], str]] = [
    (
        leave_out,
        f'{MODEL_FILE} has weights in {WEIGHTS}: add "{WEIGHTS}", with its sha256, to data',
    ),
    (leave_out_one_of({"bias": BIAS}), f"{MODEL_FILE} has weights in {BIAS}"),
    (lambda folder: (folder / WEIGHTS).unlink(), f"{WEIGHTS}: No such file"),
    (spoil, f"the sha256 of {WEIGHTS} is "),
    (move_away, f"{WEIGHTS} is a link to "),
    (
        lambda folder: describe(folder, data={f"../{WEIGHTS}": "0" * 64}),
        f": ../{WEIGHTS} is not the name of a file",
    ),
    (
        lambda folder: describe(folder, data={f"/{WEIGHTS}": "0" * 64}),
        f": /{WEIGHTS} is not the name of a file",
    ),
    (
        lambda folder: describe(folder, data={"sub/weights": "0" * 64}),
        ": sub/weights is not the name of a file",
    ),
    (leave_out_one_of({"bias": f"sub/{BIAS}"}), f"in sub/{BIAS}: they have to lie beside it"),
]


@every_bare_ml
@pytest.mark.parametrize(("spoil", "reason"), BROKEN, ids=[reason for _, reason in BROKEN])
def test_what_is_wrong_with_weights_is_said(
    load: Load, tmp_path: Path, spoil: Callable[[Path], object], reason: str
) -> None:
    folder = weighted(tmp_path / "model")
    spoil(folder)
    said, _ = load(folder)
    assert reason in said


@every_bare_ml
@pytest.mark.parametrize("name", [MODEL_FILE, WEIGHTS])
def test_a_file_that_changes_while_it_is_loaded_does_not_serve(
    load: Load, tmp_path: Path, name: str
) -> None:
    folder = weighted(tmp_path / "model")
    said, _ = load(folder, folder / name)
    assert said == f"{folder}: {name} changed while it was loaded"
    assert load(folder) == ("linear/1", "")


@every_bare_ml
def test_links_within_the_folder_are_followed(load: Load, tmp_path: Path) -> None:
    """As Kubernetes mounts files."""
    folder = tmp_path / "model"
    folder.mkdir()
    for path in weighted(folder / "..data").iterdir():
        (folder / path.name).symlink_to(Path("..data", path.name))
    assert load(folder) == ("linear/1", "")


@every_bare_ml
def test_a_provider_that_is_not_available_leaves_its_place_to_the_next(
    load: Load, tmp_path: Path
) -> None:
    folder = weighted(tmp_path / "model")
    said, log = load(folder, providers=[CUDA, CPU])
    assert said == "linear/1"
    assert log == (
        f"WARNING MODEL_PROVIDERS: {CUDA} is not available here; the next provider is used\n"
    )
    assert load(folder, providers=[CUDA, CPU]) == ("linear/1", "")


@every_bare_ml
@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ("GPU", "GPU is not a provider"),
        (f"{CPU},cuda", "cuda is not a provider"),
        (CUDA, "none of the providers is available here"),
        (",", "none of the providers is available here"),
    ],
)
def test_providers_that_cannot_run_a_model_stop_the_start(
    read_settings: ReadSettings, setting: str, reason: str
) -> None:
    (said,) = read_settings({"MODEL_PROVIDERS": setting}).refusal.splitlines()
    assert said.startswith("MODEL_PROVIDERS: ")
    assert reason in said
    # What there is instead.
    assert CPU in said.partition("; this onnxruntime has ")[2]


@every_bare_ml
def test_providers_are_read_in_their_order(read_settings: ReadSettings) -> None:
    settings = read_settings({"MODEL_PROVIDERS": f"{CUDA}, {CPU}"}).settings
    assert settings["model_providers"] == [CUDA, CPU]
    assert read_settings().settings["model_providers"] == [CPU]


@every_bare_ml
def test_workers_map_the_weights_and_follow_them(start: Start, tmp_path: Path) -> None:
    folder = weighted(tmp_path / "model")
    service = start(MODEL_PATH=str(folder), WEB_CONCURRENCY="2")
    eventually(lambda: labels(service) == [{"first"}] * 2, PATIENCE_SECONDS, service.stdout)
    for worker in ask_workers(service, "GET", "/readyz"):
        assert str(folder / WEIGHTS) in Path(f"/proc/{worker}/maps").read_text()
    weighted(folder, version="2", turned=True)
    eventually(lambda: labels(service) == [{"second"}] * 2, PATIENCE_SECONDS, service.stdout)


def labels(service: Service) -> list[set[str]]:
    """What each worker answers."""
    answers = ask_workers(service, "POST", PREDICTIONS, b'{"instances": [{"x": 1}]}')
    return [{predicted(answer)[0] for answer in of_one} for of_one in answers.values()]
