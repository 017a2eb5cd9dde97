"""The model that serves, and the folder that it comes from."""

import logging
from pathlib import Path

from pydantic import BaseModel

from app.ml.model import METADATA_FILE, MODEL_FILE, Model, ModelError, load
from app.ml.schemas import request_schema

POLL_SECONDS = 1

logger = logging.getLogger(__name__)
FileState = tuple[int, int, int] | None


class ModelStore:
    """Keeps the model that serves; there is none until one could be loaded."""

    def __init__(self, path: Path, threads: int, batch_size: int) -> None:
        self.path = path
        self.threads = threads
        self.batch_size = batch_size
        self.model: Model | None = None
        self._looked_at: list[FileState] | None = None
        self._unloadable: list[FileState] | None = self._read_state()

    @property
    def request(self) -> type[BaseModel]:
        """The schema of a request; without a model, of one without features."""
        return self.model.request if self.model else request_schema([], {})

    def refresh(self) -> bool:
        """Load the model if its files have changed; return whether it was. May take long."""
        state = self._read_state()
        if state == self._looked_at:
            return False
        try:
            self.model = load(self.path, self.threads, self.batch_size)
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
        return [_read_file_state(self.path / name) for name in (MODEL_FILE, METADATA_FILE)]


def _read_file_state(path: Path) -> FileState:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_mtime_ns, stat.st_size
