"""Models in ONNX as their owners have them, and what imports several of them in one process."""

import json
import os
import subprocess
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from uv import find_uv_bin

from tests.support import environment
from tests.support.projects import run

HEAD = '<ir_version: 8, opset_import: ["": 17, "ai.onnx.ml": 3]>\n'
WEIGHTS = "w = Constant <value = float[4,3] {1,0,-1, 0.5,1,0, 0,0.25,1, -0.5,0,1}> ()\n"
MODELS = {
    "logits": f"g (float[N,4] x) => (float[N,3] y) {{ {WEIGHTS} y = MatMul (x, w) }}",
    "one_logit": """g (float[N,4] x) => (float[N,1] y)
        { w = Constant <value = float[4,1] {1,0,-1,2}> () y = MatMul (x, w) }""",
    "softmax": f"""g (float[N,4] x) => (float[N,3] y)
        {{ {WEIGHTS} scores = MatMul (x, w) y = Softmax <axis = 1> (scores) }}""",
    "scores": f"""g (float[N,4] x) => (int64[N] label, float[N,3] scores)
        {{ {WEIGHTS} scores = MatMul (x, w) label = ArgMax <axis = 1, keepdims = 0> (scores) }}""",
    "fixed": f"g (float[1,4] x) => (float[1,3] y) {{ {WEIGHTS} y = MatMul (x, w) }}",
    "image": """g (float[N,3,8,8] image) => (float[N,3] y)
        { y = ReduceMean <axes = [2, 3], keepdims = 0> (image) }""",
    "tokens": """g (int64[N,S] ids, int64[N,S] mask) => (float[N,1] y)
        { kept = Mul (ids, mask) numbers = Cast <to = 1> (kept) y = ReduceMean <axes = [1]> (numbers) }""",
    "sum": """g (float[N,1] age, double[N] fare) => (float[N,1] variable)
        { axis = Constant <value_ints = [1]> () column = Unsqueeze (fare, axis)
          other = Cast <to = 1> (column) variable = Add (age, other) }""",
    "twice": "g (float[N,2] x) => (float[N,2] y) { y = Add (x, x) }",
    "root": "g (float[N,1] x) => (float[N,1] y) { y = Sqrt (x) }",
    "scalar": "g (float[N,1] x) => (float y) { y = ReduceMean <keepdims = 0> (x) }",
}
LABELS: dict[str, list[Any]] = {
    "strings": ["virginica", "setosa", "versicolor"],
    "integers": [10, 20, 30],
    "signs": [-1, 1],
}
# The commands stand in a file; what each of them printed, and how it ended, goes to another one.
DRIVER = """\
import contextlib, io, json, os, sys
from app.ml.importing.__main__ import main
answers = []
for folder, *words in json.load(open(sys.argv[1])):
    os.environ["MODEL_PATH"], sys.argv[1:] = folder, sys.argv[1:2] + words
    printed, ended = io.StringIO(), ""
    argv, sys.argv = sys.argv, ["import-model", *words]
    with contextlib.redirect_stdout(printed):
        try:
            main()
        except SystemExit as error:
            ended = str(error)
    sys.argv = argv
    answers.append([ended, printed.getvalue()])
json.dump(answers, open(sys.argv[1] + ".answers", "w"))
"""


def write_models(folder: Path) -> None:
    """Write all models, and rows for them."""
    for name, text in MODELS.items():
        proto = onnx.parser.parse_model(HEAD + text)
        onnx.checker.check_model(proto)
        onnx.save(proto, folder / f"{name}.onnx")
    for name, labels in LABELS.items():
        for zipmap in (False, True):
            onnx.save(linear(labels, zipmap=zipmap), folder / f"{name}{'_zipped' * zipmap}.onnx")
    proto = onnx.parser.parse_model(
        f"{HEAD} g (float[N,4] x) => (float[N,1] y) {{ y = MatMul (x, w) }}"
    )
    weights = numpy_helper.from_array(np.ones((4, 1), np.float32), "w")
    proto.graph.initializer.append(weights)
    onnx.save(
        proto,
        folder / "lost.onnx",
        save_as_external_data=True,
        size_threshold=0,
        location="lost.data",
    )
    (folder / "lost.data").unlink()
    onnx.save(linear(["a", "b"], zipmap=True, doubles=True), folder / "doubles_zipped.onnx")
    (folder / "garbage.onnx").write_bytes(b"garbage")
    rows = [f"{n / 10},{n % 7},{-n / 5},{n * n / 100}" for n in range(60)]
    (folder / "rows.csv").write_text("\n".join(["a,b,c d,100%", *rows]))
    (folder / "short.csv").write_text("a,b\n1,2\n")
    (folder / "ragged.csv").write_text("a,b\n1\n")


