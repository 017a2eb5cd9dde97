"""Contract, "Predictions": a model that its description does not describe never becomes ready.

Each model here is a right one with one thing changed. All are loaded as a service loads them, in one
process. None may load, and the reason names what to change.
"""

import json
import subprocess
from array import array
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support import environment
from tests.support.combinations import BARE_ML
from tests.support.inference import in_binary
from tests.support.inference import tensor as sent
from tests.support.model_kinds import (
    CLASSIFIER,
    KINDS,
    MULTILABEL,
    REGRESSOR,
    TABLE,
    TARGETS,
    WEIGHTS_FILE,
    Kind,
    Row,
    classifier_graph,
    compiled,
    numbers,
)
from tests.support.model_loading import Loaded, load
from tests.support.projects import Projects

pytestmark = pytest.mark.xdist_group("wrong-models")
Change = Callable[[Kind], Kind]


def without_examples(change: Change) -> Change:
    """As a model of before is: only the model itself can contradict its description."""
    return lambda kind: change(kind).without_examples()


def describe(**changes: object) -> Change:
    return lambda kind: kind.but(**changes)


def feature(number: int, **changes: object) -> Change:
    return lambda kind: kind.feature(number, **changes)


def tensor(key: str, number: int, **changes: object) -> Change:
    return lambda kind: kind.tensor(key, number, **changes)


def example(number: int, **changes: object) -> Change:
    return lambda kind: kind.answering(number, **changes)


def examples(content: bytes) -> Change:
    return lambda kind: kind.with_examples(content)


def graph(content: bytes) -> Change:
    return lambda kind: kind.with_onnx(content)


def weights(content: bytes) -> Change:
    return lambda kind: replace(kind, data={WEIGHTS_FILE: content})


def edited(text: str, old: str, new: str) -> Change:
    """Another model, with its right hash."""
    assert old in text
    return graph(compiled(text.replace(old, new)))


CLASSIFIED = CLASSIFIER.format(
    inputs="float[N,1] x, float[N,1] y, float[N,1] z",
    label="",
    count=3,
    columns="x, y, z",
    nodes="",
)
LOGITS = CLASSIFIED.replace("Softmax <axis = 1> (scores)", "Identity (scores)")
# Each class for itself.
INDEPENDENT = CLASSIFIED.replace("Softmax <axis = 1> (scores)", "Sigmoid (scores)")
SWAPPED = CLASSIFIED.replace("(x, y, z)", "(y, x, z)")
VECTOR = CLASSIFIED.replace("float[N,1] x, float[N,1] y, float[N,1] z", "float[N,3] x").replace(
    "Concat <axis = 1> (x, y, z)", "Identity (x)"
)

