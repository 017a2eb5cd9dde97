"""Predict each row of a CSV file: `uv run poe predict in.csv out.csv`."""

import csv
import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from app.ml.serving.csv_files import CsvError, CsvReader, Row, read_csv, write_whole
from app.ml.serving.loading import load
from app.ml.serving.metadata import Feature
from app.ml.serving.model import Model
from app.ml.serving.model_error import ModelError
from app.ml.serving.model_folder import find_models, read_states
from app.ml.serving.onnx_model import Runtime
from app.ml.serving.roles import make_plan
from app.ml.serving.schemas import MAX_INSTANCES, PYTHON_TYPES
from app.server.cpus import available_cpus
from app.settings import load_settings

# What the columns of several values begin with.
PREFIXES = {"probabilities": "probability", "values": "value"}
READERS = {name: TypeAdapter(known) for name, known in PYTHON_TYPES.items()}


class CsvPredictor:
    """Predicts the rows of a file as the service predicts its instances."""

    def __init__(self, model: Model, rows: CsvReader) -> None:
        features = model.metadata.features
        if not features:
            raise CsvError(f"{model} takes tensors, which are no rows of a file: ask the service")
        for feature in features:
            if feature.name not in rows.columns and not feature.optional:
                raise CsvError(f"{rows.path}:1: no column is called {feature.name}")
        self.model = model
        self.rows = rows
        self.features = [feature for feature in features if feature.name in rows.columns]
        # Those of an instance that is made up, since a file may have no rows.
        self.columns = list(self._ask(model.kind.make_bodies()[0])[0])

    def predict(self, batch_size: int) -> Iterator[tuple[Row, dict[str, Any]]]:
        """Predict all rows, a batch at a time."""
        rows = iter(self.rows)
        while batch := list(islice(rows, batch_size)):
            yield from zip(batch, self._predict_batch(batch), strict=True)

    def _predict_batch(self, batch: Sequence[Row]) -> list[dict[str, Any]]:
        try:
            return self._ask({"instances": [self._make_instance(row) for row in batch]})
        except ValidationError as error:
            reason = error.errors()[0]
            _, number, *place = reason["loc"]
            message = ": ".join([*map(str, place), reason["msg"]])
            raise CsvError(f"{self.rows.path}:{batch[int(number)].line}: {message}") from None
        except Exception as error:
            # The model fails for a batch if it does for one of its rows.
            if len(batch) > 1:
                return [prediction for row in batch for prediction in self._predict_batch([row])]
            raise CsvError(f"{self.rows.path}:{batch[0].line}: the model fails: {error}") from error

    def _ask(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        """Answer a request, and name each value by the column that it is for."""
        columns = self.model.make_columns(self.model.read_instances(body))
        answer = json.loads(self.model.write_predictions(self.model.run(columns)))
        return [dict(_flatten(prediction)) for prediction in answer["predictions"]]

    def _make_instance(self, row: Row) -> dict[str, Any]:
        cells = ((feature, row.cells[feature.name]) for feature in self.features)
        return {f.name: _read_cell(f, text) for f, text in cells if text or not _may_miss(f)}


def predict_file(
    model: Model, source: Path, target: Path, kept: list[str] | None, batch_size: int
) -> int:
    """Write a file with the predictions beside the columns that are kept; return how many rows."""
    with read_csv(source) as rows, write_whole(target) as file:
        predictor = CsvPredictor(model, rows)
        kept = rows.columns if kept is None else kept
        for name in kept:
            if name not in rows.columns:
                raise CsvError(f"{source}:1: no column is called {name}")
            if name in predictor.columns:
                raise CsvError(
                    f"{source}:1: the prediction has a column {name}, too: "
                    "leave it out of --columns, which names those to keep"
                )
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*kept, *predictor.columns])
        count = 0
        for row, prediction in predictor.predict(min(batch_size, MAX_INSTANCES)):
            cells = [row.cells[name] for name in kept]
            writer.writerow(cells + [_write_cell(value) for value in prediction.values()])
            count += 1
    return count


def _may_miss(feature: Feature) -> bool:
    """Return whether an empty cell is no value; for a text that is needed, it is an empty text."""
    return feature.optional or feature.type != "string"


def _read_cell(feature: Feature, text: str) -> Any:
    """Read a value; what is none stays a text, which the schema refuses."""
    try:
        return READERS[feature.type].validate_strings(text)
    except ValidationError:
        return text


def _flatten(prediction: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in prediction.items():
        if isinstance(value, dict):
            yield from ((f"{PREFIXES[key]}_{name}", each) for name, each in value.items())
        else:
            yield key, value


def _write_cell(value: Any) -> str | float:
    """Write a text or a number as it is, and all else as JSON."""
    return value if isinstance(value, (str, float)) else json.dumps(value, ensure_ascii=False)


def find_folder(path: Path, wanted: str | None) -> Path:
    """Find the folder of a model, of the version that serves unless another one is named."""
    files = read_states(path)
    plan = make_plan(path, files)
    wanted = wanted or plan.default
    if wanted is None:
        raise ModelError(
            f"{path}: no model is the default one: --model names {', '.join(plan.models)}"
        )
    name, _, version = wanted.partition("/")
    found, _ = find_models(path, files)
    if name in plan.models and not version:
        return plan.models[name].primary.folder
    if version not in found.get(name, {}):
        raise ModelError(f"{path}: there is no model {wanted}")
    return found[name][version]


def main() -> None:
    """Predict the rows of one file into another."""
    parser = ArgumentParser(prog="poe predict", description=__doc__)
    parser.add_argument("source", type=Path, metavar="in.csv")
    parser.add_argument("target", type=Path, metavar="out.csv")
    parser.add_argument("--model", metavar="NAME[/VERSION]", help="without it, the default model")
    parser.add_argument(
        "--columns",
        type=lambda text: list(filter(None, text.split(","))),
        metavar="A,B",
        help="the columns of in.csv to keep; all if left out",
    )
    arguments = parser.parse_args()
    settings = load_settings()
    try:
        runtime = Runtime(available_cpus(), settings.model_providers, settings.model_share_weights)
        runtime = Runtime(available_cpus(), settings.model_providers, settings.model_share_weights)
        folder = find_folder(settings.model_path, arguments.model)
        model = load(folder, runtime, settings.model_batch_size)
        rows = predict_file(
            model, arguments.source, arguments.target, arguments.columns, settings.model_batch_size
        )
    except (CsvError, ModelError) as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    print(f"{arguments.target}: {rows} rows, predicted by {model}")


if __name__ == "__main__":
    main()
