"""Trains the models of `own_models.py`: `own_models_train.py FOLDER`.

For each case FOLDER has a folder with what a data scientist has (`model.joblib` or `model.onnx`,
and the table that it was trained on, `samples.csv`), and `rows.json`: 200 rows, each with what
clients send and what the original model answers.
"""

import json
import sys
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import onnx
import pandas as pd
from lightgbm import LGBMClassifier
from onnx.external_data_helper import convert_model_to_external_data
from onnxruntime import InferenceSession
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_iris
from sklearn.ensemble import (
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from xgboost import XGBClassifier

ROWS = 200
random = np.random.default_rng(7)
iris = load_iris(as_frame=True)
flowers = iris.data.set_axis(["sl", "sw", "pl", "pw"], axis="columns")
kinds = iris.target.to_numpy()
# Flowers that no model has seen.
chosen = random.integers(0, len(flowers), ROWS)
others = (flowers.iloc[chosen] + random.normal(0, 0.15, (ROWS, 4))).round(2)
others = others.reset_index(drop=True)

IMAGE = """
<ir_version: 9, opset_import: ["": 17]>
image (float[N,3,16,16] pixels) => (float[N,5] scores)
<float[4,3,3,3] filters, float[4,5] weights>
{
    seen = Conv <pads = [1, 1, 1, 1]> (pixels, filters)
    lit = Relu (seen)
    pooled = GlobalAveragePool (lit)
    flat = Flatten (pooled)
    sums = MatMul (flat, weights)
    scores = Softmax (sums)
}
"""
EMBEDDING = """
<ir_version: 9, opset_import: ["": 17]>
embedding (int64[N,T] ids, int64[N,T] mask) => (float[N,8] embedding)
<float[50,8] words>
{
    vectors = Gather (words, ids)
    last = Constant <value_ints = [2]> ()
    masked = Unsqueeze (mask, last)
    weights = Cast <to = 1> (masked)
    weighted = Mul (vectors, weights)
    middle = Constant <value_ints = [1]> ()
    sums = ReduceSum <keepdims = 0> (weighted, middle)
    norm = ReduceL2 <axes = [1]> (sums)
    embedding = Div (sums, norm)
}
"""
NETWORK = """
<ir_version: 9, opset_import: ["": 17]>
network (float[{rows},4] input) => (float[{rows},3] logits)
<float[4,8] first, float[8,3] second>
{{
    sums = MatMul (input, first)
    hidden = Relu (sums)
    logits = MatMul (hidden, second)
}}
"""
# Each type of tensor: NumPy's name for it, and ONNX's where that is another.
TYPES = {
    **dict.fromkeys(("bool", "int8", "int16", "int32", "int64")),
    **dict.fromkeys(("uint8", "uint16", "uint32", "uint64", "float16")),
    "float32": "float",
    "float64": "double",
    "object": "string",
}


def main() -> None:
    folder = Path(sys.argv[1])
    passengers, survived = make_passengers()
    table = make_pipeline(
        make_column_transformer(
            (
                make_pipeline(SimpleImputer(strategy="median"), StandardScaler()),
                ["age", "fare"],
            ),
            ("passthrough", ["pclass", "alone"]),
            (
                make_pipeline(
                    SimpleImputer(strategy="constant", fill_value="missing"),
                    OneHotEncoder(handle_unknown="ignore"),
                ),
                ["embarked"],
            ),
        ),
        RandomForestClassifier(32, random_state=0),
    ).fit(passengers, survived)
    asked = passengers[:ROWS].copy()
    asked.loc[[3, 9], "embarked"] = ["Z", "Ω"]
    write_classifier(folder / "table", table, passengers, asked)

    sizes = flowers[["sl", "sw", "pl"]]
    boosted = GradientBoostingRegressor(random_state=0).fit(sizes, flowers["pw"])
    write_regressor(folder / "regressor", boosted, sizes, others[sizes.columns])

    gaps = others.copy()
    gaps.iloc[::4, 2] = gaps.iloc[1::5, 0] = np.nan
    names = iris.target_names[kinds[chosen]]
    light = LGBMClassifier(n_estimators=30, verbose=-1).fit(gaps, names)
    write_classifier(folder / "lightgbm", light, gaps, gaps)
    extreme = XGBClassifier(n_estimators=20).fit(gaps, kinds[chosen])
    write_classifier(folder / "xgboost", extreme, gaps, gaps)

    two = RandomForestRegressor(16, random_state=0).fit(
        flowers[["sl", "sw"]], flowers[["pw", "pl"]]
    )
    write_regressor(folder / "two-targets", two, flowers[["sl", "sw"]], others[["sl", "sw"]])

    for name, labels in {
        "int-labels": kinds * 10 + 10,
        "text-labels": np.array(["z", "a", "m"])[kinds],
        "bool-labels": kinds > 0,
    }.items():
        linear = make_pipeline(StandardScaler(), LogisticRegression()).fit(flowers, labels)
        write_classifier(folder / name, linear, flowers, others)
    write_text(folder / "text")

    steps = flowers[["sl", "pl"]].assign(ratio=flowers["pl"] / flowers["sl"])
    # No converter to ONNX knows a function of one's own.
    own = make_pipeline(FunctionTransformer(np.cbrt), LogisticRegression()).fit(steps, kinds > 1)
    write(folder / "own-steps", own, steps.drop(columns="ratio"))
    ask = others[["sl", "pl"]]
    found = own.predict_proba(ask.assign(ratio=ask["pl"] / ask["sl"])).tolist()
    answers = [{"label": row[1] >= 0.3, "probabilities": row} for row in found]
    write_rows(folder / "own-steps", records(ask), answers, classes=[False, True])

    write_regressor(folder / "two-models", boosted, sizes, others[sizes.columns], "first")
    write_regressor(
        folder / "two-models", two, flowers[["sl", "sw"]], others[["sl", "sw"]], "second"
    )

    ids, mask = random.integers(0, 50, (ROWS, 6)), random.integers(0, 2, (ROWS, 6))
    mask[:, 0] = 1
    write_graph(folder / "embedding", EMBEDDING, {"ids": ids, "mask": mask})
    pixels = random.random((ROWS, 3, 16, 16)).astype("f").round(3)
    write_graph(folder / "image", IMAGE, {"pixels": pixels})
    measures = {"input": others.to_numpy("f")}
    write_graph(folder / "fixed-batch", NETWORK.format(rows=1), measures)
    write_graph(folder / "external-weights", NETWORK.format(rows="N"), measures, external=True)
    write_types(folder / "tensor-types")


def make_passengers() -> tuple[pd.DataFrame, Any]:
    """A table of numbers, truths and words with gaps, and a class for each row."""
    count = 600
    age = random.uniform(1, 80, count).round(1)
    fare = random.lognormal(3, 1, count).round(2)
    pclass = random.integers(1, 4, count)
    alone = random.random(count) < 0.5
    embarked = random.choice(["S", "C", "Q"], count).astype(object)
    survived = np.where((fare > 20) ^ (embarked == "C") ^ (alone & (age > 40)), "survived", "died")
    age[random.random(count) < 0.2] = np.nan
    embarked[random.random(count) < 0.1] = np.nan
    columns = {"age": age, "fare": fare, "pclass": pclass, "alone": alone, "embarked": embarked}
    return pd.DataFrame(columns), survived


def write_text(folder: Path) -> None:
    """A model of text."""
    words = ["cheap", "pills", "meeting", "tomorrow", "free", "winner", "agenda", "Grüße"]
    texts = [" ".join(random.choice(words, random.integers(3, 9))) for _ in range(300)]
    classes = ["spam" if "free" in text or "pills" in text else "ham" for text in texts]
    model = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(texts, classes)
    write(folder, model, pd.DataFrame({"text": texts}))
    asked = [*texts[: ROWS - 3], "", "Tomorrow, FREE!!", "völlig neu"]
    write_rows(
        folder,
        [{"text": text} for text in asked],
        classify(model, asked),
        classes=model.classes_.tolist(),
    )


def write_classifier(folder: Path, model: Any, table: pd.DataFrame, asked: pd.DataFrame) -> None:
    write(folder, model, table)
    write_rows(folder, records(asked), classify(model, asked), classes=model.classes_.tolist())


def write_regressor(
    folder: Path, model: Any, table: pd.DataFrame, asked: pd.DataFrame, name: str = "model"
) -> None:
    write(folder, model, table, name)
    rows = "rows" if name == "model" else f"{name}-rows"
    write_rows(folder, records(asked), model.predict(asked).tolist(), rows)


def write_graph(
    folder: Path, text: str, inputs: dict[str, np.ndarray[Any, Any]], *, external: bool = False
) -> None:
    """A graph with weights by chance, and what it answers to the rows of its inputs."""
    model = onnx.parser.parse_model(text)
    for value in model.graph.value_info:
        shape = [size.dim_value for size in value.type.tensor_type.shape.dim]
        weights = random.normal(0, 0.5, shape).astype("f")
        model.graph.initializer.append(onnx.numpy_helper.from_array(weights, value.name))
    del model.graph.value_info[:]
    onnx.checker.check_model(model)
    folder.mkdir(parents=True)
    if external:
        convert_model_to_external_data(model, location="model.onnx.data", size_threshold=0)
    onnx.save(model, folder / "model.onnx")
    session = InferenceSession(folder / "model.onnx")
    names = [output.name for output in session.get_outputs()]
    asked, answers = [], []
    for number in range(ROWS):
        row = {name: values[number : number + 1] for name, values in inputs.items()}
        asked.append({name: value.tolist() for name, value in row.items()})
        found = zip(names, session.run(names, row), strict=True)
        answers.append({name: value.tolist() for name, value in found})
    types = {name: values.dtype.name for name, values in inputs.items()}
    write_rows(folder, asked, answers, types=types)


def write_types(folder: Path) -> None:
    """A graph that answers with what it is asked, in each type."""
    inputs = ", ".join(f"{other or name}[N,2] {name}_in" for name, other in TYPES.items())
    outputs = ", ".join(f"{other or name}[N,2] {name}_out" for name, other in TYPES.items())
    nodes = "\n".join(f"{name}_out = Identity ({name}_in)" for name in TYPES)
    head = '<ir_version: 9, opset_import: ["": 17]>'
    text = f"{head}\ntypes ({inputs}) => ({outputs})\n{{\n{nodes}\n}}"
    write_graph(folder, text, {f"{name}_in": make_values(name) for name in TYPES})


def make_values(dtype: str) -> np.ndarray[Any, Any]:
    if dtype == "object":
        return np.array(
            [[f"é{number}", "🚀" if number % 3 else ""] for number in range(ROWS)], dtype
        )
    if dtype == "bool":
        return random.random((ROWS, 2)) < 0.5
    if dtype.startswith("float"):
        return random.normal(0, 3, (ROWS, 2)).astype(dtype)
    limits = np.iinfo(dtype)
    return random.integers(limits.min, limits.max, (ROWS, 2), dtype=dtype, endpoint=True)


def classify(model: Any, asked: Any) -> list[dict[str, Any]]:
    found = zip(model.predict(asked).tolist(), model.predict_proba(asked).tolist(), strict=True)
    return [{"label": label, "probabilities": row} for label, row in found]


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON has them: a gap is null."""
    rows: list[dict[str, Any]] = json.loads(table.to_json(orient="records", double_precision=15))
    return rows


def write(folder: Path, model: Any, table: pd.DataFrame, name: str = "model") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    joblib.dump(model, folder / f"{name}.joblib")
    samples = "samples.csv" if name == "model" else f"{name}.csv"
    table.to_csv(folder / samples, index=False)


def write_rows(
    folder: Path, asked: list[Any], answers: list[Any], name: str = "rows", **facts: Any
) -> None:
    rows = [{"ask": ask, "answer": answer} for ask, answer in zip(asked, answers, strict=True)]
    (folder / f"{name}.json").write_text(json.dumps({"rows": rows, **facts}))


if __name__ == "__main__":
    main()
