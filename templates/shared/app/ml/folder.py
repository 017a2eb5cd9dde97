"""The folder of the model: a newer model in it takes the place of the one that serves."""

import logging
from pathlib import Path

from pydantic import BaseModel

from app.ml.model import METADATA_FILE, MODEL_FILE, Model, ModelError, load
from app.ml.schemas import request_of

POLL_SECONDS = 1

logger = logging.getLogger(__name__)
Stamp = tuple[tuple[int, int, int] | None, ...]


class ModelFolder:
    """Keeps the model that serves; there is none until one could be loaded."""

    def __init__(self, path: Path, threads: int, batch_size: int) -> None:
        self.path = path
        self.threads = threads
        self.batch_size = batch_size
        self.model: Model | None = None
        self._looked_at: Stamp | None = None
        self._unloadable: Stamp | None = self._stamp()

    @property
    def request(self) -> type[BaseModel]:
        """The schema of a request; without a model, of one without features."""
        return self.model.request if self.model else request_of([], {})

    def refresh(self) -> bool:
        """Load what is new in the folder, and tell whether that changed the model; may take long."""
        stamp = self._stamp()
        if stamp == self._looked_at:
            return False
        try:
            self.model = load(self.path, self.threads, self.batch_size)
        except ModelError as error:
            if stamp == self._unloadable:
                logger.error("the model cannot be loaded: %s", error)
                self._looked_at = stamp
            # Else it may be half written: the next look tells.
            self._unloadable = stamp
            return False
        self._looked_at = stamp
        logger.info("the model is loaded: %s", self.model)
        return True

    def _stamp(self) -> Stamp:
        return tuple(map(_stamp_file, (self.path / MODEL_FILE, self.path / METADATA_FILE)))


def _stamp_file(path: Path) -> tuple[int, int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_mtime_ns, stat.st_size
