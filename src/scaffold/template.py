"""Where the template comes from, which version of it, and what it asks."""

import json
import os
import re
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

import yaml

from scaffold import git
from scaffold.console import Console
from scaffold.errors import ScaffoldError, UsageError
from scaffold.project import Question, Request, Template

_HINT = "name a template with --template, or set SCAFFOLD_TEMPLATE"
_SCP = re.compile(r"[\w.-]+@[\w.-]+:.+")
# The URLs that Copier takes for a git repository as they stand; others need `git+` before them.
_KNOWN_TO_COPIER = ("git@", "git://", "git+", "https://github.com/", "https://gitlab.com/")


@dataclass(frozen=True)
class _Source:
    """A repository to read the template from."""

    location: str | Path  # a URL for git, or a folder on this machine
    ref: str | None = None
    given: str | None = None  # what the user said, to say it again


@contextmanager
def opened(request: Request, console: Console) -> Iterator[Template]:
    """Find the template and its version; a remote one is cloned for the time it is open."""
    source = _find(request)
    with tempfile.TemporaryDirectory(prefix="scaffold-", ignore_cleanup_errors=True) as folder:
        workspace = Path(folder)
        if isinstance(source.location, Path):
            repository, src_path = source.location, _checked(source.location)
            ref = request.ref or source.ref or "HEAD"
        else:
            repository, src_path = _download(source.location, workspace, console)
            ref = request.ref or source.ref or git.latest_release(repository) or "HEAD"
        commit = git.commit_of(repository, ref)
        if commit is None:
            raise UsageError(
                f"the template has no version {ref!r}", "--ref takes a tag, a branch or a commit"
            )
        yield Template(
            repository=repository,
            commit=commit,
            version=ref if ref != "HEAD" and git.is_tag(repository, ref) else commit,
            src_path=src_path,
            given=source.given,
            questions=_questions(repository, commit),
            notes=tuple(_notes(source.location, src_path, commit, request.ref)),
            workspace=workspace,
        )


def _find(request: Request) -> _Source:
    """The first place that names a template wins."""
    for value in (request.template, os.environ.get("SCAFFOLD_TEMPLATE"), _configured()):
        if value:
            return _named(value)
    return _installed()


def _configured() -> str | None:
    """`template` in the user's configuration file."""
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    path = Path(home, "scaffold", "config.toml")
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read {path}: {error}") from error
    template = settings.get("template")
    if template is not None and not isinstance(template, str):
        raise UsageError(f"template in {path} is not text")
    return os.path.expanduser(template) if template else None


def _named(value: str) -> _Source:
    if _is_url(value):
        url = _without_credentials(value)
        return _Source(value, given=url)
    path = Path(value)
    if not path.is_dir():
        raise UsageError(
            f"there is no template at {value}", "give a git URL, or a folder with a git repository"
        )
    return _Source(path.resolve(), given=str(path.resolve()))


def _installed() -> _Source:
    """What the installer recorded of where this tool came from (PEP 610)."""
    try:
        recorded = metadata.distribution("scaffold").read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        recorded = None
    origin: dict[str, Any] = json.loads(recorded) if recorded else {}
    if "vcs_info" in origin:
        return _Source(origin["url"], ref=origin["vcs_info"]["commit_id"])
    if "dir_info" in origin:
        path = Path(unquote(urlsplit(origin["url"]).path))
        if not path.is_dir():
            raise ScaffoldError(f"scaffold was installed from {path}, which is gone", _HINT)
        return _Source(path)
    # A wheel says nothing of its origin. The git bundle that will travel in it is opened here.
    raise ScaffoldError("this installation of scaffold does not know its template", _HINT)


def _checked(path: Path) -> str:
    """The URL under which others reach a repository on this machine, else its own."""
    checkout = git.checkout_at(path)
    if checkout is None:
        raise ScaffoldError(
            f"the template at {path} is not a git repository, so it has no version",
            "use a clone of it, or run `git init` and commit there",
        )
    if checkout.shallow:
        raise ScaffoldError(
            f"the template at {path} is a shallow clone", "run `git fetch --unshallow` there"
        )
    origin = checkout.origin
    if origin and _is_url(origin) and not origin.startswith(("file:", "git+file:")):
        return _recorded(origin)
    return f"git+{path.as_uri()}"


