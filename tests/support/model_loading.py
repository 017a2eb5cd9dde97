"""Loads models as a service does, with a project's own code, in one process for many."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support import environment

# Runs in the project.
LOADER = """
import json, logging, sys
from pathlib import Path
from app.ml.serving.loading import load
from app.ml.serving.model_error import ModelError
from app.ml.serving.onnx_model import Runtime

logging.disable()
for name, folder, bodies in json.load(sys.stdin):
    try:
        model = load(Path(folder), Runtime(threads=1), 64)
        answers = []
        for body in bodies:
            columns = model.make_columns(model.read_instances(body))
            answers.append(json.loads(model.write_predictions(model.run(columns))))
        print(json.dumps([name, None, answers]))
    except ModelError as error:
        print(json.dumps([name, str(error), []]))
"""


@dataclass(frozen=True)
class Loaded:
    """Why a model cannot serve, or what it answers."""

    reason: str | None
    answers: list[Any]


def load(
    project: Path, models: Mapping[str, tuple[Path, list[dict[str, Any]]]]
) -> dict[str, Loaded]:
    """Load the models of these folders, and ask each that serves its requests."""
    asked = [(name, str(folder), bodies) for name, (folder, bodies) in models.items()]
    done = subprocess.run(  # noqa: S603 - the interpreter of the project under test
        [str(project / ".venv/bin/python"), "-c", LOADER],
        cwd=project,
        env=environment.for_service(str(project / ".venv/bin")),
        input=json.dumps(asked),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    outcomes = map(json.loads, done.stdout.splitlines())
    return {name: Loaded(reason, answers) for name, reason, answers in outcomes}
