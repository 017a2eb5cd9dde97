"""The examples of `own-predictor.md`: each trains its model, serves it, and answers as it says."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import onnx
import pytest
from uv import find_uv_bin

from tests.docs.manual import DOCS, Change, sections
from tests.support import projects as support
from tests.support.combinations import BARE_ML
from tests.support.inference import FLOWERS, MODEL_FILE, PREDICTIONS, flower, inputs
from tests.support.projects import Projects, run
from tests.support.services import Service

PAGE = DOCS / "own-predictor.md"
# What the examples import, beside what each project has.
PACKAGES: tuple[str, ...] = ("joblib", "pandas", "scikit-learn", "skl2onnx", "tokenizers")
# Turns the numbers of a text into logits: how many of its words are good, less than half of one.
NETWORK = """
<ir_version: 10, opset_import: ["": 20]>
network (int64[N,L] input_ids, int64[N,L] attention_mask) => (float[N,2] logits)
{
    good = Constant <value_int = 2> ()
    is_good = Equal (input_ids, good)
    goods = Cast <to = 1> (is_good)
    axis = Constant <value_ints = [1]> ()
    count = ReduceSum <keepdims = 1> (goods, axis)
    half = Constant <value_float = 0.5> ()
    above = Sub (count, half)
    below = Neg (above)
    logits = Concat <axis = 1> (below, above)
}
"""
WORDS = {"[UNK]": 0, "[PAD]": 1, "good": 2, "bad": 3}


def train(project: Path, packages: Path) -> None:
    """Run `poe train`, with its packages in another folder."""
    python = str(project / ".venv/bin/python")
    run(python, "-m", "app.ml.train", folder=project, PYTHONPATH=str(packages))


def write_text_model(project: Path, packages: Path) -> None:
    """Write the model that the example of a tokenizer presupposes."""
    folder = project / "model"
    script = (
        "import sys, json; from tokenizers import Tokenizer, models, pre_tokenizers\n"
        "tokenizer = Tokenizer(models.WordLevel(json.loads(sys.argv[1]), unk_token='[UNK]'))\n"
        "tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()\n"
        "tokenizer.save('model/tokenizer.json')"
    )
    python = str(project / ".venv/bin/python")
    run(python, "-c", script, json.dumps(WORDS), folder=project, PYTHONPATH=str(packages))
    proto = onnx.parser.parse_model(NETWORK)
    (folder / MODEL_FILE).write_bytes(proto.SerializeToString())
    examples = json.dumps(
        [
            {"instance": {"text": "so good"}, "prediction": {"label": "positive"}},
            {"instance": {"text": "bad"}, "prediction": {"label": "negative"}},
        ]
    )
    (folder / "examples.json").write_text(examples)
    metadata = {
        "name": "reviews",
        "version": "1",
        "sha256": hashed(folder / MODEL_FILE),
        "examples": hashed(folder / "examples.json"),
        "data": {"tokenizer.json": hashed(folder / "tokenizer.json")},
        "features": [{"name": "text", "type": "string"}],
        "classes": ["negative", "positive"],
    }
    (folder / "model.json").write_text(json.dumps(metadata))


def hashed(file: Path) -> str:
    return sha256(file.read_bytes()).hexdigest()


def predict(service: Service, *instances: object) -> list[dict[str, Any]]:
    answer = service.client.post(PREDICTIONS, json={"instances": instances})
    assert answer.status_code == 200, answer.text
    predictions: list[dict[str, Any]] = answer.json()["predictions"]
    return predictions


def answers_as_trained(service: Service) -> None:
    """The answers are those of the original model, which the examples have."""
    examples = json.loads((service.project / "model/examples.json").read_text())
    found = predict(service, *(example["instance"] for example in examples))
    for example, prediction in zip(examples, found, strict=True):
        expected = example["prediction"]
        assert {key: prediction[key] for key in expected} == pytest.approx(expected, rel=1e-3)


def reads_texts(service: Service) -> None:
    texts = ["good " * 1000, "what a bad day", ""]
    found = predict(service, *({"text": text} for text in texts))
    assert [prediction["label"] for prediction in found] == ["positive", "negative", "negative"]
    assert found[1]["probabilities"] == pytest.approx(
        {"negative": 0.731, "positive": 0.269}, abs=1e-3
    )


def chooses_by_thresholds(service: Service) -> None:
    between = flower("versicolor", petal_length=4.9, petal_width=1.7)
    for prediction in predict(service, *map(flower, FLOWERS), between):
        likely = prediction["probabilities"]
        by_class = zip(likely, (0.8, 0.5, 0.3), strict=True)
        assert prediction["label"] == max(by_class, key=lambda pair: likely[pair[0]] / pair[1])[0]


def explains(service: Service) -> None:
    answer = service.client.post("/v2/models/iris/infer", json={"inputs": inputs("setosa")})
    outputs = {output["name"]: output for output in answer.json()["outputs"]}
    assert outputs["influence"]["shape"] == [1, 4, 3]
    # What makes it a setosa is its petals.
    assert outputs["influence"]["data"][6] > 0.1
    assert predict(service, flower())[0]["label"] == "setosa"


@dataclass(frozen=True)
class Example:
    """A section of the page, how its model comes about, and what its service does."""

    section: str
    prepare: Callable[[Path, Path], None]
    check: Callable[[Service], None]


EXAMPLES = [
    Example("A pickle", train, answers_as_trained),
    Example("A tokenizer", write_text_model, reads_texts),
    Example("A threshold for each class", train, chooses_by_thresholds),
    Example("An explanation", lambda *_: None, explains),
]
if "SCAFFOLD_TORCH" in os.environ:  # at night: it is large
    EXAMPLES.append(Example("A PyTorch module", train, answers_as_trained))
    PACKAGES += ("torch",)


@pytest.fixture(scope="session")
def packages(projects: Projects, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the examples import, in the versions that the projects pin."""
    folder = tmp_path_factory.mktemp("packages")
    _, pins = support.requirements("fastapi")
    constraints = folder / "constraints.txt"
    constraints.write_text("\n".join(sorted(pins)))
    python = projects.environment("fastapi") / "bin/python"
    run(
        *(find_uv_bin(), "pip", "install", "--quiet", "--python", str(python)),
        *("--target", str(folder), "--constraints", str(constraints), *PACKAGES),
        folder=folder,
    )
    return folder


@pytest.mark.parametrize("combination", BARE_ML, ids=str)
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.section)
def test_the_example_serves_its_model(
    projects: Projects, packages: Path, tmp_path: Path, combination: Any, example: Example
) -> None:
    project = support.copy(projects.of(combination), tmp_path / "myapi")
    for step in sections(PAGE)[example.section]:
        if isinstance(step, Change):
            step.apply(project, replaces=True)
    ruff = str(project / ".venv/bin/ruff")
    run(ruff, "check", "app", folder=project)
    run(ruff, "format", "--check", "app", folder=project)
    example.prepare(project, packages)
    with Service(project, tmp_path / "service", {"PYTHONPATH": str(packages)}) as service:
        assert service.client.get("/readyz").status_code == 200, service.stdout
        example.check(service)


def test_each_example_of_the_page_is_tested() -> None:
    tested = {example.section for example in EXAMPLES} | {"A PyTorch module"}
    assert {name for name, steps in sections(PAGE).items() if steps} == tested