def _download(url: str, workspace: Path, console: Console) -> tuple[Path, str]:
    repository = workspace / "template.git"
    src_path = _recorded(url)
    with console.step(f"Fetching the template from {_without_credentials(url)}"):
        try:
            git.clone(git.url_of(_as_copier_says(url)), repository)
        except git.GitError as error:
            raise ScaffoldError(
                f"cannot fetch the template from {_without_credentials(url)}: {error.message}",
                "check the address and the network, or use a local clone with --template",
            ) from error
    return repository, src_path


def _notes(location: str | Path, src_path: str, commit: str, ref: str | None) -> Iterator[str]:
    """What the user should know of the template once a project is made of it."""
    if src_path.startswith("git+file:"):
        yield f"another machine cannot reach {src_path}: the project can only be updated on this one"
    if not isinstance(location, Path):
        return
    if ref is None and git.has_changes(location):
        yield f"changes in {location} that are not committed are left out"
    if not src_path.startswith("git+file:") and not git.is_published(location, commit):
        yield (
            f"commit {commit[:12]} of the template is not on {src_path} yet: "
            "push it before somebody else updates the project"
        )


def _is_url(value: str) -> bool:
    return (
        "://" in value or value.startswith(tuple(git.ALIASES)) or _SCP.fullmatch(value) is not None
    )


def _recorded(url: str) -> str:
    """A URL as the project keeps it, without what only this user should know."""
    return _as_copier_says(_without_credentials(url))


def _as_copier_says(url: str) -> str:
    """A URL that Copier recognises as a git repository."""
    known = url.startswith((*_KNOWN_TO_COPIER, *git.ALIASES)) or url.endswith(".git")
    return url if known and not url.startswith("file:") else f"git+{url}"


def _without_credentials(url: str) -> str:
    prefix = "git+" if url.startswith("git+") else ""
    parts = urlsplit(url.removeprefix("git+"))
    if parts.scheme not in ("http", "https") or "@" not in parts.netloc:
        return url
    return prefix + urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _questions(repository: Path, commit: str) -> dict[str, Question]:
    """The questions of `copier.yml` that can be asked; facts derived from answers are not."""
    text = git.read_file(repository, commit, "copier.yml")
    if text is None:
        text = git.read_file(repository, commit, "copier.yaml")
    if text is None:
        raise ScaffoldError("the template has no copier.yml", "is it a Copier template?")
    try:
        document = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except yaml.YAMLError as error:
        reason = str(error).splitlines()[0]
        raise ScaffoldError(f"cannot read the template's copier.yml: {reason}") from error
    if not isinstance(document, dict):
        raise ScaffoldError("the template's copier.yml is not a table of questions")
    return {
        name: _question(name, details)
        for name, details in document.items()
        if isinstance(name, str) and not name.startswith("_") and not _is_derived(details)
    }


def _is_derived(details: object) -> bool:
    return isinstance(details, dict) and details.get("when", True) is False


def _question(name: str, details: object) -> Question:
    if not isinstance(details, Mapping):
        details = {"default": details}
    kind = details.get("type") or {bool: "bool", int: "int", float: "float", str: "str"}.get(
        type(details.get("default")), "yaml"
    )
    return Question(
        name=name,
        type=str(kind),
        choices=tuple(_choices(details.get("choices"))),
        multiselect=bool(details.get("multiselect", False)),
    )


def _choices(choices: object) -> Iterator[object]:
    """The values to choose from; those that a rule computes are left to Copier."""
    if isinstance(choices, Mapping):
        values = list(choices.values())
    elif isinstance(choices, list):
        values = [
            item[1] if isinstance(item, list) and len(item) == 2 else item for item in choices
        ]
    else:
        return
    plain = [value.get("value") if isinstance(value, Mapping) else value for value in values]
    if not any(isinstance(value, str) and "{" in value for value in plain):
        yield from plain
