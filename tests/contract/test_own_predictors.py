"""Contract, "Predictions": what the owner of a project makes of `app/ml/predictor.py`.

The models are loaded as a service loads them, in one process for each predictor.
"""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.support import projects as support
from tests.support.combinations import BARE_ML
from tests.support.model_kinds import KINDS, REGRESSOR, compiled
from tests.support.model_loading import Loaded, load
from tests.support.projects import Projects

pytestmark = pytest.mark.xdist_group("own-predictors")

# A model that is no ONNX: numbers in a file. It counts the letters of a text, and how many are vowels.
LETTERS = """
import json
import numpy as np


class Predictor:
    def load(self, folder, metadata, runtime):
        self.vowels = set(json.loads((folder / metadata.file).read_bytes()))

    def prepare(self, columns):
        return {"letters": np.array([list(text) for text in columns["text"].ravel()], object)}

    def predict(self, columns):
        vowels = [sum(letter in self.vowels for letter in text) for text in columns["letters"]]
        return {"vowels": np.array(vowels), "letters": np.array([len(t) for t in columns["letters"]])}

    def finish(self, outputs):
        share = outputs["vowels"] / np.maximum(outputs["letters"], 1)
        return {"probabilities": np.stack([1 - share, share], axis=1), "vowels": outputs["vowels"]}
"""
VOWELS = json.dumps(list("aeiou")).encode()
WORDS = {"aeon": 0.75, "rhythm": 0.0, "": 0.0}
# Each of these mistakes is made with the model of its name.
MISTAKEN = """
from app.ml.serving.onnx_model import OnnxModel

PREPARE = {
    "error": lambda columns: columns["nothing"],
    "no-input": lambda columns: {},
    "type": lambda columns: {name: values.astype(float) for name, values in columns.items()},
}
FINISH = {
    "list": lambda value: {"value": value.tolist()},
    "rows": lambda value: {"value": value, "sum": value.sum(axis=0)},
    "nan": lambda value: {"value": value * float("nan")},
    "name": lambda value: {"price": value},
    "batch": lambda value: {"value": value - value.mean()},
}


class Predictor:
    def load(self, folder, metadata, runtime):
        self.name = metadata.name
        self.model = OnnxModel(folder, metadata, runtime)

    def prepare(self, columns):
        return PREPARE.get(self.name, dict)(columns)

    def predict(self, columns):
        return self.model.run(columns)

    def finish(self, outputs):
        return FINISH.get(self.name, lambda value: {"value": value})(outputs["value"])
"""
MISTAKES = {
    "none": None,
    "error": "app/ml/predictor.py, line 5: KeyError: 'nothing'",
    "no-input": "the input x of the model gets no values",
    "type": "the input x takes FP32, and gets float64",
    "list": "the output value is a list",
    "rows": "the output sum has the shape",
    "nan": "not all finite",
    "name": "no output value",
    "batch": "depends on others",
}


def asked(
    projects: Projects,
    tmp_path: Path,
    predictor: str,
    models: dict[str, tuple[Path, list[dict[str, Any]]]],
) -> dict[str, Loaded]:
    """What comes of the models with this predictor."""
    project = support.copy(projects.of(BARE_ML[0]), tmp_path / "project")
    (project / "app/ml/predictor.py").write_text(predictor)
    return load(project, models)


def words(folder: Path, **changes: object) -> Path:
    """A model of the predictor `LETTERS`."""
    folder.mkdir()
    examples = [
        {
            "instance": {"text": word},
            "prediction": {
                "label": "vowels" if share >= 0.5 else "consonants",
                "probabilities": {"consonants": 1 - share, "vowels": share},
            },
        }
        for word, share in WORDS.items()
    ]
    written = json.dumps(examples).encode()
    (folder / "examples.json").write_bytes(written)
    (folder / "vowels.json").write_bytes(VOWELS)
    metadata = {
        "name": "letters",
        "version": "1",
        "file": "vowels.json",
        "sha256": sha256(VOWELS).hexdigest(),
        "examples": sha256(written).hexdigest(),
        "features": [{"name": "text", "type": "string"}],
        "classes": ["consonants", "vowels"],
    }
    (folder / "model.json").write_text(json.dumps(metadata | changes))
    return folder


def test_a_model_that_is_no_onnx_answers_as_its_examples_say(
    projects: Projects, tmp_path: Path
) -> None:
    body = {"instances": [{"text": word} for word in WORDS]}
    models = {
        "right": (words(tmp_path / "right"), [body]),
        "another file": (words(tmp_path / "hash", sha256="0" * 64), [body]),
        "another order": (words(tmp_path / "order", classes=["vowels", "consonants"]), [body]),
    }
    loaded = asked(projects, tmp_path, LETTERS, models)
    assert loaded["right"].reason is None
    (answer,) = loaded["right"].answers
    assert [row["probabilities"]["vowels"] for row in answer["predictions"]] == [*WORDS.values()]
    assert answer["predictions"][0]["label"] == "vowels"
    assert "sha256 of vowels.json" in str(loaded["another file"].reason)
    assert "row 0" in str(loaded["another order"].reason)


def test_a_mistake_in_a_predictor_is_found_when_the_model_is_loaded(
    projects: Projects, tmp_path: Path
) -> None:
    for name in MISTAKES:
        KINDS["regressor"].but(name=name).write(tmp_path / name)
    loaded = asked(projects, tmp_path, MISTAKEN, {name: (tmp_path / name, []) for name in MISTAKES})
    for name, said in MISTAKES.items():
        reason = loaded[name].reason
        assert (reason is None) if said is None else said in str(reason), name


def test_a_model_whose_answer_depends_on_other_rows_is_refused(
    projects: Projects, tmp_path: Path
) -> None:
    mean = "mean = ReduceMean <keepdims = 0> (x) value = Sub (product, mean)"
    onnx = compiled(REGRESSOR.replace("value = Sub (product, x)", mean))
    folder = tmp_path / "model"
    KINDS["regressor"].without_examples().with_onnx(onnx).write(folder)
    loaded = load(projects.of(BARE_ML[0]), {"model": (folder, [])})
    assert "depends on others" in str(loaded["model"].reason)
