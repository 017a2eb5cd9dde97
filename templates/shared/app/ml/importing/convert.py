"""Convert a pickled model to ONNX, and write what the model itself answers.

It runs in an environment of its own, which `pickled.py` chooses: nothing of it is in the service.
"""

import copy
import json
import random
import sys
import warnings
from collections.abc import Iterator
from math import isnan
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import sklearn
from skl2onnx import to_onnx, update_registered_converter
from skl2onnx.common.data_types import (
    BooleanTensorType,
    DoubleTensorType,
    FloatTensorType,
    Int64TensorType,
    StringTensorType,
)
from skl2onnx.common.shape_calculator import (
    calculate_linear_classifier_output_shapes,
    calculate_linear_regressor_output_shapes,
)
from sklearn.base import is_classifier, is_outlier_detector, is_regressor
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import FeatureUnion, Pipeline

from app.ml.importing.columns import Column, ImportingError, guess_type, make_values, parse
from app.ml.importing.precision import fill_in_double, has_steps_before_trees, round_for_trees

SERVE_IT = "or serve the object itself, as app/ml/predictor.py says how"
# The converters of the boosting libraries and of outlier detectors are for this opset.
OLDER_OPSET = {"": 15, "ai.onnx.ml": 3}
VECTOR = "vector"

# What scikit-learn takes for words by default, and the same for ONNX, whose \\w has no letters but a to z.
WORDS = r"(?u)\b\w\w+\b"
WORDS_OF_ONNX = r"[\p{L}\p{N}_][\p{L}\p{N}_]+"


