"""The model that serves, and the folder that it comes from."""

import logging
from pathlib import Path

from pydantic import BaseModel

from app.ml.serving.loading import load
from app.ml.serving.metadata import EXAMPLES_FILE, METADATA_FILE, MODEL_FILE
from app.ml.serving.model import Model
from app.ml.serving.model_error import ModelError
from app.ml.serving.onnx_model import Runtime
from app.ml.serving.schemas import Instance, Predictions, request_schema

POLL_SECONDS = 1
FILES = (MODEL_FILE, METADATA_FILE, EXAMPLES_FILE)

logger = logging.getLogger(__name__)
FileState = tuple[int, int, int] | None


class ModelStore:
    """Keeps the model that serves; there is none until one could be loaded."""

    def __init__(self, path: Path, runtime: Runtime, batch_size: int) -> None:
        self.path = path
        self.runtime = runtime
        self.batch_size = batch_size
        self.model: Model | None = None
        self._looked_at: list[FileState] | None = None
        self._unloadable: list[FileState] | None = self._read_state()

    @property
    def schemas(self) -> tuple[type[BaseModel], type[BaseModel]]:
        """The schemas of requests and responses; without a model, of one without features."""
        if self.model is None:
            return request_schema(Instance), Predictions
        return self.model.kind.request, self.model.kind.response

    def refresh(self) -> bool:
        """Load the model if its files have changed; return whether it was. May take long."""
        state = self._read_state()
        if state == self._looked_at:
            return False
        try:
            self.model = load(self.path, self.runtime, self.batch_size)
        except ModelError as error:
            if state == self._unloadable:
                logger.error("the model cannot be loaded: %s", error)
                self._looked_at = state
            # Else the files may be half written: the next look tells.
            self._unloadable = state
            return False
        self._looked_at = state
        logger.info("the model is loaded: %s", self.model)
        return True

    def _read_state(self) -> list[FileState]:
        return [_read_file_state(self.path / name) for name in FILES]


def _read_file_state(path: Path) -> FileState:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_mtime_ns, stat.st_size
