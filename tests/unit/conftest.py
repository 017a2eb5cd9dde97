"""What the unit tests share: an environment of their own, and a tiny template."""

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import copier
import pytest
from copier import Settings

from scaffold.console import Console
from scaffold.template.questions import Question
from scaffold.template.template import Template
from tests.cli.conftest import Repository, make_repository

COPIER_YML = """
_subdirectory: template
_skip_if_exists: [/once.txt]
project_name:
  type: str
  default: api
  validator: "{% if ' ' in project_name %}Use no spaces.{% endif %}"
framework: {type: str, default: fastapi, choices: [fastapi, flask]}
database: {type: str, default: none, choices: [none, sqlite]}
auth:
  type: str
  default: none
  choices: [none, jwt]
  when: "{{ database != 'none' }}"
websockets: {type: bool, default: false}
secret_settings:
  type: yaml
  when: false
  default: "{{ ['JWT_SECRET'] if auth == 'jwt' else [] }}"
"""
FILES = {
    "copier.yml": COPIER_YML,
    "CHANGELOG.md": "# Changes\n\n## 1.0.0\n\n- First\n",
    "template/{{_copier_conf.answers_file}}.jinja": "{{ _copier_answers|to_nice_yaml }}",
    "template/.gitignore": ".env\n",
    "template/README.md.jinja": "# {{ project_name }}\n\nMade with {{ framework }}.\n\nEnd.\n",
    "template/app/main.py": "one\ntwo\nthree\nfour\nfive\n",
    "template/once.txt": "first\n",
}
SECOND = {
    "CHANGELOG.md": "# Changes\n\n## 1.1.0\n\n- Second\n\n## 1.0.0\n\n- First\n",
    "template/app/main.py": "one\ntwo\nthree\nfour\nFIVE\n",
    "template/app/new.py": "new\n",
    "template/once.txt": "second\n",
}
OURS = ("GIT_", "SCAFFOLD_", "UV_", "VIRTUAL_ENV", "XDG_")


@pytest.fixture(autouse=True)
def own_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The user's settings reach no test, and what one test sets reaches no other."""
    base = tmp_path_factory.getbasetemp()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    own = {
        "GIT_CEILING_DIRECTORIES": str(base),
        "GIT_CONFIG_NOSYSTEM": "1",
        "HOME": str(base / "home"),
    }
    with mock.patch.dict(os.environ, inherited | own, clear=True):
        yield


@pytest.fixture
def no_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system that has no locks."""

    def flock(*_: object) -> None:
        raise OSError(errno.ENOTSUP, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", flock)


@pytest.fixture
def console() -> Console:
    return Console()


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A repository with one commit of one file."""
    return make_repository(tmp_path / "repository", {"README.md": "Hello\n"})


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """The tiny template with its releases 1.0.0 and 1.1.0; no test changes it."""
    template = make_repository(tmp_path_factory.mktemp("released") / "template", FILES)
    template.git("tag", "v1.0.0")
    template.commit(SECOND)
    template.git("tag", "v1.1.0")
    return template


@pytest.fixture(scope="session")
def generated(released: Repository, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of release 1.0.0 in one commit; no test changes it."""
    path = tmp_path_factory.mktemp("generated") / "api"
    copier.run_copy(
        f"git+file://{released.path}",
        path,
        vcs_ref="v1.0.0",
        defaults=True,
        quiet=True,
        settings=Settings(),
    )
    project = Repository(path)
    project.git("init", "--quiet", "--initial-branch=main")
    project.commit({})
    return path


@pytest.fixture
def project(generated: Path, tmp_path: Path) -> Repository:
    """A project of release 1.0.0 to do with what a test likes."""
    return Repository(Path(shutil.copytree(generated, tmp_path / "api", symlinks=True)))


def template_at(repository: Repository, ref: str = "HEAD", **questions: Question) -> Template:
    """One version of a template, as the tool knows it once it is opened."""
    return Template(
        repository=repository.path,
        commit=repository.git("rev-parse", f"{ref}^{{commit}}"),
        version=ref,
        src_path=f"git+file://{repository.path}",
        given=str(repository.path),
        questions=questions,
        notes=(),
        workspace=repository.path.parent,
    )
