"""Where a template is read from, and how a project records that place."""

import json
import os
import re
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

import scaffold
from scaffold.console import Console
from scaffold.distribution import DISTRIBUTION
from scaffold.errors import ScaffoldError, UsageError
from scaffold.git.remotes import clone_bare
from scaffold.git.repository import checkout_at, has_changes, is_published
from scaffold.git.run import GitError
from scaffold.template import releases
from scaffold.template.answers_file import Record
from scaffold.template.copier_urls import SITE_ALIASES, copier_url, git_url, without_alias
from scaffold.template.request import TemplateRequest

_PACKAGE = Path(scaffold.__file__).parent
# What `poe release` puts into a wheel: every release so far, and where they come from.
BUNDLE = _PACKAGE / "template.bundle"
URL = _PACKAGE / "template.url"

_HINT = "name a template with --template, or set SCAFFOLD_TEMPLATE"
_SCP = re.compile(r"[\w.-]+@[\w.-]+:.+")


@dataclass(frozen=True)
class Source:
    """A repository to read the template from."""

    location: str | Path  # a URL for git, or a folder on this machine
    ref: str | None = None
    given: str | None = None  # what the user said, to say it again
    bundle: Path | None = None  # what a wheel carries of the repository at the URL


def find_source(request: TemplateRequest) -> Source:
    """The first place that names a template wins."""
    value = named_template(request)
    return _source_at(value) if value else _tool_source()


def named_template(request: TemplateRequest) -> str | None:
    """The template that the user names; without one it is the tool's own."""
    return request.template or os.environ.get("SCAFFOLD_TEMPLATE") or _configured_template()


def source_of_project(record: Record, other: str | None) -> tuple[Source, str]:
    """Where to read a project's template, and what the project records of it from now on."""
    if other:
        return _source_at(other), ""
    wanted = _src_path(record.src_path)
    for mine in (os.environ.get("SCAFFOLD_TEMPLATE"), _configured_template()):
        if mine and _src_path_of(source := _source_at(mine)) == wanted:
            return source, record.src_path
    with suppress(ScaffoldError):
        brought = _tool_source()
        if _src_path_of(brought) == wanted:
            return brought, record.src_path
    url = git_url(record.src_path)
    path = Path(unquote(urlsplit(url).path) if url.startswith("file:") else url)
    return Source(path if path.is_dir() else url), record.src_path


def git_location(record: Record) -> str | Path:
    """What git asks to learn which versions a project's template has."""
    source, _ = source_of_project(record, None)
    if source.bundle:
        return source.bundle
    if isinstance(source.location, Path):
        return source.location.resolve()
    return git_url(copier_url(source.location))


def repository(source: Source, workspace: Path, console: Console) -> tuple[Path, str]:
    """A repository on this machine with the template, and what a project records of it."""
    if isinstance(source.location, Path):
        return source.location, _checkout_src_path(source.location)
    if source.bundle:
        return _unpack(source.bundle, workspace), _src_path(source.location)
    return _download(source.location, workspace, console)


def notes(location: str | Path, src_path: str, commit: str, ref: str | None) -> Iterator[str]:
    """What the user should know of the template once a project is made of it."""
    if src_path.startswith("git+file:"):
        yield (
            f"the template is {src_path}, which only this machine has: fine while you work alone. "
            "To share the project, push the template, then `scaffold update --template URL`"
        )
    if not isinstance(location, Path):
        return
    if ref is None and has_changes(location):
        yield f"changes in {location} that are not committed are left out"
    if not src_path.startswith("git+file:") and not is_published(location, commit):
        yield (
            f"commit {releases.short(commit)} of the template is not on {src_path} yet: "
            "push it before somebody else updates the project"
        )


def shareable_url(origin: str | None) -> str | None:
    """The URL to record for what was cloned from there; none if only this machine has it."""
    if origin and _is_url(origin) and not origin.startswith(("file:", "git+file:")):
        return _src_path(origin)
    return None