# What is wrong, with which model, and a word of the reason.
WRONG: list[tuple[str, str, Change, str]] = [
    # The description contradicts itself.
    ("an unknown key", "text-labels", describe(clases=["z", "a", "m"]), "clases"),
    ("an unknown kind", "text-labels", describe(kind="cluster"), "kind"),
    ("no name", "text-labels", describe(name=None), "name"),
    ("a name that is no name", "text-labels", describe(name="a/b"), "name"),
    ("no features", "text-labels", describe(features=[]), "features"),
    ("a feature twice", "text-labels", describe(features=numbers("xyzz")), "features"),
    ("an unknown type", "text-labels", feature(0, type="float"), "features.0.type"),
    ("choices of a number", "text-labels", feature(0, choices=["1"]), "features.0"),
    ("a range of words", "table", feature(1, minimum=1), "features.1"),
    ("a range without values", "table", feature(0, minimum=101), "features.0"),
    ("no choices", "table", feature(1, choices=[]), "features.1.choices"),
    ("no default for a gap", "table", feature(2, default=None), "default"),
    ("a default and no gaps", "table", feature(2, optional=None), "default"),
    ("a default of another type", "table", feature(2, default="5"), "default"),
    ("a default outside of the range", "table", feature(0, default=101), "default"),
    ("no classes", "text-labels", describe(classes=None), "classes"),
    ("a class twice", "text-labels", describe(classes=["z", "a", "z"]), "classes"),
    ("classes of two types", "int-labels", describe(classes=[30, "10", 20]), "classes"),
    ("too few labels", "renamed", describe(labels=[1]), "labels"),
    ("a label twice", "renamed", describe(labels=[1, 1]), "labels"),
    ("a threshold among three", "text-labels", describe(threshold=0.5), "threshold"),
    ("a threshold above one", "threshold", describe(threshold=30), "threshold"),
    ("a threshold of a number", "regressor", describe(threshold=0.5), "threshold"),
    ("classes of a number", "regressor", describe(classes=["a", "b"]), "classes"),
    ("a target twice", "targets", describe(targets=["sum", "sum"]), "targets"),
    ("features of tensors", "image", describe(features=numbers("x")), "features"),
    ("an unknown datatype", "image", tensor("inputs", 0, datatype="float32"), "datatype"),
    ("a tensor without rows", "image", tensor("inputs", 0, shape=[1, 3, 2, 2]), "shape"),
    ("a model's file elsewhere", "regressor", describe(file="../model.onnx"), "file"),
    # The files are not those that are described.
    ("another hash", "regressor", describe(sha256="0" * 64), "sha256"),
    ("another hash of the examples", "regressor", describe(examples="0" * 64), "examples"),
    ("no model", "regressor", graph(b""), "model.onnx"),
    ("half a model", "regressor", lambda kind: kind.with_onnx(kind.onnx[:99]), "model.onnx"),
    ("no examples", "regressor", examples(b"[]"), "examples.json"),
    ("examples in no JSON", "regressor", examples(b"[{"), "examples.json"),
    ("examples of tensors", "regressor", examples(KINDS["image"].examples), "examples.json"),
    ("examples of another model", "regressor", examples(KINDS["targets"].examples), "row 0"),
    ("no weights", "external", weights(b""), "model.onnx"),
    ("other weights", "external", weights(array("f", [1, 2, 3, 4, 5, 7]).tobytes()), "row 0"),
    ("half of the weights", "external", weights(array("f", [1, 2, 3]).tobytes()), "model.onnx"),
    ("another hash of the weights", "external", describe(data={WEIGHTS_FILE: "0" * 64}), "data"),
    ("weights elsewhere", "external", describe(data={"../weights": "0" * 64}), "data"),
    ("weights that are not described", "external", describe(data={}), "data"),
    # The model contradicts its description.
    ("another name of a feature", "text-labels", feature(0, name="sepal"), "sepal"),
    ("a feature too many", "text-labels", describe(features=numbers("xyzw")), "w"),
    ("a feature too few", "text-labels", describe(features=numbers("xy")), "z"),
    ("an integer that is a number", "text-labels", feature(0, type="integer"), "features.0.type"),
    ("a truth that is a number", "text-labels", feature(0, type="boolean"), "features.0.type"),
    ("a number that is an integer", "table", feature(2, type="number"), "features.2.type"),
    ("a class too many", "text-labels", describe(classes=["z", "a", "m", "q"]), "probabilities"),
    ("a class too few", "text-labels", describe(classes=["z", "a"]), "probabilities"),
    ("another class", "text-labels", describe(classes=["z", "a", "b"]), "'m'"),
    ("numbers as text", "int-labels", describe(classes=["thirty", "ten", "twenty"]), "labels"),
    ("truths as text", "bool-labels", describe(classes=["yes", "no"]), "labels"),
    ("labels that are none", "renamed", describe(labels=[0, 1]), "labels"),
    ("no labels", "renamed", describe(labels=None), "labels"),
    ("a number that is a class", "regressor", describe(kind="classifier", classes=["a", "b"]), "probabilities"),
    ("a class that is a number", "text-labels", describe(kind="regressor", classes=None), "value"),
    ("a class that is several", "text-labels", describe(kind="multilabel"), "kind"),
    ("several that are a class", "multilabel", describe(kind="classifier", threshold=None), "multilabel"),
    ("another target", "targets", describe(targets=["sum", "difference"]), "difference"),
    ("a shape of another image", "image", tensor("inputs", 0, shape=[-1, 1, 2, 2]), "inputs.0"),
    ("a datatype of another image", "image", tensor("inputs", 0, datatype="UINT8"), "inputs.0"),
    ("another shape of the answer", "image", tensor("outputs", 0, shape=[-1, 5]), "outputs.0"),
    ("another tensor", "embedding", tensor("inputs", 0, name="tokens"), "tokens"),
    ("an answer that is not there", "embedding", tensor("outputs", 0, name="vector"), "vector"),
    ("logits", "text-labels", graph(compiled(LOGITS)), "logits"),
    ("no sum of one", "text-labels", graph(compiled(INDEPENDENT)), "multilabel"),
    ("one input for all", "text-labels", graph(compiled(VECTOR)), "one value"),
    ("the outputs of a converter", "regressor", edited(REGRESSOR, "value", "variable"), "value"),
    # Only the answers of the original model tell.
    ("classes in another order", "positions", describe(classes=["two", "one", "three"]), "row 0"),
    ("labels in another order", "renamed", describe(labels=[1, -1]), "row 0"),
    ("features in each other's place", "text-labels", graph(compiled(SWAPPED)), "row 0"),
    ("another threshold", "threshold", describe(threshold=0.6), "row 2"),
    ("another threshold of several", "multilabel", describe(threshold=0.96), "row 0"),
    ("another default", "table", feature(2, default=1), "row 2"),
    ("no gaps", "table", feature(0, optional=None), "row 1"),
    ("no other words", "table", feature(1, other_choices=None), "row 3"),
    ("a narrow range", "table", feature(0, maximum=50), "row 3"),
    ("another formula of a target", "targets", edited(TARGETS, "Mul (x, y)", "Sub (x, y)"), "row 0"),
    ("gaps that a converter forgets", "table", edited(TABLE, "Where (gap, usual, age)", "Identity (age)"), "finite"),
    ("words that a converter forgets", "table", edited(TABLE, '["S"]', '["s"]'), "row 0"),
    ("another model", "regressor", edited(REGRESSOR, "Sub (product, x)", "Sub (product, y)"), "row 0"),
    ("a model for others", "multilabel", edited(MULTILABEL, "(x, y, z)\n", "(y, x, z)\n"), "row 0"),
    ("another class in an example", "text-labels", example(1, label="z"), "row 1"),
    ("another number in an example", "regressor", example(2, value=510000.0), "row 2"),
    ("a class too few in an example", "text-labels", example(0, probabilities={"z": 1.0}), "row 0"),
    ("another vector in an example", "embedding", example(1, embedding=[[0.6, 0.8]]), "row 1"),
    ("a letter in an example", "every-type", example(1, string_out=[["a b", "\r"]]), "row 1"),
    # Without examples there is the model alone.
    ("text in another order", "text-labels", without_examples(describe(classes=["a", "m", "z"])), "disagree"),
    ("numbers in another order", "int-labels", without_examples(describe(classes=[10, 20, 30])), "disagree"),
    ("truths in another order", "bool-labels", without_examples(describe(classes=[False, True])), "disagree"),
    ("labels for the other class", "renamed", without_examples(describe(labels=[1, -1])), "disagree"),
    ("numbers from one", "positions", without_examples(graph(classifier_graph("xyz", "int64", [1, 2, 3]))), "labels"),
    ("numbers as names in another order", "positions", without_examples(describe(classes=["1", "0", "2"])), "labels"),
    ("logits of a model of before", "positions", without_examples(graph(compiled(LOGITS))), "logits"),
]  # fmt: skip


