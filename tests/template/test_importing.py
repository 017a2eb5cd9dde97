"""`poe import-model` makes a model of the owner's the one that is served, or says what to change."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.support import projects as support
from tests.support.combinations import BARE_ML, CONTRACT_STRENGTH
from tests.support.importing import TRAIN, import_all, import_one, train, write_models
from tests.support.projects import REPOSITORY, Projects

LETTERS = ["--columns", "a,b,c,d"]
ROWS = ["--samples", "rows.csv"]
# The model, the options, and what its description says.
IMPORTED: dict[str, tuple[list[str], dict[str, Any]]] = {
    "logits of three": (["logits.onnx", *LETTERS, "--logits"], {"classes": [0, 1, 2]}),
    "one logit": (
        ["one_logit.onnx", *LETTERS, "--logits", "--threshold", "0.25"],
        {"classes": [0, 1], "threshold": 0.25},
    ),
    "softmax": (["softmax.onnx", *LETTERS], {"classes": [0, 1, 2]}),
    "a label beside logits": (["scores.onnx", *ROWS, "--logits"], {"classes": [0, 1, 2]}),
    "fixed rows": (["fixed.onnx", *LETTERS, "--logits"], {"classes": [0, 1, 2]}),
    "labels of its own logits": (
        [
            "logits.onnx",
            *LETTERS,
            "--logits",
            "--kind",
            "multilabel",
            "--targets",
            "red,green,blue",
        ],
        {"kind": "multilabel", "classes": ["red", "green", "blue"]},
    ),
    "a vector": (["logits.onnx"], {"kind": "tensors"}),
    "an image": (["image.onnx"], {"kind": "tensors"}),
    "an image whose kind is said": (["image.onnx", "--kind", "tensors"], {"kind": "tensors"}),
    "tokens": (["tokens.onnx"], {"kind": "tensors"}),
    "a sum": (["sum.onnx"], {"kind": "regressor", "targets": ["value"]}),
    "several targets": (
        ["twice.onnx", "--columns", "a,b", "--targets", "low,high"],
        {"kind": "regressor", "targets": ["low", "high"]},
    ),
    "a root, of which some rows have none": (["root.onnx"], {"kind": "regressor"}),
    "strings in their order": (
        ["strings.onnx", *ROWS],
        {"classes": ["virginica", "setosa", "versicolor"]},
    ),
    "strings of ZipMap": (
        ["strings_zipped.onnx", *ROWS],
        {"classes": ["virginica", "setosa", "versicolor"]},
    ),
    "integers": (["integers.onnx", *ROWS], {"classes": [10, 20, 30]}),
    "integers of ZipMap": (["integers_zipped.onnx", *ROWS], {"classes": [10, 20, 30]}),
    "minus and plus one": (["signs.onnx", *ROWS], {"classes": [-1, 1]}),
    "minus and plus one of ZipMap": (["signs_zipped.onnx", *ROWS], {"classes": [-1, 1]}),
    "beside others": (["sum.onnx", "--to", "price/3"], {"name": "price", "version": "3"}),
}
# The model, the options, and what the line says.
REFUSED: dict[str, tuple[list[str], str]] = {
    "no file": (["none.onnx"], "none.onnx: there is no such file"),
    "no model": (["garbage.onnx"], "garbage.onnx is no model in ONNX"),
    "no names": (["strings.onnx"], "one vector of 4 values: name them with --columns"),
    "too few names": (
        ["logits.onnx", "--columns", "a,b"],
        "takes 4 values a row and --columns has 2",
    ),
    "too few columns": (["strings.onnx", "--samples", "short.csv"], "the file of --samples has 2"),
    "a ragged file": (["strings.onnx", "--samples", "ragged.csv"], "row 2 has not the 2 values"),
    "no such column": (["sum.onnx", *ROWS], "the file of --samples has no column age"),
    "logits that nobody named": (["scores.onnx", *ROWS], "--logits makes probabilities of them"),
    "one name twice": (["twice.onnx", "--columns", "value_1,b"], "both called value_1: rename"),
    "too few targets": (
        ["twice.onnx", "--columns", "a,b", "--targets", "c"],
        "2 values, and --targets",
    ),
    "no rows in an output": (["scalar.onnx"], "with the row as the first dimension of each output"),
    "lost weights": (["lost.onnx", *LETTERS], "its weights are missing: put lost.data beside"),
    "doubles before ZipMap": (["doubles_zipped.onnx", *ROWS], ": export it without ZipMap"),
    "a bad place": (["sum.onnx", "--to", "../1"], "--to ../1 is no NAME/VERSION"),
    "two names": (["sum.onnx", "--to", "a/1", "--name", "b"], "leave out --name and --version"),
}
# Fitted models in pickles, and what their descriptions say, or the refusal; the further ones at night.
PICKLED: dict[str, dict[str, Any] | str] = {"titanic": {"classes": ["no", "yes"]}}
if CONTRACT_STRENGTH > 2:
    PICKLED |= {
        "booleans": {"classes": [False, True], "labels": [0, 1]},
        "text": {"classes": [False, True]},
        "targets": {"kind": "regressor", "targets": ["value_1", "value_2"]},
        "lightgbm": {"classes": ["setosa", "versicolor", "virginica"]},
        "spaces": {"classes": ["setosa", "versicolor", "virginica"]},
        "xgboost": {"classes": [0, 1, 2]},
        "catboost": {"classes": ["setosa", "versicolor", "virginica"]},
        "booster": "holds a Booster of xgboost, which does not say what it answers: let an XGBClassifier",
        "categories": "put a ColumnTransformer with an OrdinalEncoder before it and train again",
        "dropped": {"classes": ["setosa", "versicolor", "virginica"]},
        "histogram": {"classes": ["setosa", "versicolor", "virginica"]},
        "forest": "branches at missing values, which its converter does not know",
        "scores": "gives no probabilities: wrap it in",
        "dictionary": "holds a dict, not a fitted model",
    }


@pytest.fixture(scope="module")
def project(projects: Projects, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of a project that serves a model."""
    return support.copy(projects.of(BARE_ML[0]), tmp_path_factory.mktemp("importing") / "project")