def _configured_template() -> str | None:
    """`template` in the user's configuration file."""
    home = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    if not os.path.isabs(home):
        return None  # a user id without a home has no settings
    path = Path(home, "scaffold", "config.toml")
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise UsageError(
            f"cannot read {path}: {error.strerror}",
            "set HOME or XDG_CONFIG_HOME to a folder of yours",
        ) from error
    except ValueError as error:
        raise UsageError(f"cannot read {path}: {error}") from error
    template = settings.get("template")
    if template is not None and not isinstance(template, str):
        raise UsageError(f"template in {path} is not text")
    return os.path.expanduser(template) if template else None


def _source_at(value: str) -> Source:
    if _is_url(value):
        url = _without_credentials(value)
        return Source(value, given=url)
    path = Path(value)
    if not path.is_dir():
        raise UsageError(
            f"there is no template at {value}", "give a git URL, or a folder with a git repository"
        )
    return Source(path.resolve(), given=str(path.resolve()))


def _tool_source() -> Source:
    """What the installer recorded of where this tool came from (PEP 610), or what a wheel carries."""
    try:
        distribution = metadata.distribution(DISTRIBUTION)
    except metadata.PackageNotFoundError as error:
        raise ScaffoldError("scaffold is not installed, so it has no template", _HINT) from error
    recorded = distribution.read_text("direct_url.json")
    origin: dict[str, Any] = json.loads(recorded) if recorded else {}
    if "vcs_info" in origin:
        return Source(origin["url"], ref=origin["vcs_info"]["commit_id"])
    if "dir_info" in origin:
        path = Path(unquote(urlsplit(origin["url"]).path))
        if not path.is_dir():
            raise ScaffoldError(f"scaffold was installed from {path}, which is gone", _HINT)
        return Source(path)
    if not BUNDLE.is_file():
        raise ScaffoldError("this installation of scaffold carries no template", _HINT)
    url = URL.read_text(encoding="utf-8").strip()
    return Source(url, ref=f"v{distribution.version}", bundle=BUNDLE)


def _src_path_of(source: Source) -> str:
    """What a project made from this source records."""
    place = source.location
    return _checkout_src_path(place) if isinstance(place, Path) else _src_path(place)


def _checkout_src_path(path: Path) -> str:
    """The URL under which others reach a repository on this machine, else its own."""
    checkout = checkout_at(path)
    if checkout is None:
        raise ScaffoldError(
            f"the template at {path} is not a git repository, so it has no version",
            "use a clone of it, or run `git init` and commit there",
        )
    if checkout.shallow:
        raise ScaffoldError(
            f"the template at {path} is a shallow clone", "run `git fetch --unshallow` there"
        )
    return shareable_url(checkout.origin) or f"git+{path.as_uri()}"


def _download(url: str, workspace: Path, console: Console) -> tuple[Path, str]:
    repository = workspace / "template.git"
    src_path = _src_path(url)
    with console.step(f"Fetching the template from {_without_credentials(url)}"):
        try:
            clone_bare(git_url(copier_url(url)), repository)
        except GitError as error:
            raise ScaffoldError(
                f"cannot fetch the template from {_without_credentials(url)}: {error.message}",
                "check the address and the network, or use a local clone with --template",
            ) from error
    return repository, src_path


def _unpack(bundle: Path, workspace: Path) -> Path:
    repository = workspace / "template.git"
    try:
        clone_bare(str(bundle), repository)
    except GitError as error:
        raise ScaffoldError(
            f"cannot read the template in {bundle}: {error.message}", "install scaffold again"
        ) from error
    return repository


def _is_url(value: str) -> bool:
    return (
        "://" in value or value.startswith(tuple(SITE_ALIASES)) or _SCP.fullmatch(value) is not None
    )


def _src_path(url: str) -> str:
    """A URL as the project keeps it, without what only this user should know."""
    return copier_url(without_alias(_without_credentials(url)))


def _without_credentials(url: str) -> str:
    prefix = "git+" if url.startswith("git+") else ""
    parts = urlsplit(url.removeprefix("git+"))
    if parts.scheme not in ("http", "https") or "@" not in parts.netloc:
        return url
    return prefix + urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
