"""What the manual has its readers write: applied to a project, it lints, type-checks and works."""

import secrets
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, Repository
from tests.docs.manual import DOCS, Call, Change, shows, steps
from tests.support import environment
from tests.support import projects as support
from tests.support.combinations import FRAMEWORKS, Combination
from tests.support.databases import fresh_database
from tests.support.projects import Projects, run

# In the order in which they build on one another.
PAGES = ("tutorial", "second-resource", "own-setting", "own-error", "streams-and-jobs")
SHOWN = "fastapi"  # whose output the tutorial shows
NAMES = {"fastapi": "FastAPI", "flask": "Flask"}
# The programs of a project that its readers call on these pages, beside its tests and the service.
PROGRAMS = {"fastapi": {"alembic", "python"}, "flask": {"flask", "python"}}


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_code_of_the_manual_works_in_a_project(
    projects: Projects, framework: str, tmp_path: Path
) -> None:
    project = support.copy(projects.project(framework, "postgresql", "jwt"), tmp_path / "shop")
    settings = {
        "JWT_SECRET": secrets.token_hex(32),
        "MYPY_CACHE_DIR": str(projects.mypy_cache(framework, tmp_path / "mypy-cache")),
    }
    given = {file.name for file in (project / "tests").iterdir()}

    def call(program: str, *words: str) -> None:
        run(str(project / ".venv/bin" / program), *words, folder=project, **settings)

    def says(program: str, *words: str) -> str:
        done = subprocess.run(  # noqa: S603 - a command of the project
            [project / ".venv/bin" / program, *words],
            cwd=project,
            env=environment.for_tools() | settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.stdout

    def take(step: Change | Call) -> None:
        if isinstance(step, Change):
            if step.framework in (None, NAMES[framework]):
                step.apply(project)
        elif step.words[:2] == ["scaffold", "generate"]:
            ran = Cli(project, tmp_path).run(*step.words[1:], "--no-install")
            assert ran.code == 0, ran
        elif step.words[:2] == ["git", "add"]:
            repository.git(*step.words[1:])
        elif step.words[:2] == ["git", "commit"]:
            repository.git(*step.words[1:], "--allow-empty")
        elif step.words[:2] != ["uv", "run"]:
            return
        elif step.output and framework == SHOWN:
            said = says(*step.words[2:])
            assert shows(step.output, said), f"{step}\n{said}"
        elif step.words[2] in PROGRAMS[framework] or step.words[2:] == ["poe", "migrate"]:
            call(*step.words[2:])

    repository = Repository(project)
    repository.git("init", "--quiet")
    (project / ".git/info/exclude").write_text(".venv\n")
    with fresh_database("postgresql", tmp_path) as url:
        assert url
        settings["DATABASE_URL"] = url
        call("poe", "migrate")
        for page in PAGES:
            for step in steps(DOCS / f"{page}.md"):
                take(step)
        call("poe", "lint")
    written = sorted({file.name for file in (project / "tests").glob("test_*.py")} - given)
    assert len(written) == len(PAGES) - 1, "all but the tutorial bring a file of tests"
    tests = (*written, "test_items.py", "test_migrations.py")
    call("pytest", *(f"tests/{name}" for name in tests))


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_code_on_pages_works_in_a_project(
    projects: Projects, framework: str, tmp_path: Path
) -> None:
    answers = Combination(framework=framework, database="sqlite", auth="jwt", pages="plain")
    project = support.copy(projects.of(answers), tmp_path / "shop")
    for step in steps(DOCS / "pages.md"):
        if isinstance(step, Change) and step.framework in (None, NAMES[framework]):
            step.apply(project)
    settings = {
        "JWT_SECRET": secrets.token_hex(32),
        "MYPY_CACHE_DIR": str(projects.mypy_cache(framework, tmp_path / "mypy-cache")),
    }
    for program, words in (("poe", "lint"), ("pytest", "tests/test_about.py")):
        run(str(project / ".venv/bin" / program), words, folder=project, **settings)