def bodies(kind: Kind) -> list[Row]:
    """A request for each row."""
    tensors = kind.metadata["kind"] == "tensors"
    return [{"inputs": given} if tensors else {"instances": [given]} for given, _ in kind.rows]


@pytest.fixture(scope="module")
def loaded(projects: Projects, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Loaded]:
    """What comes of each model, right and wrong."""
    folder = tmp_path_factory.mktemp("models")
    changed = {what: change(KINDS[name]) for what, name, change, _ in WRONG}
    changed |= {f"right {name}": kind for name, kind in KINDS.items()}
    changed |= {
        f"right {name} without examples": kind.without_examples() for name, kind in KINDS.items()
    }
    models = {what: (kind.write(folder / what), bodies(kind)) for what, kind in changed.items()}
    return load(projects.of(BARE_ML[0]), models)


@pytest.mark.parametrize(("what", "word"), [(row[0], row[3]) for row in WRONG], ids=lambda it: it)
def test_a_model_that_would_answer_wrongly_is_refused(
    loaded: dict[str, Loaded], what: str, word: str
) -> None:
    reason = loaded[what].reason
    assert reason is not None, loaded[what].answers
    assert word in reason
    assert "\n" not in reason


@pytest.mark.parametrize("name", KINDS)
def test_the_right_model_is_not(loaded: dict[str, Loaded], name: str) -> None:
    assert loaded[f"right {name}"].reason is None
    assert loaded[f"right {name} without examples"].reason is None