def linear(labels: Sequence[Any], *, zipmap: bool, doubles: bool = False) -> onnx.ModelProto:
    """A classifier as the converters write it, with the class labels in its nodes."""
    count, texts = len(labels), isinstance(labels[0], str)
    coefficients = [((7 * n) % 5 - 2) / 2 for n in range(4 * count)]
    kinds: dict[str, Any] = (
        {"classlabels_strings": labels} if texts else {"classlabels_ints": labels}
    )
    classifier = helper.make_node(
        "LinearClassifier",
        ["X"],
        ["output_label", "raw"],
        domain="ai.onnx.ml",
        coefficients=coefficients,
        intercepts=[0.0] * count,
        post_transform="SOFTMAX",
        **kinds,
    )
    name = "output_probability"
    last = helper.make_node("Identity", ["raw"], [name])
    scores = helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, count])
    if zipmap:
        kinds = {"classlabels_strings" if texts else "classlabels_int64s": labels}
        last = helper.make_node("ZipMap", ["raw"], [name], domain="ai.onnx.ml", **kinds)
        number = helper.make_tensor_type_proto(TensorProto.FLOAT, [])
        key = TensorProto.STRING if texts else TensorProto.INT64
        pairs = helper.make_map_type_proto(key, number)
        scores = helper.make_value_info(name, helper.make_sequence_type_proto(pairs))
    nodes = [classifier, last]
    if doubles:
        last.input[0] = "doubles"
        nodes.insert(1, helper.make_node("Cast", ["raw"], ["doubles"], to=TensorProto.DOUBLE))
    label = TensorProto.STRING if texts else TensorProto.INT64
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("X", TensorProto.FLOAT, [None, 4])],
        [helper.make_tensor_value_info("output_label", label, [None]), scores],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def import_all(project: Path, folder: Path, commands: list[list[str]]) -> list[tuple[str, str]]:
    """Import models in one process: how each command ended, and what it printed.

    The first word of a command is the folder of the model.
    """
    python, packages = project / ".venv/bin/python", folder / "packages"
    onnx_version = f"onnx=={metadata.version('onnx')}"
    run(
        *(find_uv_bin(), "pip", "install", "--quiet", "--no-deps", "--python", str(python)),
        *("--target", str(packages), onnx_version, "ml-dtypes"),
        folder=folder,
    )
    (folder / "commands.json").write_text(json.dumps(commands))
    paths = os.pathsep.join(map(str, (project, packages)))
    run(str(python), "-c", DRIVER, "commands.json", folder=folder, PYTHONPATH=paths)
    answers = json.loads((folder / "commands.json.answers").read_text())
    return [(ended, printed) for ended, printed in answers]


def import_one(
    project: Path, packages: Path, words: Sequence[str], model_path: Path
) -> subprocess.CompletedProcess[str]:
    """Import one model, as `poe import-model` does in its environment."""
    paths = os.pathsep.join(map(str, (project, packages)))
    settings = {"PYTHONPATH": paths, "MODEL_PATH": str(model_path), "UV": find_uv_bin()}
    return subprocess.run(  # noqa: S603 - a project of the tests
        [project / ".venv/bin/python", "-m", "app.ml.importing", *words],
        check=False,
        cwd=project,
        env=environment.for_tools() | settings,
        capture_output=True,
        text=True,
    )


