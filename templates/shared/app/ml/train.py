"""Train the example model: `uv run poe train`. Replace the data and the classifier by your own."""

import sys

import numpy as np
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from app.ml.serving.description import write_description
from app.ml.serving.examples import Example
from app.ml.serving.metadata import MODEL_FILE, Feature
from app.settings import load_settings

NAME, VERSION = "iris", "1"
NEEDED_ACCURACY = 0.9
SEED = 0
EXAMPLES = 20


def main() -> None:
    """Train, check and write the model and its description."""
    folder = load_settings().model_path
    iris = load_iris(as_frame=True)
    names = [name.removesuffix(" (cm)").replace(" ", "_") for name in iris.feature_names]
    data = iris.data.set_axis(names, axis="columns")
    train, test, train_labels, test_labels = train_test_split(
        data, iris.target, test_size=0.3, random_state=SEED, stratify=iris.target
    )
    model = make_pipeline(
        make_column_transformer(("passthrough", names)),
        # The number of trees is a power of two, so that their votes add up to exactly one.
        RandomForestClassifier(n_estimators=16, random_state=SEED),
    ).fit(train, train_labels)
    accuracy = round(model.score(test, test_labels), 4)
    if accuracy < NEEDED_ACCURACY:
        sys.exit(f"nothing is written: the accuracy is {accuracy}, not {NEEDED_ACCURACY} or more")
    graph = to_onnx(
        model,
        # One input for each column, so that each has a name and a type.
        initial_types=[(name, FloatTensorType([None, 1])) for name in names],
        final_types=[("label", None), ("probabilities", None)],
        options={"zipmap": False},
    )
    # The order of skl2onnx changes from run to run.
    graph.opset_import.sort(key=lambda opset: opset.domain)
    onnx = graph.SerializeToString(deterministic=True)
    # What the model calls the classes, and what clients see.
    labels = model.classes_.tolist()
    classes = [str(iris.target_names[label]) for label in labels]
    # A service loads the ONNX model only if it answers these rows as this one does.
    rows = test.head(EXAMPLES)
    likely = model.predict_proba(rows)
    predictions = [
        {"label": classes[row.argmax()], "probabilities": dict(zip(classes, row, strict=True))}
        for row in likely
    ]
    examples = [
        Example(instance=instance, prediction=prediction)
        for instance, prediction in zip(rows.to_dict("records"), predictions, strict=True)
    ]
    # A model knows nothing of values far from those that it was trained on.
    low, high = np.floor(data.min()), np.ceil(data.max())
    features = [
        Feature(name=name, type="number", minimum=low[name], maximum=high[name]) for name in names
    ]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MODEL_FILE).write_bytes(onnx)
    # The description comes last: until then a running service keeps its model.
    write_description(
        folder,
        examples,
        name=NAME,
        version=VERSION,
        features=features,
        classes=classes,
        labels=labels,
        metrics={"accuracy": accuracy},
    )
    print(f"{folder}: {NAME} {VERSION}, accuracy {accuracy}")


if __name__ == "__main__":
    main()
