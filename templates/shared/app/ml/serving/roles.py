"""Which models serve, and what each version does: the form of `serving.json`, and what follows."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.ml.serving.metadata import Name
from app.ml.serving.model_error import ModelError
from app.ml.serving.model_folder import FileStates, find_models, read_form, version_order

SERVING_FILE = "serving.json"


class Canary(BaseModel):
    """A candidate, and its share of the requests."""

    model_config = ConfigDict(extra="forbid")

    version: Name
    share: float = Field(ge=0, le=1)


class Roles(BaseModel):
    """What the versions of a model do."""

    model_config = ConfigDict(extra="forbid")

    # If it is not named, the newest that is neither the canary nor the shadow.
    version: Name | None = None
    canary: Canary | None = None
    shadow: Name | None = None

    @property
    def others(self) -> set[str]:
        """The versions that are not for all requests."""
        versions = (self.canary.version if self.canary else None, self.shadow)
        return {version for version in versions if version}

    @model_validator(mode="after")
    def _check_versions(self) -> "Roles":
        if self.version in self.others:
            raise ValueError("the version that serves is the canary or the shadow, too")
        if self.canary and self.canary.version == self.shadow:
            raise ValueError("the canary is the shadow, too")
        return self


class ServingFile(BaseModel):
    """What `serving.json` says; a model that it leaves out serves its newest version."""

    model_config = ConfigDict(extra="forbid")

    default: Name | None = None
    models: dict[Name, Roles] = {}


@dataclass(frozen=True)
class Version:
    """A version of a model, and its folder, which may not be there."""

    name: str
    version: str
    folder: Path

    def __str__(self) -> str:
        return f"{self.name}/{self.version}"


@dataclass(frozen=True)
class Assignment:
    """The versions of one model that are to be loaded."""

    primary: Version
    canary: Version | None
    share: float
    shadow: Version | None


@dataclass(frozen=True)
class Plan:
    """What is to serve, by name."""

    models: dict[str, Assignment]
    default: str | None

    @property
    def versions(self) -> list[Version]:
        """All that is to be loaded."""
        return [
            version
            for assignment in self.models.values()
            for version in (assignment.primary, assignment.canary, assignment.shadow)
            if version
        ]


def make_plan(path: Path, files: FileStates) -> Plan:
    """Find out what is to serve, or raise a ModelError where the files do not tell."""
    serving_file = path / SERVING_FILE
    wanted = read_form(ServingFile, serving_file) if serving_file in files else ServingFile()
    found, direct = find_models(path, files)

    def assign(name: str) -> Assignment:
        roles, folders = wanted.models.get(name, Roles()), found.get(name, {})

        def place(version: str) -> Version:
            return Version(name, version, folders.get(version, path / name / version))

        free = folders.keys() - roles.others
        if roles.version:
            version = roles.version
        elif not free:
            raise ModelError(f"{serving_file}: models.{name}: there is no version to serve")
        elif direct and direct.name == name and direct.version in free:
            version = direct.version
        else:
            version = max(free, key=version_order)
        return Assignment(
            primary=place(version),
            canary=place(roles.canary.version) if roles.canary else None,
            share=roles.canary.share if roles.canary else 0,
            shadow=place(roles.shadow) if roles.shadow else None,
        )

    models = {name: assign(name) for name in sorted(found.keys() | wanted.models.keys())}
    default = wanted.default or (direct.name if direct else None)
    if default is None and len(models) == 1:
        (default,) = models
    if default is not None and default not in models:
        raise ModelError(f"{serving_file}: default: there is no model {default}")
    return Plan(models, default)