def test_examples_that_the_description_does_not_name_are_not_read(
    projects: Projects, tmp_path: Path
) -> None:
    # An update brings those of the example to a project that has a model of its own.
    before = KINDS["positions"].without_examples().but(kind=None)
    folder = before.write(tmp_path / "model")
    (folder / "examples.json").write_bytes(KINDS["table"].examples)
    (body, *_) = bodies(KINDS["positions"])
    loaded = load(projects.of(BARE_ML[0]), {"before": (folder, [body])})["before"]
    assert loaded.reason is None
    assert loaded.answers[0]["predictions"][0]["label"] == KINDS["positions"].rows[0][1]["label"]


GAPS = """
import sys
from pathlib import Path
from app.ml.serving.loading import load
from app.ml.serving.onnx_model import Runtime
from app.ml.serving.tensors import ProtocolError, read_request

model = load(Path(sys.argv[1]), Runtime(threads=1), 4)
head, tail = sys.stdin.buffer.read().split(b"|", 1)
try:
    print(read_request(head + tail, str(len(head)), model)[1]["age"].tolist())
except ProtocolError as error:
    print(error)
"""


@pytest.mark.parametrize(("optional", "said"), [(True, "[[nan]]"), (None, "not all finite")])
def test_the_protocol_has_nan_for_an_optional_number_alone(
    projects: Projects, tmp_path: Path, optional: bool | None, said: str
) -> None:
    project = projects.of(BARE_ML[0])
    kind = KINDS["table"].feature(0, optional=optional).without_examples()
    tensors = [
        sent("age", "FP32", [float("nan")], [1, 1]),
        sent("port", "BYTES", [b"S"], [1, 1]),
        sent("rooms", "INT64", [2], [1, 1]),
        sent("alone", "BOOL", [True], [1, 1]),
    ]
    emptied, data = in_binary(tensors)
    done = subprocess.run(  # noqa: S603 - the interpreter of the project under test
        [str(project / ".venv/bin/python"), "-c", GAPS, str(kind.write(tmp_path / "model"))],
        cwd=project,
        env=environment.for_service(str(project / ".venv/bin")),
        input=json.dumps({"inputs": emptied}).encode() + b"|" + data,
        stdout=subprocess.PIPE,
        check=True,
    )
    assert said in done.stdout.decode()
