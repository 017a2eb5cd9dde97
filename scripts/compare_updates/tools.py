"""The tools that are compared: the form of their templates, and how their manuals have them used."""

import json
import os
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

from copier import Settings, run_copy

from scaffold.distribution import DISTRIBUTION
from scripts.compare_updates.project import Content, Machine

FIRST = "v1.0.0"

Answers = Mapping[str, str]
Command = tuple[str, ...]


@dataclass(frozen=True)
class Version:
    """A version of a template, in the form of no tool; `{{ question }}` is replaced by the answer."""

    files: Mapping[str, Content]
    questions: Answers = field(default_factory=dict)  # with their defaults
    once: tuple[str, ...] = ()  # files that belong to the user as soon as they are there


class Tool(ABC):
    """A tool that makes projects and updates them."""

    name: str
    version: str
    update: Command
    abort: Sequence[Command]

    @abstractmethod
    def template(self, version: Version) -> Mapping[str, Content]:
        """The files of a template in the tool's own form."""

    @abstractmethod
    def create(
        self, machine: Machine, template: Path, project: Path, version: Version, answers: Answers
    ) -> None:
        """Make a project from the first version of a template."""


class Copier(Tool):
    """Copier; without `--defaults` it asks every question again."""

    name = "copier"
    version = metadata.version("copier")
    update: Command = (sys.executable, "-m", "copier", "update", "--defaults")
    abort: Sequence[Command] = (
        ("git", "reset", "--quiet", "--hard"),
        ("git", "clean", "--quiet", "--force", "-d"),
    )

    def template(self, version: Version) -> Mapping[str, Content]:
        settings = {"_subdirectory": "project", "_skip_if_exists": version.once}
        record = {"{{ _copier_conf.answers_file }}": "{{ _copier_answers | to_nice_yaml }}"}
        files = {
            f"project/{path}{'.jinja' if '{{' in str(content) else ''}": content
            for path, content in {**record, **version.files}.items()
        }
        return {"copier.yml": json.dumps({**settings, **version.questions}), **files}

    def create(
        self, machine: Machine, template: Path, project: Path, version: Version, answers: Answers
    ) -> None:
        # In this process, because starting another takes longer than all it does.
        run_copy(
            str(template),
            project,
            data=dict(answers),
            vcs_ref=FIRST,
            settings=Settings(),
            defaults=True,
            quiet=True,
        )


class Scaffold(Copier):
    """scaffold, which updates every project that Copier made."""

    name = "scaffold"
    version = metadata.version(DISTRIBUTION)
    update = (sys.executable, "-m", "scaffold", "update")
    abort = ((*update, "--abort"),)


class Cruft(Tool):
    """cruft, which makes projects with cookiecutter; without `-y` it asks whether to go on."""

    name = "cruft"
    version = "2.16.0"
    abort = Copier.abort

    def __init__(self, folder: Path) -> None:
        self._program = str(folder / "cruft")
        self.update = (self._program, "update", "-y")

    @classmethod
    def installed(cls, folder: Path) -> "Cruft":
        """cruft in an environment of its own."""
        uv = ("uv", "--quiet", "tool", "install", "--python", sys.executable)
        place = {"UV_TOOL_DIR": str(folder / "environment"), "UV_TOOL_BIN_DIR": str(folder)}
        command = [*uv, f"cruft=={cls.version}"]
        subprocess.run(command, env={**os.environ, **place}, check=True)  # noqa: S603
        return cls(folder)

    def template(self, version: Version) -> Mapping[str, Content]:
        questions = {name: _prefixed(default) for name, default in version.questions.items()}
        files = {
            f"{{{{ cookiecutter.folder }}}}/{path}": _prefixed(content)
            for path, content in version.files.items()
        }
        return {"cookiecutter.json": json.dumps({"folder": "project", **questions}), **files}

    def create(
        self, machine: Machine, template: Path, project: Path, version: Version, answers: Answers
    ) -> None:
        command = [self._program, "create", str(template), "--no-input", "--checkout", FIRST]
        command += ["--output-dir", str(project.parent)]
        command += ["--extra-context", json.dumps({"folder": project.name, **answers})]
        command += [word for path in version.once for word in ("--skip", path)]
        machine.must_run(*command, cwd=machine.folder)


def _prefixed(content: Content) -> Content:
    """A file as cookiecutter has it, where an answer is called `cookiecutter.question`."""
    return content.replace("{{ ", "{{ cookiecutter.") if isinstance(content, str) else content