class Source:
    """A model, and the rows that it is asked."""

    def __init__(self, model: Any, request: dict[str, Any]) -> None:
        self.model = getattr(model, "best_estimator_", model)
        self.steps = (
            [step for _, step in self.model.steps]
            if isinstance(self.model, Pipeline)
            else [self.model]
        )
        self.library = type(self.steps[-1]).__module__.partition(".")[0]
        self.is_text = hasattr(self.steps[0], "vocabulary_") or _has_vocabulary(self.steps[0])
        self.kind = self._find_kind()
        self.names, self.named = self._find_names(request)
        self.columns = self._make_columns(request["samples"])

    def answer(self) -> dict[str, Any]:
        """What the model itself answers to each row."""
        reason: Exception | None = None
        # Some imputers look for empty texts, others for what is missing.
        for missing in (None, ""):
            try:
                return self._answer(self._make_table(missing))
            except ImportingError:
                raise
            except Exception as error:  # noqa: BLE001 - whatever steps of any library raise
                reason = reason or error
        said = f"{type(reason).__name__}: {reason}".splitlines()[0]
        raise ImportingError(
            f"the model itself has no answer to these rows ({said}): take rows for --samples that it was made for"
        )

    def write(self, path: Path, number: Any) -> bool:
        """Write the model in ONNX, with numbers of this type; return whether it is to be preferred."""
        if self.library == "catboost":
            self.model.save_model(str(path), format="onnx")
            return False
        options: dict[str, Any] = {}
        if self.kind in ("classifier", "multilabel"):
            options = {"zipmap": False}
        arguments: dict[str, Any] = {}
        boosted = any(_library(step) in BOOSTING for step in _walk(self.model))
        if boosted or is_outlier_detector(self.model):
            arguments["target_opset"] = OLDER_OPSET
        model = _without_missing_texts(self.model)
        if options:
            arguments["options"] = {id(model): options}
        for step in _walk(model):
            if getattr(step, "token_pattern", None) == WORDS:
                arguments.setdefault("options", {})[id(step)] = {"tokenexp": WORDS_OF_ONNX}
        types = self._make_types(number)
        graph = to_onnx(model, initial_types=types, **arguments)
        precise = number is DoubleTensorType and has_steps_before_trees(graph)
        if precise:
            fill_in_double(graph)
            round_for_trees(graph)
        path.write_bytes(graph.SerializeToString())
        return precise

    def _find_kind(self) -> str:
        if not hasattr(self.model, "fit"):
            raise self._no_model()
        if is_classifier(self.model):
            if not hasattr(self.model, "predict_proba"):
                raise ImportingError(
                    f"{type(self.steps[-1]).__name__} gives no probabilities: wrap it in "
                    f"sklearn.calibration.CalibratedClassifierCV, {SERVE_IT}"
                )
            classes = self.model.classes_
            if isinstance(classes, list) or getattr(self.steps[-1], "multilabel_", False):
                return "multilabel"
            return "classifier"
        if is_regressor(self.model):
            return "regressor"
        if hasattr(self.model, "transform") or is_outlier_detector(self.model):
            return "tensors"
        raise self._no_model()

    def _no_model(self) -> ImportingError:
        if self.library in BOOSTING and type(self.model).__name__ == "Booster":
            advice = {
                "lightgbm": "train a LGBMClassifier or LGBMRegressor",
                "xgboost": "let an XGBClassifier or XGBRegressor read it (booster.save_model, model.load_model)",
            }[self.library]
            return ImportingError(
                f"the file holds a Booster of {self.library}, which does not say what it answers: "
                f"{advice} and write that with joblib.dump, {SERVE_IT}"
            )
        return ImportingError(
            f"the file holds a {type(self.model).__name__}, not a fitted model of scikit-learn, LightGBM, XGBoost "
            "or CatBoost, such as LGBMClassifier: write that itself with joblib.dump"
        )

    def _find_names(self, request: dict[str, Any]) -> tuple[list[str], bool]:
        """The names of the columns, and whether the model itself knows them."""
        samples, given = request["samples"], request["columns"]
        names = _own_names(self.model)
        if names and _library(self.model) == "lightgbm":
            # It knows them with underscores where they have spaces.
            spaced = {name.replace(" ", "_"): name for name in given or samples or ()}
            names = [spaced.get(name, name) for name in names]
        if names is None and self.is_text:
            text = given or list(samples or {})
            if len(text) > 1:
                raise ImportingError("the model takes one text: name its column with --columns")
            return text or ["text"], False
        if names is not None:
            if given and given != names:
                raise ImportingError(
                    f"--columns is not needed: the model's own are {','.join(names)}"
                )
            return names, True
        width = self.model.n_features_in_
        names = given or (list(samples) if samples else None)
        if names is None:
            raise ImportingError(
                f"the model knows its {width} columns by position: name them with --columns a,b,… or --samples rows.csv"
            )
        if len(names) != width:
            option = "--columns" if given else "the file of --samples"
            raise ImportingError(
                f"the model takes {width} columns and {option} has {len(names)}: --columns names them"
            )
        return names, False

    def _make_columns(self, samples: dict[str, list[str | None]] | None) -> list[Column]:
        found = dict(_learn(self.model, self.names))
        generator = random.Random(0)
        columns = []
        for name in self.names:
            facts = found.get(name, {})
            if samples is None:
                type_ = facts.get("type", "string" if self.is_text else "number")
                optional = facts.get("optional", False) and type_ in ("number", "string")
                values = make_values(
                    type_, facts.get("known"), optional=optional, generator=generator
                )
                columns.append(
                    Column(
                        name,
                        type_,
                        values,
                        facts.get("choices"),
                        facts.get("other", False),
                        optional,
                    )
                )
                continue
            if name not in samples:
                raise ImportingError(f"the file of --samples has no column {name}")
            guess = guess_type(samples[name])
            type_ = facts.get("type") or ("string" if self.is_text else guess)
            column = Column(
                name,
                type_,
                parse(name, samples[name], type_),
                facts.get("choices"),
                facts.get("other", False),
            )
            column.learn()
            if self.is_text or facts.get("text"):
                column.choices = None
            columns.append(column)
        return columns

    def _make_table(self, missing: str | None) -> Any:
        """The rows as the model takes them."""
        if self.is_text and not self.named:
            return [value or "" for value in self.columns[0].values]
        series = {
            column.name: [
                missing if value is None and column.type == "string" else value
                for value in column.values
            ]
            for column in self.columns
        }
        frame = pd.DataFrame(
            {
                column.name: pd.Series(
                    series[column.name],
                    dtype={"number": "float64", "string": "object"}.get(column.type),
                )
                for column in self.columns
            }
        )
        if missing is None:
            frame = frame.where(frame.notna(), np.nan)
        return frame if self.named else frame.to_numpy()

    def _answer(self, table: Any) -> dict[str, Any]:
        model = self.model
        if self.kind == "classifier":
            labels = np.asarray(model.predict(table))
            if labels.shape[1:] not in ((), (1,)):
                self.kind = "multilabel"
                return {"probabilities": model.predict_proba(table)}
            return {"label": labels.ravel(), "probabilities": model.predict_proba(table)}
        if self.kind == "multilabel":
            found = model.predict_proba(table)
            if isinstance(found, list):
                if any(part.shape[1] != 2 for part in found):
                    raise ImportingError(
                        "the model answers several questions with more than two classes: import each of its "
                        f"estimators_ by itself, {SERVE_IT}"
                    )
                found = np.stack([part[:, 1] for part in found], axis=1)
            return {"probabilities": found}
        if self.kind == "regressor":
            values = np.asarray(model.predict(table), float)
            return {"values": values.reshape(len(values), -1)}
        if not hasattr(model, "predict"):
            values = model.transform(table)
            return {
                "variable": values.toarray() if hasattr(values, "toarray") else np.asarray(values)
            }
        scores = (
            model.decision_function(table) if is_outlier_detector(model) else model.transform(table)
        )
        return {"label": np.asarray(model.predict(table)), "scores": np.asarray(scores)}

    def _make_types(self, number: Any) -> list[tuple[str, Any]]:
        types = {
            "number": number,
            "integer": Int64TensorType,
            "string": StringTensorType,
            "boolean": BooleanTensorType,
        }
        if self.is_text and not self.named:
            return [(self.names[0], StringTensorType([None, 1]))]
        if self.by_column:
            return [(column.name, types[column.type]([None, 1])) for column in self.columns]
        type_ = StringTensorType if self.columns[0].type == "string" else number
        return [(VECTOR, type_([None, len(self.names)]))]

    @property
    def by_column(self) -> bool:
        """Whether the graph has an input for each column."""
        strings = sum(column.type == "string" for column in self.columns)
        return isinstance(self.steps[0], ColumnTransformer) or 0 < strings < len(self.columns)

    def describe(self) -> dict[str, Any]:
        """What the importer needs to know of the model."""
        classes: list[Any] = []
        if self.kind == "classifier":
            classes = _plain(self.model.classes_)
        elif self.kind == "multilabel":
            found = self.model.classes_
            classes = list(range(len(found))) if isinstance(found, list) else _plain(found)
        return {"kind": self.kind, "classes": classes, "by_column": self.by_column or self.is_text}


