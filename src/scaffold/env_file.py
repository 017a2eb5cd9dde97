"""Secrets of the new project: random values of its own, in a file that git ignores."""

import os
import re
import secrets
from pathlib import Path

from scaffold import git
from scaffold.errors import ScaffoldError

NAME = ".env"
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def settings(fact: object) -> tuple[str, ...]:
    """The variables that the template's fact `secret_settings` names."""
    names = fact or []
    if not isinstance(names, list) or not all(
        isinstance(name, str) and _VARIABLE.fullmatch(name) for name in names
    ):
        raise ScaffoldError("the template's secret_settings is not a list of variables")
    return tuple(names)


def check(project: Path, variables: tuple[str, ...], workspace: Path) -> None:
    """Refuse a template whose projects would commit their secrets."""
    if not variables:
        return
    if os.path.lexists(project / NAME):
        raise ScaffoldError(f"the template brings a {NAME}, where the project's secrets belong")
    if not git.ignores(project, NAME, workspace):
        raise ScaffoldError(
            f"the template's .gitignore does not list {NAME}, so secrets would be committed",
            f"add {NAME} to it, and commit that",
        )


def write(project: Path, variables: tuple[str, ...]) -> None:
    """Give each variable a value that nobody else has, for its owner's eyes only."""
    if not variables:
        return
    _save(project, "", variables)


def missing(project: Path, variables: tuple[str, ...]) -> tuple[str, ...]:
    """The variables that the project's file does not set yet."""
    text = _text(project)
    return tuple(
        name for name in variables if not re.search(rf"(?m)^\s*(export\s+)?{name}\s*=", text)
    )


def complete(project: Path, variables: tuple[str, ...], folder: Path) -> None:
    """Write the project's file with values for these variables after its own lines, elsewhere."""
    text = _text(project)
    _save(folder, f"{text}\n" if text and not text.endswith("\n") else text, variables)


def _text(project: Path) -> str:
    try:
        return (project / NAME).read_bytes().decode("utf-8")  # the user's line endings stay
    except FileNotFoundError:
        return ""
    except (OSError, ValueError) as error:
        raise ScaffoldError(f"cannot read {project / NAME}: {error}") from error


def _save(folder: Path, text: str, variables: tuple[str, ...]) -> None:
    descriptor = os.open(folder / NAME, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with open(descriptor, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.writelines(f"{name}={secrets.token_hex(32)}\n" for name in variables)
