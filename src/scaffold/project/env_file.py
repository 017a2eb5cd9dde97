"""Secrets of a project: random values of its own, in a file that git ignores."""

import io
import logging
import os
import re
import secrets
from collections.abc import Sequence
from pathlib import Path

from scaffold.errors import ScaffoldError
from scaffold.git.ignored import TRACKED, commit_exposure, project_ignores
from scaffold.project.skipped import Skipped

NAME = ".env"
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def secret_names(fact: object) -> tuple[str, ...]:
    """The variables that the template's fact `secret_settings` names."""
    names = fact or []
    if not isinstance(names, list) or not all(
        isinstance(name, str) and _VARIABLE.fullmatch(name) for name in names
    ):
        raise ScaffoldError("the template's secret_settings is not a list of variables")
    return tuple(names)


def check_ignored(project: Path, variables: tuple[str, ...], workspace: Path) -> None:
    """Raise an error where the template's projects would commit their secrets."""
    if not variables:
        return
    if os.path.lexists(project / NAME):
        raise ScaffoldError(f"the template brings a {NAME}, where the project's secrets belong")
    if not project_ignores(project, NAME, workspace):
        raise ScaffoldError(
            f"the template's .gitignore does not list {NAME}, so secrets would be committed",
            f"add {NAME} to it, and commit that",
        )


def write(project: Path, variables: tuple[str, ...]) -> None:
    """Give each variable a random value, in a file that only its owner can read."""
    if not variables:
        return
    _save(project / NAME, _lines("", variables))


def missing(project: Path, variables: Sequence[str]) -> tuple[str, ...]:
    """The variables that the project's file does not set yet, read as its service reads it.

    The case of a name is no matter, and an empty value is none. `${OTHER}` is a value, whatever it stands for here.
    """
    if not variables:
        return ()
    from dotenv import dotenv_values

    # Otherwise each line that is no setting would be told on stderr; the service passes over it too.
    logging.getLogger("dotenv").addHandler(logging.NullHandler())
    found = dotenv_values(
        stream=io.StringIO(_text(project).removeprefix("\ufeff")), interpolate=False
    )
    known = {name.upper() for name, value in found.items() if value}
    return tuple(name for name in variables if name.upper() not in known)


def why_not_written(project: Path, variables: Sequence[str]) -> Skipped | None:
    """Why these variables cannot be written to the project's file, and what to do instead."""
    file = project / NAME
    target = Path(os.path.realpath(file))
    shown = f"{NAME} (a link to {target})" if file.is_symlink() else NAME
    remedy = f"export {' '.join(f'{name}=$(openssl rand -hex 32)' for name in variables)}"
    if not target.parent.is_dir():
        reason = f"{shown} leads nowhere"
    elif os.path.lexists(target) and not target.is_file():
        reason = f"{shown} is not a file"
    elif exposure := commit_exposure(target):
        reason = f"{exposure} {shown}, so it would be committed"
        if not file.is_symlink():
            remedy = _manual_steps(variables, untrack=exposure == TRACKED)
    else:
        return None
    return Skipped(", ".join(variables), reason, remedy)


def append(project: Path, variables: Sequence[str]) -> Path:
    """Write values where the project's file, a link, leads to."""
    file = project / NAME
    added = _lines(_text(project), variables)
    try:
        descriptor = os.open(file, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        with open(descriptor, "w", encoding="utf-8", newline="") as target:
            target.write(added)
    except OSError as error:
        raise ScaffoldError(f"cannot write to {file}: {error.strerror}") from error
    return file.resolve()


def write_completed(project: Path, variables: Sequence[str], folder: Path) -> None:
    """Write the project's file with values for these variables after its own lines, elsewhere."""
    text = _text(project)
    _save(folder / NAME, text + _lines(text, variables))


def _manual_steps(variables: Sequence[str], *, untrack: bool) -> str:
    """Have git ignore the file, and write values; each in lines of its own, however the files end."""
    steps = [f"git rm --cached {NAME}"] if untrack else []
    steps.append(f"printf '\\n{NAME}\\n' >> .gitignore")
    steps += [f"printf '\\n{name}=%s\\n' $(openssl rand -hex 32) >> {NAME}" for name in variables]
    return " && ".join(steps)


def _text(project: Path) -> str:
    """What the file holds, with its own line endings; nothing where there is no file."""
    file = project / NAME
    try:
        text = file.read_bytes().decode("utf-8") if file.is_file() else ""
        if "\0" in text:  # UTF-16 of ASCII, without its mark
            raise ValueError
        return text
    except OSError as error:
        raise ScaffoldError(f"cannot read {file}: {error.strerror}") from error
    except ValueError as error:
        raise ScaffoldError(f"cannot read {file}: it is not UTF-8", "save it as UTF-8") from error


def _lines(text: str, variables: Sequence[str]) -> str:
    """New values, to follow this text."""
    end = "\r\n" if "\r\n" in text else "\n"
    first = "" if text.endswith("\n") or not text else end
    return first + "".join(f"{name}={secrets.token_hex(32)}{end}" for name in variables)


def _save(file: Path, text: str) -> None:
    descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with open(descriptor, "w", encoding="utf-8", newline="") as opened:
        opened.write(text)