BOOSTING = ("lightgbm", "xgboost")


def main() -> None:
    """Read the request of the importer, and write the model and its answers to a folder."""
    warnings.simplefilter("ignore")
    file, folder = map(Path, sys.argv[1:])
    request = json.loads((folder / "request.json").read_text(encoding="utf-8"))
    try:
        model = _load(file)
        _check_categories(getattr(model, "best_estimator_", model))
        source = Source(model, request)
        for name in BOOSTING:
            if any(_library(step) == name for step in _walk(source.model)):
                _register(name, source)
        _check_trees(source.model)
        answers = source.answer()
        written = _write_all(source, folder)
    except ImportingError as error:
        sys.exit(str(error))
    except Exception as error:  # noqa: BLE001 - one line, whatever a library raises
        sys.exit(
            f"{type(error).__name__}: {error}".splitlines()[0] + f": change the model, {SERVE_IT}"
        )
    original = {
        **source.describe(),
        "graphs": written,
        "columns": [vars(column) for column in source.columns],
        "answers": {name: _plain(values) for name, values in answers.items()},
    }
    (folder / "original.json").write_text(json.dumps(original), encoding="utf-8")


def _load(file: Path) -> Any:
    try:
        return joblib.load(file)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        advice = "code of your own has no converter to ONNX"
        if not isinstance(error, (ImportError, AttributeError)):
            advice = f"it was read with scikit-learn {sklearn.__version__}; --with PACKAGE==VERSION takes another"
        raise ImportingError(
            f"{file} cannot be read ({reason}): {advice}; {SERVE_IT.removeprefix('or ')}"
        ) from error