@pytest.fixture(scope="module")
def imported(project: Path) -> dict[str, tuple[Path, str, str]]:
    """Each case's folder, how the command ended, and what it printed."""
    folder = project.parent / "models"
    folder.mkdir()
    write_models(folder)
    cases = {name: words for name, (words, _) in (IMPORTED | REFUSED).items()}
    places = {name: folder / f"served-{number}" for number, name in enumerate(cases)}
    commands = [[str(places[name]), *words] for name, words in cases.items()]
    answers = import_all(project, folder, commands)
    return {name: (places[name], *answer) for name, answer in zip(cases, answers, strict=True)}


@pytest.mark.parametrize("case", IMPORTED)
def test_a_model_is_imported(imported: dict[str, tuple[Path, str, str]], case: str) -> None:
    words, described = IMPORTED[case]
    place, ended, printed = imported[case]
    assert ended == ""
    folder = place / "price/3" if case == "beside others" else place
    assert {path.name for path in folder.iterdir()} == {"model.onnx", "model.json", "examples.json"}
    metadata = json.loads((folder / "model.json").read_text())
    assert {key: metadata.get(key) for key in described} == described
    assert json.loads((folder / "examples.json").read_text())
    assert "curl -s localhost:8000/api/v1/" in printed
    if ROWS[0] in words:
        assert [feature["name"] for feature in metadata["features"]] == ["a", "b", "c d", "100%"]
        assert metadata["features"][1] == {
            "name": "b",
            "type": "integer",
            "minimum": 0,
            "maximum": 6,
        }


