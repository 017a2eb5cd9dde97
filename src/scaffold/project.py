"""What the services hand to each other: frozen data, no I/O."""

import json
import re
import shlex
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scaffold.errors import ScaffoldError

Answers = Mapping[str, Any]

# What the two services of a comparison do not have in common, or what says nothing of their speed.
NOT_COMPARED = ("framework", "project_name", "description", "author")
# The options that `new` and `compare` have of their own.
OWN_OPTIONS = frozenset(
    (
        "check",
        "data",
        "data-file",
        "debug",
        "dry-run",
        "help",
        "html",
        "json",
        "no-git",
        "no-install",
        "quick",
        "ref",
        "template",
        "yes",
    )
)


def flag(question: str) -> str | None:
    """The option that answers a question; none where the commands have one of that name."""
    word = "name" if question == "project_name" else question.replace("_", "-")
    taken = question == "name" or not OWN_OPTIONS.isdisjoint((word, f"no-{word}"))
    if taken or word.startswith("no-") or not question.isidentifier():
        return None
    return f"--{word}"


def flag_of(question: str) -> str:
    """How an answer to this question is given on the command line."""
    return flag(question) or f"--data {question}=…"


def alternatives(words: Iterable[Any]) -> str:
    """Words of which one is meant, as a sentence has them."""
    *others, last = map(_text, words)
    return f"{', '.join(others)} or {last}" if others else last


def slug(text: str) -> str:
    """The nearest name that a package index would take; empty when nothing is left of it."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text).lstrip("-0123456789")[:50].rstrip("-")


@dataclass(frozen=True)
class Question:
    """What the tool has to know of a question; its rules stay with Copier."""

    name: str
    type: str
    choices: tuple[Any, ...] = ()
    labels: tuple[str, ...] = ()  # one for each choice
    multiselect: bool = False
    help: str = ""
    default: Any = None
    when: Any = True
    validator: str = ""
    secret: bool = False

    @property
    def is_switch(self) -> bool:
        """Whether it is answered with yes or no and nothing else."""
        return self.type == "bool" and not self.choices

    @property
    def off(self) -> Any:
        """The answer that leaves a feature out; nothing where the question is not of a feature."""
        return False if self.type == "bool" else "none" if "none" in self.choices else None

    @property
    def on(self) -> Any:
        """The answer that brings a feature in, the first of several."""
        return next((choice for choice in self.choices if choice != self.off), True)


@dataclass(frozen=True)
class Template:
    """One version of a template, in a repository on this machine."""

    repository: Path
    commit: str
    version: str  # what to pin: the tag if one was chosen, else the commit
    src_path: str  # what the project records, for later updates
    given: str | None  # what `--template` has to say to find it again
    questions: Mapping[str, Question]
    notes: tuple[str, ...]
    workspace: Path  # a temporary folder that lives as long as the template is open


@dataclass(frozen=True)
class Request:
    """What the user asked `scaffold new` for."""

    dest: str
    flags: Answers = field(default_factory=dict)
    data: tuple[str, ...] = ()
    data_file: Path | None = None
    template: str | None = None
    ref: str | None = None
    opened: Template | None = None  # where its questions had to be known before
    yes: bool = False
    interactive: bool = False
    dry_run: bool = False
    git: bool = True
    install: bool = True
    check: bool = False


@dataclass(frozen=True)
class Skipped:
    """A step that was left out, why, and how to catch up."""

    step: str
    reason: str
    command: str


@dataclass(frozen=True)
class Check:
    """What the new project's own checks said: each `passed`, `failed: …` or `skipped: …`."""

    steps: Mapping[str, str]
    ready: bool
    readyz: Mapping[str, Any] | None = None
    log: str = ""

    @property
    def passed(self) -> bool:
        """No step failed; a server that is not running does not count against the project."""
        return not any(result.startswith("failed") for result in self.steps.values())


@dataclass(frozen=True)
class Plan:
    """What is written, from which template, and the command that does it again."""

    path: Path
    src_path: str
    version: str
    answers: Answers
    files: tuple[str, ...]
    command: str


