"""Import a model of your own: `uv run poe import-model FILE`."""

import argparse
import json
import re
import sys
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import Any

from app.ml.importing import candidate, onnx_file, pickled
from app.ml.importing.candidate import Names
from app.ml.importing.columns import ImportingError, read_csv
from app.ml.importing.original import Options, Original
from app.ml.importing.report import report
from app.ml.serving.examples import read_examples
from app.ml.serving.loading import load
from app.ml.serving.metadata import EXAMPLES_FILE, METADATA_FILE, MODEL_FILE, Metadata
from app.ml.serving.model_error import ModelError
from app.ml.serving.onnx_model import Runtime
from app.settings import load_settings

# Rows of a run.
BATCH = 64
DESCRIPTION = """\
Make a model of your own the one that is served.

FILE is a model in ONNX, or a fitted model of scikit-learn, LightGBM, XGBoost or CatBoost that was written by
joblib or pickle. A pickle can hold any code, and reading it runs that code: import none that you do not trust.
It is read and converted in an environment of its own; the service itself never reads it.

What is imported is compared with the model as it came, row by row. Nothing is written if they differ.
"""


def main() -> None:
    """Read, rewrite, compare and write a model."""
    arguments = _parse()
    try:
        import_model(arguments)
    except ImportingError as error:
        sys.exit(f"nothing is imported: {error}")


def import_model(arguments: argparse.Namespace) -> None:
    """Import a model as the command line says."""
    file: Path = arguments.file
    samples = read_csv(arguments.samples) if arguments.samples else None
    options = Options(
        arguments.columns, samples, arguments.targets, arguments.kind, arguments.logits
    )
    place = _find_place(arguments)
    with TemporaryDirectory() as working:
        original = _read(file, Path(working), options, arguments.requirements)
        name, version = _choose_name(arguments, place)
        folder = Path(working, "model")
        folder.mkdir()
        names = Names(name, version, arguments.targets, arguments.threshold, arguments.logits)
        metadata = candidate.write(original, names, folder)
        asked = _ask(folder)
        _publish(metadata, folder, place)
    report(original, metadata, place, asked)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="poe import-model",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="the model: .onnx, .joblib, .pkl")
    parser.add_argument("--name", help="its name; without it, that of the file")
    parser.add_argument("--version", help="its version; without it, 1 or the next number")
    parser.add_argument(
        "--to", metavar="NAME/VERSION", help="beside the default model, as a further one"
    )
    parser.add_argument(
        "--samples",
        type=Path,
        metavar="ROWS.CSV",
        help="rows that the model is asked, and learns ranges, choices and missing values from",
    )
    parser.add_argument(
        "--columns",
        type=_split,
        metavar="A,B,…",
        help="what the values are called that the model takes as one vector",
    )
    parser.add_argument(
        "--targets",
        type=_split,
        metavar="A,B,…",
        help="what the values are called that a regressor answers with",
    )
    parser.add_argument(
        "--kind",
        choices=("classifier", "regressor", "multilabel", "tensors"),
        help="what a model in ONNX is, where it does not say so",
    )
    parser.add_argument(
        "--logits",
        action="store_true",
        help="the model in ONNX answers with logits: make probabilities of them",
    )
    parser.add_argument(
        "--threshold", type=float, help="of two classes, the second one from this probability on"
    )
    parser.add_argument(
        "--with",
        dest="requirements",
        action="append",
        default=[],
        metavar="PACKAGE==VERSION",
        help="another version than the tested one to read a pickle with",
    )
    return parser.parse_args()


def _split(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _find_place(arguments: argparse.Namespace) -> Path:
    folder: Path = load_settings().model_path
    if arguments.to is None:
        return folder
    found = re.fullmatch(
        r"([A-Za-z0-9_-][A-Za-z0-9._-]*)/([A-Za-z0-9_-][A-Za-z0-9._-]*)", arguments.to
    )
    if found is None:
        raise ImportingError(f"--to {arguments.to} is no NAME/VERSION, such as churn/2")
    name, version = found.groups()
    if arguments.name not in (None, name) or arguments.version not in (None, version):
        raise ImportingError("--to says name and version already: leave out --name and --version")
    arguments.name, arguments.version = name, version
    return folder / name / version


def _choose_name(arguments: argparse.Namespace, place: Path) -> tuple[str, str]:
    name = (
        arguments.name
        or re.sub(r"[^A-Za-z0-9._-]+", "-", arguments.file.name.partition(".")[0])
        or "model"
    )
    if arguments.version:
        return name, arguments.version
    try:
        before = Metadata.model_validate_json((place / METADATA_FILE).read_bytes())
    except (OSError, ValueError):
        return name, "1"
    if before.name == name and before.version.isdigit():
        return name, str(int(before.version) + 1)
    return name, "1"


def _read(file: Path, working: Path, options: Options, extra: list[str]) -> Original:
    if not file.is_file():
        raise ImportingError(f"{file}: there is no such file")
    if file.suffix == ".onnx":
        return onnx_file.read(file, options)
    if options.logits or options.kind:
        raise ImportingError(
            "--logits and --kind are for models in ONNX; a pickled model says itself what it is"
        )
    requirements = pickled.find_requirements(file, extra)
    print(
        f"{file} is a pickle: reading it runs the code in it. An environment of its own reads it, "
        f"with {pickled.name_libraries(requirements)}.",
        flush=True,
    )
    return pickled.read(file, working, requirements, options)


def _ask(folder: Path) -> tuple[Any, Any]:
    """Load the folder as the service does, which compares all examples, and ask it the first one."""
    try:
        model = load(folder, Runtime(threads=1), BATCH)
    except ModelError as error:
        raise ImportingError(str(error).removeprefix(f"{folder}: ")) from error
    (example, *_) = read_examples(folder, model.metadata) or ()
    columns = model.make_columns(model.read_instances(example.body))
    return example.body, json.loads(model.write_predictions(model.run(columns)))


def _publish(metadata: Metadata, folder: Path, place: Path) -> None:
    """Put the files in their place, the description last: until then a running service keeps its model."""
    place.mkdir(parents=True, exist_ok=True)
    for name in (*metadata.data, MODEL_FILE, EXAMPLES_FILE, METADATA_FILE):
        partial = place / f".{name}.partial"
        copyfile(folder / name, partial)
        # A service that has the former file mapped keeps it.
        partial.replace(place / name)


if __name__ == "__main__":
    main()