# Fitted models and their rows, written as their owners do; the names of those wanted are arguments.
TRAIN = """\
import sys
import joblib
import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_iris
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

rng = np.random.default_rng(0)
iris = load_iris(as_frame=True)
flowers, kinds = iris.data, iris.target_names[iris.target]
gaps = flowers.mask(rng.random(flowers.shape) < 0.2)

def titanic():
    rows = pd.DataFrame({"age": rng.uniform(18, 80, 300), "class": rng.integers(1, 4, 300)})
    rows["port of call"] = rng.choice(["S", "C", "Q"], 300).astype(object)
    lived = np.where((rows.age > 40) ^ (rows["port of call"] == "C"), "yes", "no")
    rows.loc[rng.random(300) < 0.2, "age"] = np.nan
    rows.loc[rng.random(300) < 0.1, "port of call"] = np.nan
    columns = make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), ["age"]),
        ("passthrough", ["class"]),
        (
            make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")),
            ["port of call"],
        ),
    )
    return make_pipeline(columns, LogisticRegression()).fit(rows, lived), rows

def booleans():
    return RandomForestClassifier(8, random_state=0).fit(flowers, iris.target > 0), flowers

def text():
    words = ["good", "great", "fine", "bad", "poor", "sad"]
    texts = [" ".join(rng.choice(words, 5)) for _ in range(100)]
    praise = [text.count("o") > 3 for text in texts]
    model = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(texts, praise)
    return model, pd.DataFrame({"text": texts})

def targets():
    values = flowers.iloc[:, 2:]
    return LinearRegression().fit(flowers.iloc[:, :2], values), flowers

def lightgbm():
    from lightgbm import LGBMClassifier
    return LGBMClassifier(n_estimators=5, verbose=-1).fit(gaps.to_numpy(), kinds), gaps

def spaces():
    from lightgbm import LGBMClassifier
    return LGBMClassifier(n_estimators=5, verbose=-1).fit(gaps, kinds), gaps

def xgboost():
    from xgboost import XGBClassifier
    return XGBClassifier(n_estimators=5).fit(gaps, iris.target), gaps

def catboost():
    from catboost import CatBoostClassifier
    return CatBoostClassifier(iterations=5, verbose=0, allow_writing_files=False).fit(gaps, kinds), gaps

def booster():
    return xgboost()[0].get_booster(), gaps

def categories():
    from lightgbm import LGBMClassifier
    rows = flowers.assign(size=pd.Categorical(np.where(flowers.iloc[:, 0] > 6, "big", "small")))
    return LGBMClassifier(n_estimators=5, verbose=-1).fit(rows, kinds), rows

def dropped():
    names = list(flowers)
    columns = make_column_transformer((StandardScaler(), names[1:]), remainder="drop")
    return make_pipeline(columns, LogisticRegression(max_iter=500)).fit(flowers, kinds), flowers

def histogram():
    return HistGradientBoostingClassifier(max_iter=5).fit(gaps, kinds), gaps

def forest():
    return RandomForestClassifier(8, random_state=0).fit(gaps, kinds), gaps

def scores():
    from sklearn.svm import LinearSVC
    return LinearSVC().fit(flowers, kinds), flowers

def dictionary():
    return {"model": None}, flowers

for name in sys.argv[1:]:
    model, rows = globals()[name]()
    joblib.dump(model, f"{name}.joblib")
    rows.to_csv(f"{name}.csv", index=False)
"""


def train(project: Path, folder: Path, names: Sequence[str]) -> None:
    """Write fitted models and their rows, with what `poe import-model` reads them with."""
    pins = "from app.ml.importing.pickled import BASE, BOOSTING; import json;"
    print_pins = f"{pins} print(json.dumps([BASE, BOOSTING]))"
    done = subprocess.run(  # noqa: S603 - a project of the tests
        [project / ".venv/bin/python", "-c", print_pins],
        cwd=project,
        env=environment.for_tools() | {"PYTHONPATH": str(folder / "packages")},
        check=True,
        capture_output=True,
        text=True,
    )
    base, boosting = json.loads(done.stdout)
    pinned = base | {key: pin for name in names for key, pin in boosting.get(name, {}).items()}
    withs = [word for name, pin in pinned.items() for word in ("--with", f"{name}=={pin}")]
    uv = (find_uv_bin(), "run", "--quiet", "--no-project", "--isolated", *withs)
    run(*uv, "python", "-c", TRAIN, *names, folder=folder)