@dataclass(frozen=True)
class Project:
    """A plan carried out."""

    plan: Plan
    skipped: tuple[Skipped, ...]
    next: tuple[str, ...]
    check: Check | None = None


@dataclass(frozen=True)
class UpdateRequest:
    """What the user asked of a project that is there: another version, other answers, or both."""

    path: Path
    to: str | None = None  # the version; nothing takes the newest
    answers: Answers = field(default_factory=dict)
    add: tuple[str, ...] = ()  # features; `database=mysql` says which database
    remove: tuple[str, ...] = ()
    template: str | None = None
    same_version: bool = False
    install: bool = True


@dataclass(frozen=True)
class Change:
    """What happens to one file."""

    path: str
    status: str  # added, changed, merged, conflict, removed or kept
    reason: str = ""  # why it is kept, or what is left to do
    source: str | None = None  # where it was before, if it moves


@dataclass(frozen=True)
class BrokenImport:
    """An import that led somewhere before the update, and leads nowhere after it."""

    path: str
    line: int
    name: str  # app.operations, or app.database.lifespan
    now: str  # where the template has it now, if that can be said


@dataclass(frozen=True)
class UpdatePlan:
    """What an update does to a project."""

    path: Path
    src_path: str
    old: str
    new: str
    answers: Mapping[str, tuple[Any, Any]]  # those that change: before and after
    changes: tuple[Change, ...]
    changelog: str
    diff: str
    imports: tuple[BrokenImport, ...] = ()  # of the user's own files

    @property
    def is_settled(self) -> bool:
        """Nothing is left for the user to mend."""
        return not self.conflicts and not self.imports

    @property
    def conflicts(self) -> tuple[Change, ...]:
        """The files that the user has to look at."""
        return tuple(change for change in self.changes if change.status == "conflict")


@dataclass(frozen=True)
class Update:
    """A plan carried out on a project."""

    plan: UpdatePlan
    skipped: tuple[Skipped, ...]
    next: tuple[str, ...]


@dataclass(frozen=True)
class Standing:
    """How a project stands to its template."""

    path: Path
    status: str  # up to date, outdated or error
    version: str | None = None
    newest: str | None = None
    source: str | None = None
    ahead: bool = False  # newer than all that is known of the template
    error: ScaffoldError | None = None


@dataclass(frozen=True)
class Survey:
    """How projects stand to their templates."""

    projects: tuple[Standing, ...]

    @property
    def status(self) -> str:
        """The worst there is."""
        found = {project.status for project in self.projects}
        return next(status for status in ("error", "outdated", "up to date") if status in found)

    @property
    def exit_code(self) -> int:
        """An error's own where there is one, else 4 if a project is outdated."""
        failed = max(
            (project.error.exit_code for project in self.projects if project.error), default=0
        )
        return failed or (4 if self.status == "outdated" else 0)


@dataclass(frozen=True)
class Difference:
    """How a project differs from what its template made of its answers."""

    path: Path
    src_path: str
    version: str
    changes: tuple[Change, ...]
    text: str


def destination(request: Request) -> str:
    """DEST as a command can take it."""
    return f"./{request.dest}" if request.dest.startswith("-") else request.dest


def command(request: Request, template: Template, answers: Answers) -> str:
    """The one command that reproduces this run."""
    words = ["scaffold", "new", destination(request), "--yes", *options(template, answers)]
    for flag, on in (
        ("--no-git", not request.git),
        ("--no-install", not request.install),
        ("--check", request.check),
    ):
        if on:
            words.append(flag)
    return shlex.join(words)


def options(template: Template, answers: Answers) -> list[str]:
    """The options that give these answers to this version of the template."""
    words = []
    for name, value in answers.items():
        question, option = template.questions[name], flag(name)
        text = _json(value) if question.type in ("yaml", "json") else _text(value)
        if option and question.is_switch:
            words.append(option if value else option.replace("--", "--no-", 1))
        elif option:
            words += [option, text]
        else:
            words += ["--data", f"{name}={text}"]
    if template.given:
        words += ["--template", template.given]
    return [*words, "--ref", template.version]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, default=str, ensure_ascii=False)  # and so it is YAML
