"""What a project keeps of its making: `.copier-answers.yml`."""

from dataclasses import dataclass
from pathlib import Path

import yaml

from scaffold.errors import UsageError
from scaffold.template.questions import Answers

NAME = ".copier-answers.yml"


class NoProject(UsageError):
    """A folder was not made from a template."""


@dataclass(frozen=True)
class Record:
    """The template that a project was made from, and the answers."""

    src_path: str
    commit: str  # as `git describe --tags --always` names it: v1.2.0, v1.2.0-3-g0123abc or 0123abc
    answers: Answers


def read(project: Path) -> Record:
    """The record of a project; whatever is wrong with it is wrong usage."""
    path = project / NAME
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NoProject(
            f"{project} has no {NAME}, so it was not made from a template",
            "name the top folder of a project that `scaffold new` or `copier copy` made",
        ) from error
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        reason = str(error).splitlines()[0]
        raise UsageError(f"cannot read {path}: {reason}", "take it from the last commit") from error
    if not isinstance(content, dict):
        raise UsageError(f"{path} is not a table of answers", "take it from the last commit")
    source, commit = content.get("_src_path"), content.get("_commit")
    if (
        not isinstance(source, str)
        or not isinstance(commit, str | int | float)
        or not (source and commit)
    ):
        raise UsageError(
            f"{path} does not say which version of which template it was made from",
            "its _src_path and _commit are written by Copier; take the file from the last commit",
        )
    answers = {str(name): value for name, value in content.items() if not str(name).startswith("_")}
    return Record(source, str(commit), answers)