@pytest.mark.parametrize("case", REFUSED)
def test_a_refusal_is_one_line_that_says_what_to_change(
    imported: dict[str, tuple[Path, str, str]], case: str
) -> None:
    place, ended, printed = imported[case]
    assert ended.startswith("nothing is imported: ")
    assert REFUSED[case][1] in ended
    assert "\n" not in ended
    assert (printed, place.exists()) == ("", False)


@pytest.fixture(scope="module")
def trained(project: Path, imported: object) -> Path:
    """The folder of the pickled models."""
    train(project, project.parent / "models", list(PICKLED))
    return project.parent / "models"


@pytest.mark.parametrize("name", PICKLED)
def test_a_pickled_model_is_converted_and_compared(
    project: Path, trained: Path, name: str, tmp_path: Path
) -> None:
    words = [f"{name}.joblib", "--samples", f"{name}.csv", "--to", f"{name}/7"]
    expected = PICKLED[name]
    command = [str(trained / word) if (trained / word).exists() else word for word in words]
    done = import_one(project, trained / "packages", command, tmp_path)
    assert "is a pickle: reading it runs the code in it" in done.stdout
    folder = tmp_path / name / "7"
    if isinstance(expected, str):
        assert expected in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
        assert not folder.exists()
        return
    assert done.returncode == 0, done.stderr
    metadata = json.loads((folder / "model.json").read_text())
    assert {key: metadata.get(key) for key in expected} == expected
    if name == "titanic":
        age, booking, port = metadata["features"]
        assert age["optional"]
        assert booking == {"name": "class", "type": "integer", "minimum": 1, "maximum": 3}
        assert port == {
            "name": "port of call",
            "type": "string",
            "choices": ["C", "Q", "S"],
            "other_choices": True,
            "optional": True,
        }


# What each row of the manual's table begins with, and what proves it: imports of above, or a test.
PROVEN: dict[str, list[str] | str] = {
    "scikit-learn, LightGBM": ["titanic"],
    "ONNX with an input for each column": ["a sum"],
    "ONNX with one vector": ["softmax"],
    "a network in ONNX that answers with logits": ["logits of three", "labels of its own logits"],
    "a text, with the vectorizer": ["text"],
    "a text, with a tokenizer": "docs/test_own_predictor.py::test_the_example_serves_its_model",
    "images, embeddings, sound": ["an image whose kind is said"],
    "PyTorch": "docs/test_own_predictor.py::test_the_example_serves_its_model",
    "a pickle that cannot be converted": "docs/test_own_predictor.py::test_the_example_serves_its_model",
    "steps of your own": "contract/test_own_predictors.py::test_a_model_that_is_no_onnx_answers_as_its_examples_say",
    "two classes, and a threshold": ["one logit"],
    "[a threshold for each class]": "docs/test_own_predictor.py::test_the_example_serves_its_model",
    "several models": "contract/test_several_models.py::test_the_canary_answers_its_share_and_says_so",
    "weights of several GB": "contract/test_weights.py::test_weights_beside_the_graph_are_loaded",
    "a model that needs a GPU": "contract/test_weights.py::test_a_provider_that_is_not_available_leaves_its_place_to_the_next",
}


def test_each_row_of_the_manual_is_proven() -> None:
    table = (REPOSITORY / "docs/ml.md").read_text().split("## Your model, and what to do")[1]
    rows = [row for row in table.split("## ")[0].splitlines() if row.startswith("| ")][2:]
    assert len(rows) == len(PROVEN)
    for row, (beginning, proof) in zip(rows, PROVEN.items(), strict=True):
        assert row.startswith(f"| {beginning}")
        if isinstance(proof, str):
            file, _, test = proof.partition("::")
            assert f"def {test}(" in (REPOSITORY / "tests" / file).read_text()
            continue
        for case in proof:
            # Some pickles are imported at night only, and all are made by functions of their names.
            words = IMPORTED[case][0] if case in IMPORTED else ["--samples"]
            assert case in IMPORTED or f"def {case}()" in TRAIN
            options = {word for word in re.findall("--[a-z]+", row) if word != "--kind"}
            assert options <= {*words}
