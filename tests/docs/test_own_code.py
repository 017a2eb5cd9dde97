"""What the manual has its readers write: applied to a project, it lints, type-checks and works."""

import secrets
from pathlib import Path

import pytest

from tests.docs.manual import DOCS, Change, steps
from tests.support import projects as support
from tests.support.combinations import FRAMEWORKS
from tests.support.databases import fresh_database
from tests.support.projects import Projects, run

# In the order in which they build on one another.
PAGES = ("tutorial", "second-resource", "own-setting", "own-error", "streams-and-jobs")
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

    def take(step: Change | list[str]) -> None:
        if isinstance(step, Change):
            if step.framework in (None, NAMES[framework]):
                step.apply(project)
        elif step[0] in ("mkdir", "touch"):
            run(*step, folder=project)
        elif step[:2] == ["uv", "run"] and step[2] in PROGRAMS[framework]:
            call(*step[2:])
        elif step == ["uv", "run", "poe", "migrate"]:
            call("poe", "migrate")

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
