"""What tests of updates share: a project of a small template, and how things lie on the disk."""

import os
import shutil
import stat
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import copier
import pytest
from copier import Settings

from tests.cli.conftest import (
    Cli,
    Ran,
    Repository,
    bare_cli,
    make_repository,
    nothing_leaks,
)
from tests.support.projects import Projects
from tests.support.renderings import kept

__all__ = ["bare_cli", "nothing_leaks"]

COPIER_YML = """
_subdirectory: template
_skip_if_exists: [/once.txt]
project_name: {type: str, default: api}
colour: {type: str, default: red, choices: [red, green, blue]}
mood: {type: str, default: calm}
docs: {type: bool, default: true}
"""


def lines(name: str, changed: Mapping[int, str] | None = None) -> str:
    """Twenty lines of a file like no other, some of them changed."""
    return "".join(f"{(changed or {}).get(n, f'{name} {n}')}\n" for n in range(1, 21))


FILES = {
    "copier.yml": COPIER_YML,
    "template/{{_copier_conf.answers_file}}.jinja": "{{ _copier_answers|to_nice_yaml }}",
    "template/.gitignore": ".env\nlocal/\n",
    "template/README.md.jinja": "# {{ project_name }}\n\nIt is {{ colour }}.\n",
    "template/app/main.py": lines("main"),
    "template/app/tools.py": lines("tools"),
    "template/app/old.py": lines("old"),
    "template/once.txt": "the template's\n",
}


@dataclass(frozen=True)
class Template(Repository):
    """A template under test."""

    def release(
        self, version: str, files: Mapping[str, str] | None = None, without: Collection[str] = ()
    ) -> None:
        """Change files, remove others, and tag that."""
        for name in without:
            self.git("rm", "--quiet", f"template/{name}")
        self.commit({self._place(name): text for name, text in (files or {}).items()})
        self.git("tag", version)

    @staticmethod
    def _place(name: str) -> str:
        return name if name in ("copier.yml", "CHANGELOG.md") else f"template/{name}"


@dataclass(frozen=True)
class Project(Repository):
    """A project of the template, and the tool at work on it."""

    cli: Cli

    def run(self, command: str, *args: str) -> Ran:
        """Run a command of the tool in the project, without waiting for uv."""
        return self.cli.run(command, *args, "--no-install")

    def update(self, *args: str) -> Ran:
        return self.run("update", *args)

    def abort(self) -> Ran:
        return self.cli.run("update", "--abort")

    def read(self, name: str) -> str:
        return (self.path / name).read_text()

    def status(self) -> list[str]:
        """What git says of each path that is not as in the last commit."""
        shown = self.git("status", "--short", "--branch", "--untracked-files=all")
        return shown.splitlines()[1:]

    def refused(self, code: int, *words: str) -> None:
        """Run an update that must end with this code and these words, and write nothing."""
        before = everything(self.path)
        ran = self.update()
        assert (ran.code, ran.out) == (code, ""), ran
        assert all(word in ran.err for word in words), ran.err
        *_, error, hint = ran.err.splitlines()
        assert error.startswith("error: ")
        assert hint.startswith("hint: ")
        told = self.update("--json")
        assert told.code == told.json["exit_code"] == code
        assert told.json["status"] == "error"
        assert everything(self.path) == before

    def state(self) -> object:
        """All that an update can change: files, modes, the index and what git says of them."""
        return everything(self.path), self.git("ls-files", "--stage"), self.status()


def changes(ran_json: dict[str, list[dict[str, str]]]) -> dict[str, str]:
    """What happens to each file."""
    return {change["path"]: change["status"] for change in ran_json["changes"]}


def everything(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file and folder with its mode and content, git's own left out."""
    found = {}
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if not name.startswith(".git/") and name != ".git":
            mode = path.lstat().st_mode
            content = b""
            if path.is_symlink():
                content = os.fsencode(path.readlink())
            elif path.is_file():
                content = path.read_bytes()
            found[name] = (mode if stat.S_ISREG(mode) else stat.S_IFMT(mode), content)
    return found


def make_project(cli: Cli, template: Repository, name: str, **answers: object) -> Project:
    """A project of the template's newest release, with one commit."""
    path = cli.cwd / name
    copier.run_copy(
        f"git+file://{template.path}",
        path,
        data=answers,
        defaults=True,
        quiet=True,
        settings=Settings(),
    )
    project = Project(path, cli)
    project.git("init", "--quiet", "--initial-branch=main")
    project.git("add", "--all")
    project.git("commit", "--quiet", "-m", "First")
    cli.cwd = path
    return project


def copy_project(projects: Projects, cli: Cli, name: str, **answers: object) -> Project:
    """A project of the template as it lies in the working tree, with one commit."""
    path = cli.cwd / name
    shutil.copytree(projects.committed(**answers), path, symlinks=True)
    cli.cwd = path
    return Project(path, cli)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the small template, released as v1.0.0, and a project of it; each is copied."""
    folder = tmp_path_factory.mktemp("made")
    template = Template(make_repository(folder / "template", FILES).path)
    template.git("tag", "v1.0.0")
    (folder / "home").mkdir()
    make_project(Cli(folder, folder / "home"), template, "api")
    return folder


@pytest.fixture
def template(made: Path, tmp_path: Path) -> Template:
    """The small template, released as v1.0.0."""
    return Template(shutil.copytree(made / "template", tmp_path / "template"))


@pytest.fixture
def project(made: Path, bare_cli: Cli, template: Template) -> Project:
    """A project of v1.0.0."""
    project = Project(shutil.copytree(made / "api", bare_cli.cwd / "api"), bare_cli)
    answers = project.path / ".copier-answers.yml"
    answers.write_text(answers.read_text().replace(str(made / "template"), str(template.path)))
    project.git("commit", "--quiet", "--all", "--amend", "--no-edit")
    bare_cli.cwd = project.path
    return project


@pytest.fixture
def conflicting(project: Project, template: Template) -> Project:
    """A project whose user and whose template changed the same line."""
    project.commit({"README.md": "# api\n\nIt is not red.\n"})
    template.release("v1.1.0", {"README.md.jinja": "# {{ project_name }}\n\nIt is very red.\n"})
    return project


@pytest.fixture
def everything_happens(bare_cli: Cli, template: Template) -> Project:
    """A project with changes of its own, and a release with changes of every kind."""
    more = ("gone", "here", "place")
    template.release("v1.0.1", {f"app/{name}.py": lines(name) for name in more})
    project = make_project(bare_cli, template, "api")
    project.git("mv", "app/place.py", "place.py")
    project.git("rm", "--quiet", "app/gone.py")
    project.commit(
        {"app/main.py": lines("main", {15: "mine"}), "README.md": "# api\n\nIt is not red.\n"}
    )
    template.git("mv", "template/app/here.py", "template/app/there.py")
    template.release(
        "v1.1.0",
        {
            "README.md.jinja": "# {{ project_name }}\n\nIt is very {{ colour }}.\n",
            "app/gone.py": lines("gone", {5: "new"}),
            "app/main.py": lines("main", {5: "new"}),
            "app/new.py": "new\n",
            "app/place.py": lines("place", {5: "new"}),
            "app/tools.py": lines("tools", {5: "new"}),
            "once.txt": "the template's second\n",
        },
        without=["app/old.py"],
    )
    return project


@pytest.fixture(scope="module")
def kept_renderings(projects: Projects) -> Iterator[None]:
    """Has Copier render the same version of a template with the same answers once in a run of the tests."""
    with kept(projects.folder / "renderings"):
        yield