def _check_trees(model: Any) -> None:
    """Refuse trees that branch at missing values: their converter would never end."""
    for step in _walk(model):
        tree = getattr(step, "tree_", None)
        if tree is not None and not np.isfinite(tree.threshold).all():
            raise ImportingError(
                f"a {type(step).__name__} branches at missing values, which its converter does not know: "
                f"let a SimpleImputer fill them in before it and train again, {SERVE_IT}"
            )


def _check_categories(model: Any) -> None:
    """Refuse boosted trees that were fitted with categories of pandas: converters know numbers only."""
    for step in _walk(model):
        booster = getattr(step, "booster_", None)
        takes = bool(getattr(booster, "pandas_categorical", None))
        if hasattr(step, "get_booster"):
            takes = "c" in (step.get_booster().feature_types or ())
        if takes:
            raise ImportingError(
                f"a {type(step).__name__} was fitted with categories of pandas, which its converter does not know: "
                f"put a ColumnTransformer with an OrdinalEncoder before it and train again, {SERVE_IT}"
            )


def _write_all(source: Source, folder: Path) -> list[str]:
    """Write the model with numbers of single and of double precision; one of them has to work."""
    written: list[str] = []
    reason = ""
    for name, number in (("single.onnx", FloatTensorType), ("double.onnx", DoubleTensorType)):
        try:
            precise = source.write(folder / name, number)
            written.insert(0 if precise else len(written), name)
        except Exception as error:  # noqa: BLE001 - the converters raise whatever happens
            reason = reason or f"{type(error).__name__}: {error}".strip().splitlines()[0][:300]
    if not written:
        raise ImportingError(
            f"{type(source.steps[-1]).__name__} cannot be converted to ONNX ({reason}): change that step, {SERVE_IT}"
        )
    return written


def _register(library: str, source: Source) -> None:
    """Tell skl2onnx of the converters of a boosting library."""
    shapes = {
        True: calculate_linear_classifier_output_shapes,
        False: calculate_linear_regressor_output_shapes,
    }
    options = {True: {"nocl": [True, False], "zipmap": [True, False, "columns"]}, False: {}}
    if library == "lightgbm":
        from lightgbm import LGBMClassifier, LGBMRegressor
        from onnxmltools.convert.lightgbm.operator_converters.LightGbm import (
            convert_lightgbm as convert,
        )

        classes = {True: LGBMClassifier, False: LGBMRegressor}
    else:
        from onnxmltools.convert.xgboost.operator_converters.XGBoost import (
            convert_xgboost as convert,
        )
        from xgboost import XGBClassifier, XGBRegressor

        classes = {True: XGBClassifier, False: XGBRegressor}
        for step in _walk(source.model):
            if _library(step) == "xgboost":
                # The converter knows features by their positions.
                step.get_booster().feature_names = None
    for classifies, class_ in classes.items():
        update_registered_converter(
            class_, class_.__name__, shapes[classifies], convert, options=options[classifies]
        )


def _walk(model: Any) -> Iterator[Any]:
    """The model and all that it is made of."""
    yield model
    parts: list[Any] = []
    if isinstance(model, Pipeline):
        parts = [step for _, step in model.steps]
    elif isinstance(model, FeatureUnion):
        parts = [step for _, step in model.transformer_list]
    elif isinstance(model, ColumnTransformer):
        parts = [step for _, step, _ in model.transformers_ if not isinstance(step, str)]
    for name in ("estimator", "estimators_", "calibrated_classifiers_"):
        found = getattr(model, name, None)
        if isinstance(found, np.ndarray):
            found = found.ravel().tolist()
        parts += found if isinstance(found, list) else [found]
    for part in parts:
        if part is not None and not isinstance(part, str):
            yield from _walk(part)


def _library(step: Any) -> str:
    return type(step).__module__.partition(".")[0]


def _has_vocabulary(step: Any) -> bool:
    return isinstance(step, FeatureUnion) and all(
        hasattr(part, "vocabulary_") for _, part in step.transformer_list
    )


