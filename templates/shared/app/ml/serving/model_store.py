"""The models that serve, and the folder that they come from."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import random

from app.ml.serving.batcher import Batcher
from app.ml.serving.datatypes import Columns
from app.ml.serving.metadata import METADATA_FILE
from app.ml.serving.model import Model
from app.ml.serving.model_error import ModelError
from app.ml.serving.model_folder import FileStates, read_states
from app.ml.serving.roles import SERVING_FILE, Plan, Version, make_plan
from app.ml.serving.shadow import Shadow
from app.ml.settings import MlSettings

POLL_SECONDS = 1
# What a 404 says.
UNKNOWN_MODEL, UNKNOWN_VERSION = "There is no such model.", "There is no such version of the model."
NO_DEFAULT = "No model is the default one."

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Served:
    """What answers under the name of a model."""

    name: str
    primary: Batcher
    canary: Batcher | None = None
    share: float = 0
    shadow: Shadow | None = None

    @property
    def versions(self) -> dict[str, Batcher]:
        """What answers a request for a version."""
        batchers = [self.primary, self.canary] if self.canary else [self.primary]
        return {batcher.model.metadata.version: batcher for batcher in batchers}

    def choose(self) -> Batcher:
        """Choose what answers a request for any version."""
        return self.canary if self.canary and random() < self.share else self.primary

    def write_predictions(self, batcher: Batcher, outputs: Columns) -> bytes:
        """Write an answer; that of the canary says so."""
        if batcher is self.canary:
            return batcher.model.write_predictions(outputs, canary=True)
        return batcher.model.write_predictions(outputs)


@dataclass(frozen=True)
class _Loaded:
    """What came of a version whose files were in this state."""

    files: FileStates
    batcher: Batcher | None
    error: str | None = None


class ModelStore:
    """Keeps what serves. What cannot be loaded leaves in place what was there before."""

    def __init__(
        self,
        settings: MlSettings,
        load: Callable[[Path], Model],
        make_batcher: Callable[[Model], Batcher],
    ) -> None:
        self.models: dict[str, Served] = {}
        self.default: Served | None = None
        # Whether all models that were to serve could be loaded. One that comes later and cannot is
        # no reason to take the others away from clients.
        self.is_ready = False
        self._path = settings.model_path
        self.log_share = settings.model_log_share
        self._batch_size = settings.model_batch_size
        self._load = load
        self._make_batcher = make_batcher
        self._seen: FileStates | None = None
        self._served: FileStates | None = None
        self._loaded: dict[Version, _Loaded] = {}
        self._errors: list[str] = []
        self._plan: Plan | None = None

    def refresh(self) -> bool:
        """Serve what the folder holds now; return whether that is something else. May take long."""
        files = read_states(self._path)
        # What changes may be half written: it is read once two looks have found it the same.
        is_whole = self._seen in (None, files)
        self._seen = files
        if not is_whole or files == self._served:
            return False
        self._served = files
        before = self.models, self.default
        try:
            errors = self._serve(make_plan(self._path, files), files)
        except ModelError as error:
            errors = [str(error)]
        for message in errors:
            if message not in self._errors:
                logger.error("the model cannot be loaded: %s", message)
        self._errors = errors
        return (self.models, self.default) != before

    def is_awaited(self, name: str | None) -> bool:
        """Return whether a model that does not serve, or the default one, may come to serve."""
        if not self.models or self._plan is None:
            return True
        return (name or self._plan.default) in self._plan.models

    def _serve(self, plan: Plan, files: FileStates) -> list[str]:
        """Load what is new, and let it serve; return what is wrong."""
        self._loaded = {version: self._load_version(version, files) for version in plan.versions}
        errors = [loaded.error for loaded in self._loaded.values() if loaded.error]
        models: dict[str, Served] = {}
        for name, assignment in plan.models.items():
            before = self.models.get(name)
            primary = self._loaded[assignment.primary].batcher or (before and before.primary)
            if not primary:
                continue
            canary = self._find_companion(assignment.canary, primary.model, errors)
            shadow = self._find_companion(assignment.shadow, primary.model, errors)
            models[name] = Served(
                name=name,
                primary=primary,
                canary=canary,
                share=assignment.share,
                shadow=self._make_shadow(shadow, primary.model, before),
            )
        self._plan = plan
        self.is_ready |= models.keys() == plan.models.keys()
        if any(at.folder == self._path for at, loaded in self._loaded.items() if loaded.error):
            # What lay directly in the folder before may have had another name.
            models = self.models | models
        # A second model is no reason for the first one not to be the default any more.
        defaults = (plan.default, self.default and self.default.name)
        self.default = next((models[name] for name in defaults if name in models), None)
        self.models = models
        return errors

    def _load_version(self, version: Version, files: FileStates) -> _Loaded:
        """Load a version unless its files are as they were; if that fails, keep what it was."""
        own = {
            file: state
            for file, state in files.items()
            if file.parent == version.folder and file.name != SERVING_FILE
        }
        before = self._loaded.get(version)
        if before and before.files == own:
            return before
        try:
            model = self._load(version.folder)
            if (model.metadata.name, model.metadata.version) != (version.name, version.version):
                raise ModelError(
                    f"{version.folder / METADATA_FILE}: this is {model}, in the folder of {version}"
                )
        except ModelError as error:
            return _Loaded(own, before.batcher if before else None, str(error))
        logger.info("the model is loaded: %s", model)
        return _Loaded(own, self._make_batcher(model))

    def _find_companion(
        self, version: Version | None, primary: Model, errors: list[str]
    ) -> Batcher | None:
        """Find a canary or a shadow, which gets the columns that are made for the model."""
        batcher = self._loaded[version].batcher if version else None
        if batcher and not takes_place_of(batcher.model, primary):
            errors.append(
                f"{batcher.model} is of another kind than {primary}, or takes other features: "
                "it needs a name of its own"
            )
            return None
        return batcher

    def _make_shadow(
        self, batcher: Batcher | None, answering: Model, before: Served | None
    ) -> Shadow | None:
        """Make a shadow of a model, unless there is one already."""
        if batcher is None:
            return None
        shadow = before.shadow if before else None
        if shadow and (shadow.model, shadow.answering) == (batcher.model, answering):
            return shadow
        return Shadow(batcher.model, answering, self._batch_size)


def takes_place_of(model: Model, other: Model) -> bool:
    """Return whether a model can answer the requests that another one takes."""
    return model.metadata.kind == other.metadata.kind and model.inputs == other.inputs
