"""A project is planned without being written, and made whole or not at all."""

import shlex
import stat
from pathlib import Path
from typing import Any

import pytest

from scaffold.console import Console
from scaffold.errors import Interrupted, InvalidAnswer, ScaffoldError, UsageError
from scaffold.new import verify
from scaffold.new.create import create_project, plan_project
from scaffold.new.plan import Check, NewRequest
from scaffold.project import uv
from scaffold.project.skipped import Skipped
from scaffold.template.questions import Answers
from scaffold.template.template import Template
from tests.cli.conftest import Repository, make_repository


def never(*_: object) -> Answers:
    raise AssertionError("nobody can be asked")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that projects are made in."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def asked(released: Repository) -> dict[str, Any]:
    """What most requests have in common."""
    return {"template": str(released.path), "yes": True, "install": False}


class Uv:
    """Stands in for uv; a step fails for the reason that the test gives."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ran: list[tuple[str, Path]] = []
        self.fails: dict[str, BaseException] = {}
        monkeypatch.setattr(uv, "lock", lambda folder: self.run("lock", folder))
        monkeypatch.setattr(uv, "install", lambda folder: self.run("install", folder))

    def run(self, step: str, folder: Path) -> None:
        self.ran.append((step, folder))
        if step in self.fails:
            raise self.fails[step]
        if step == "lock":
            (folder / "uv.lock").write_text("locked\n")


@pytest.fixture
def fake_uv(monkeypatch: pytest.MonkeyPatch) -> Uv:
    return Uv(monkeypatch)


def test_a_project_is_made_with_one_commit(
    here: Path, asked: dict[str, Any], console: Console, released: Repository
) -> None:
    made = create_project(NewRequest("my/api", **asked), console, never)
    api = here / "my" / "api"
    assert made.plan.path == api
    assert made.plan.answers["project_name"] == "api"
    assert made.plan.files == (
        ".copier-answers.yml",
        ".gitignore",
        "README.md",
        "app/main.py",
        "app/new.py",
        "once.txt",
    )
    assert made.next == ("cd my/api", "uv sync", "uv run poe dev")
    assert made.skipped == ()
    assert made.check is None
    message = Repository(api).git("log", "--format=%B")
    assert message.split("\n") == [
        "Create api",
        "",
        f"Template: git+file://{released.path}",
        f"Version: {released.git('rev-parse', 'HEAD')}",
    ]
    assert Repository(api).git("status", "--porcelain") == ""
    assert [path.name for path in here.iterdir()] == ["my"]


def test_a_plan_is_what_is_then_made(here: Path, asked: dict[str, Any], console: Console) -> None:
    request = NewRequest("api", flags={"database": "sqlite", "auth": "jwt"}, **asked)
    planned = plan_project(request, console, never)
    assert list(here.iterdir()) == []
    made = create_project(request, console, never).plan
    assert {*planned.files} == {*made.files}
    assert (planned.answers, planned.command) == (made.answers, made.command)
    words = shlex.split(planned.command)
    assert words[:4] == ["scaffold", "new", "api", "--yes"]
    assert {"--no-install", "--database"} <= {*words}


def test_a_plan_names_the_lock_that_would_be_made(asked: dict[str, Any], console: Console) -> None:
    planned = plan_project(NewRequest("api", **{**asked, "install": True}), console, never)
    assert "uv.lock" in planned.files


def test_secrets_are_written_and_not_committed(
    here: Path, asked: dict[str, Any], console: Console
) -> None:
    request = NewRequest("api", flags={"database": "sqlite", "auth": "jwt"}, **asked)
    create_project(request, console, never)
    secret = here / "api" / ".env"
    assert secret.read_text().startswith("JWT_SECRET=")
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert ".env" not in Repository(here / "api").git("ls-files").split("\n")


def test_secrets_in_a_file_that_the_repository_around_tracks_are_told(
    here: Path, asked: dict[str, Any], console: Console
) -> None:
    around = make_repository(here / "mono", {"api/.env": "OLD=1\n"})
    (around.path / "api" / ".env").unlink()
    create_project(
        NewRequest("mono/api", flags={"database": "sqlite", "auth": "jwt"}, **asked), console, never
    )
    assert console.notes[-1] == (
        f"git tracks {around.path}/api/.env, so its secrets would be committed: "
        "`git rm --cached .env` there keeps them out"
    )


def test_without_git_there_is_no_repository(
    here: Path, asked: dict[str, Any], console: Console
) -> None:
    create_project(NewRequest("api", git=False, **asked), console, never)
    assert not (here / "api" / ".git").exists()


def test_inside_a_repository_no_other_is_made(
    asked: dict[str, Any], console: Console, repository: Repository
) -> None:
    create_project(NewRequest(str(repository.path / "api"), **asked), console, never)
    assert not (repository.path / "api" / ".git").exists()
    assert "DEST is in a git repository already, so no other is made inside it" in console.notes


def test_a_workflow_that_is_not_at_the_top_of_its_repository_is_told_where_it_runs(
    asked: dict[str, Any], console: Console, tmp_path: Path
) -> None:
    files = {"copier.yml": "a: 1\n", ".github/workflows/ci.yml": "name: CI\n"}
    asked["template"] = str(make_repository(tmp_path / "other", files).path)
    around = make_repository(tmp_path / "mono", {"services/old/file": ""}).path
    create_project(NewRequest(str(around / "services" / "api"), **asked), console, never)
    assert console.notes[-1] == (
        "GitHub runs workflows from the top of a repository only: "
        "copy services/api/.github/workflows/ci.yml to .github/workflows/api-ci.yml there, "
        "with `defaults: {run: {working-directory: services/api}}` in it"
    )
    alone = Console()
    create_project(NewRequest(str(tmp_path / "alone"), **asked), alone, never)
    assert not [note for note in alone.notes if "workflows" in note]


def test_dependencies_are_locked_before_the_commit_and_installed_after_it(
    here: Path, asked: dict[str, Any], console: Console, fake_uv: Uv
) -> None:
    made = create_project(NewRequest("api", **{**asked, "install": True}), console, never)
    (first, staged), (second, published) = fake_uv.ran
    assert (first, second) == ("lock", "install")
    assert staged != here / "api"
    assert published == here / "api"
    assert "uv.lock" in made.plan.files
    assert "uv.lock" in Repository(here / "api").git("ls-files").split("\n")
    assert made.next == ("cd api", "uv run poe dev")


@pytest.mark.parametrize(
    ("step", "skipped"),
    [
        (
            "lock",
            [
                Skipped("lock", "no network", "uv lock"),
                Skipped("install", "the dependencies are not locked", "uv sync"),
            ],
        ),
        ("install", [Skipped("install", "no network", "uv sync")]),
    ],
)
def test_without_a_network_the_project_is_made_and_says_what_is_left(
    asked: dict[str, Any],
    console: Console,
    fake_uv: Uv,
    step: str,
    skipped: list[Skipped],
) -> None:
    fake_uv.fails = {step: uv.UvError("no network")}
    request = NewRequest("api", **{**asked, "install": True, "check": True})
    made = create_project(request, console, never)
    assert list(made.skipped) == skipped
    assert made.next == ("cd api", "uv sync", "uv run poe dev")
    assert made.check is not None
    assert not made.check.passed
    assert set(made.check.steps) == {"lint", "test", "start"}


def test_an_interrupt_while_it_installs_leaves_the_project(
    here: Path, asked: dict[str, Any], console: Console, fake_uv: Uv
) -> None:
    fake_uv.fails = {"install": KeyboardInterrupt()}
    with pytest.raises(Interrupted) as caught:
        create_project(NewRequest("api", **{**asked, "install": True}), console, never)
    assert caught.value.message == f"interrupted, but {here / 'api'} was created"
    assert (here / "api" / ".git").is_dir()


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("x")])
def test_a_failure_before_the_end_leaves_nothing(
    here: Path, asked: dict[str, Any], console: Console, fake_uv: Uv, error: BaseException
) -> None:
    fake_uv.fails = {"lock": error}
    with pytest.raises(type(error)):
        create_project(NewRequest("api", **{**asked, "install": True}), console, never)
    assert list(here.iterdir()) == []


def test_a_project_is_checked_where_that_was_asked_for(
    here: Path,
    asked: dict[str, Any],
    console: Console,
    fake_uv: Uv,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    checked: list[Path] = []

    def check(path: Path, answers: Answers, _console: Console) -> Check:
        assert answers["framework"] == "fastapi"
        checked.append(path)
        return Check({"lint": "passed"}, True)

    monkeypatch.setattr(verify, "verify_project", check)
    made = create_project(
        NewRequest("api", **{**asked, "install": True, "check": True}), console, never
    )
    assert checked == [here / "api"]
    assert made.check == Check({"lint": "passed"}, True)


def test_a_check_needs_an_installation(console: Console) -> None:
    with pytest.raises(UsageError, match="--check needs what --no-install leaves out"):
        create_project(NewRequest("api", check=True, install=False), console, never)


def test_without_a_terminal_every_open_question_is_named(
    asked: dict[str, Any], console: Console
) -> None:
    request = NewRequest("api", flags={"framework": "flask"}, **{**asked, "yes": False})
    with pytest.raises(UsageError) as caught:
        create_project(request, console, never)
    assert caught.value.message == (
        "there is no terminal to ask in, and nothing answers --name, --database, --websockets"
    )
    assert "--yes" in caught.value.hint


def test_without_a_terminal_a_question_that_is_not_asked_is_not_missed(
    asked: dict[str, Any], console: Console
) -> None:
    flags = {
        "project_name": "api",
        "framework": "flask",
        "database": "none",
        "websockets": False,
    }
    made = create_project(NewRequest("api", flags=flags, **{**asked, "yes": False}), console, never)
    assert "auth" not in made.plan.answers


def test_at_a_terminal_the_answers_are_asked_for(asked: dict[str, Any], console: Console) -> None:
    calls: list[tuple[str, Answers, Answers]] = []

    def ask(
        _request: NewRequest,
        _template: Template,
        folder: str,
        given: Answers,
        derived: Answers,
        _console: Console,
    ) -> Answers:
        calls.append((folder, given, derived))
        return {**given, "project_name": "asked"}

    request = NewRequest(
        "api", flags={"framework": "flask"}, interactive=True, **{**asked, "yes": False}
    )
    made = create_project(request, console, ask)
    assert calls == [("api", {"framework": "flask"}, {"project_name": "api"})]
    assert made.plan.answers["project_name"] == "asked"


def test_a_rule_is_explained_with_the_flag(asked: dict[str, Any], console: Console) -> None:
    with pytest.raises(UsageError) as caught:
        create_project(NewRequest("my api", **asked), console, never)
    assert not isinstance(caught.value, InvalidAnswer)
    assert caught.value.hint == "add --name my-api"


def test_an_answer_to_a_question_that_is_not_asked_is_refused(
    here: Path, asked: dict[str, Any], console: Console
) -> None:
    with pytest.raises(UsageError, match="auth is not asked together"):
        create_project(NewRequest("api", flags={"auth": "jwt"}, **asked), console, never)
    assert list(here.iterdir()) == []


def test_a_template_that_would_commit_secrets_makes_nothing(
    here: Path, tmp_path: Path, console: Console
) -> None:
    template = make_repository(
        tmp_path / "t",
        {"copier.yml": "a: 1\nsecret_settings: {type: yaml, when: false, default: '[A]'}\n"},
    )
    request = NewRequest("api", template=str(template.path), yes=True, install=False)
    with pytest.raises(ScaffoldError, match="secrets would be committed"):
        create_project(request, console, never)
    assert list(here.iterdir()) == []


def test_the_template_says_what_starts_its_projects(tmp_path: Path, console: Console) -> None:
    facts = (
        "start_commands: {type: yaml, when: false, default: '[up, run]'}\n"
        "start_note: {type: str, when: false, default: It serves}\n"
    )
    template = make_repository(tmp_path / "t", {"copier.yml": f"a: 1\n{facts}", "b": ""})
    request = NewRequest("api", template=str(template.path), yes=True, install=False)
    made = create_project(request, console, never)
    assert made.next == ("cd api", "uv sync", "up", "run")
    assert made.note == "It serves"


def test_the_folder_that_a_shell_stands_in_is_entered_anew(
    here: Path, asked: dict[str, Any], console: Console
) -> None:
    made = create_project(NewRequest(".", flags={"project_name": "x"}, **asked), console, never)
    assert made.next[0] == f"cd {here}"


def test_a_folder_that_looks_like_an_option_is_entered_as_a_folder(
    asked: dict[str, Any], console: Console
) -> None:
    request = NewRequest("-api", flags={"project_name": "x"}, **asked)
    assert create_project(request, console, never).next[0] == "cd ./-api"