def _own_names(model: Any) -> list[str] | None:
    """The names by which a model knows its columns."""
    if _library(model) == "catboost":
        names = list(map(str, model.feature_names_))
        return None if names == [str(number) for number in range(len(names))] else names
    try:
        names = list(map(str, model.feature_names_in_))
    except AttributeError:
        return None
    return None if names == [f"Column_{number}" for number in range(len(names))] else names


def _learn(model: Any, names: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What the steps of a model say of its columns: types, categories, and who fills in what is missing."""
    if hasattr(model, "vocabulary_"):
        known = _make_texts(model)
        yield from ((name, {"type": "string", "known": known, "text": True}) for name in names)
    elif isinstance(model, ColumnTransformer):
        for _, step, chosen in model.transformers_:
            if not isinstance(step, str):
                yield from _learn(step, _chosen(chosen, names))
    elif isinstance(model, FeatureUnion):
        yield from _learn(model.transformer_list[0][1], names)
    elif isinstance(model, Pipeline):
        found: dict[str, dict[str, Any]] = {name: {} for name in names}
        for _, step in model.steps:
            for name, facts in _learn(step, names):
                found[name] = facts | found[name]
            if not _keeps_columns(step):
                break
        yield from found.items()
    elif hasattr(model, "categories_"):
        ignores = getattr(model, "handle_unknown", "error") != "error"
        for name, categories in zip(names, model.categories_, strict=True):
            known = [value for value in categories.tolist() if not _is_missing(value)]
            if all(isinstance(value, str) for value in known):
                facts = {
                    "type": "string",
                    "known": known,
                    "choices": [value for value in known if value],
                    "other": ignores,
                }
            elif all(isinstance(value, bool) for value in known):
                facts = {"type": "boolean", "known": known}
            elif all(isinstance(value, int) for value in known):
                facts = {"type": "integer", "known": known}
            else:
                facts = {"type": "number", "known": known}
            yield name, facts | {"optional": len(known) < len(categories)}
    elif hasattr(model, "statistics_"):
        for name, value in zip(names, model.statistics_, strict=True):
            text = isinstance(value, str)
            yield name, {"type": "string" if text else "number", "optional": True}
    elif (
        hasattr(model, "mean_")
        and hasattr(model, "scale_")
        and len(np.ravel(model.mean_)) == len(names)
    ):
        for name, mean, scale in zip(names, model.mean_, model.scale_, strict=True):
            steps = np.linspace(-2, 2, 33)
            yield name, {"known": (mean + scale * steps).round(4).tolist()}


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and isnan(value))


def _keeps_columns(step: Any) -> bool:
    return hasattr(step, "statistics_") or hasattr(step, "scale_") or step == "passthrough"


def _chosen(chosen: Any, names: list[str]) -> list[str]:
    """The names of the columns that a step of a ColumnTransformer gets."""
    if isinstance(chosen, str):
        return [chosen]
    if isinstance(chosen, slice):
        return names[chosen]
    values = list(np.ravel(chosen))
    if values and isinstance(values[0], (bool, np.bool_)):
        return [name for name, taken in zip(names, values, strict=True) if taken]
    return [value if isinstance(value, str) else names[value] for value in values]


def _make_texts(vectorizer: Any) -> list[str]:
    """Texts of the words that a model knows."""
    generator = random.Random(0)
    words = sorted(vectorizer.vocabulary_)
    return [" ".join(generator.choices(words, k=generator.randint(1, 12))) for _ in range(200)]


def _without_missing_texts(model: Any) -> Any:
    """The same model, in which an empty text is what is missing: a text of ONNX cannot be NaN."""
    model = copy.deepcopy(model)
    for step in _walk(model):
        if hasattr(step, "statistics_") and any(
            isinstance(value, str) for value in step.statistics_
        ):
            step.missing_values = ""
        if hasattr(step, "categories_"):
            step.categories_ = [
                np.array(
                    ["" if _is_missing(value) else value for value in categories],
                    object,
                )
                if categories.dtype == object
                else categories
                for categories in step.categories_
            ]
    return model


def _plain(values: Any) -> list[Any]:
    """An array as lists of Python's own values."""
    found: list[Any] = np.asarray(values).tolist()
    return found


if __name__ == "__main__":
    main()
