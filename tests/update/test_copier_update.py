"""Plain `copier update`, untrusted, works on every project that was ever generated."""

import os
import shutil
import subprocess
import sys
from itertools import count, cycle
from pathlib import Path

import copier
import pytest
import yaml
from copier import Settings

from tests.cli.conftest import Repository
from tests.support import environment
from tests.support.combinations import DATABASES, FRAMEWORKS, Combination
from tests.support.projects import REPOSITORY, snapshot
from tests.support.questions import Value

NEWEST = "v99.0.0"
LARGE: dict[str, Value] = {"auth": "jwt", "pages": "htmx", "websockets": True, "ml": True}


def releases() -> list[str]:
    """The tags of this repository; a clone without them tests none but the working tree."""
    command = [shutil.which("git") or "git", "tag", "--list", "v*"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout.split()


# What snapshot() calls the template as it lies in the working tree, and all that was released.
VERSIONS = ["v0.0.1", *releases()]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """Every version of the template, and a newer one with changes of every kind."""
    template = Repository(tmp_path_factory.mktemp("template"))
    snapshot(template.path)
    if VERSIONS[1:]:
        tags = [f"refs/tags/{tag}:refs/tags/{tag}" for tag in VERSIONS[1:]]
        template.git("fetch", "--quiet", "--update-shallow", REPOSITORY.as_uri(), *tags)
    shared = "templates/shared"
    template.git("mv", f"{shared}/app/http_security.py.jinja", f"{shared}/app/rules.py.jinja")
    template.git("rm", "--quiet", f"{shared}/tests/test_http.py")
    questions = (template.path / "copier.yml").read_text()
    questions = questions.replace("- app/http_security.py", "- app/rules.py")
    questions = questions.replace("- tests/test_http.py", "- docs/new.md")
    readme = (template.path / f"{shared}/README.md.jinja").read_text()
    template.commit(
        {
            "copier.yml": f"{questions}\nnewcomer: {{type: str, default: welcome}}\n",
            f"{shared}/docs/new.md.jinja": "# {{ project_name }}, {{ newcomer }}\n",
            f"{shared}/README.md.jinja": f"{readme}\nNew in {{{{ project_name }}}}.\n",
        }
    )
    template.git("tag", NEWEST)
    return template


# A large project of each framework, then small ones until each database was there: what the newest
# version makes of a combination is rendered in tests/template, and the merge is Copier's.
@pytest.mark.parametrize(
    "combination",
    [
        Combination(framework, database, **(LARGE if number < len(FRAMEWORKS) else {}))
        for number, framework, database in zip(count(), cycle(FRAMEWORKS), DATABASES, strict=False)
    ],
    ids=str,
)
@pytest.mark.parametrize("version", VERSIONS)
def test_copier_update_brings_a_project_of_any_release_to_the_newest(
    template: Repository,
    version: str,
    combination: Combination,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    project = Repository(tmp_path / "api")
    copier.run_copy(
        f"git+file://{template.path}",
        project.path,
        data=combination.answers,
        vcs_ref=version,
        defaults=True,
        quiet=True,
        unsafe=False,
        settings=Settings(),
    )
    main = (project.path / "app/main.py").read_text()
    project.git("init", "--quiet")
    project.commit({"app/main.py": f"{main}# mine\n"})

    # The program itself once for each framework; what it calls costs a tenth in a process that has it.
    if combination.auth == "jwt":
        copier_update(project, tmp_path)
    else:
        update_in_process(project)
    answers = yaml.safe_load((project.path / ".copier-answers.yml").read_text())
    assert (answers["_commit"], answers["newcomer"]) == (NEWEST, "welcome")
    assert (project.path / "docs/new.md").read_text() == "# my-service, welcome\n"
    assert (project.path / "README.md").read_text().endswith("\nNew in my-service.\n")
    assert (project.path / "app/rules.py").exists()
    assert not (project.path / "app/http_security.py").exists()
    assert not (project.path / "tests/test_http.py").exists()
    assert (project.path / "app/main.py").read_text().endswith("# mine\n")
    assert list(project.path.rglob("*.rej")) == []
    assert project.git("ls-files", "--unmerged") == ""
    # git knows a marker of a conflict when it sees one; all else is the template's own affair.
    project.git("-c", "core.whitespace=-trailing-space,-blank-at-eof", "diff", "--check")

    project.commit({})
    update_in_process(project)
    assert project.git("status", "--porcelain") == ""


def copier_update(project: Repository, home: Path) -> None:
    """Update as somebody would who has no scaffold, and trusts nobody."""
    done = subprocess.run(
        [sys.executable, "-m", "copier", "update", "--defaults"],
        cwd=project.path,
        env=environment.for_tools() | {"HOME": str(home), "XDG_CONFIG_HOME": str(home / "config")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def update_in_process(project: Repository, **answers: str) -> None:
    """The same, without the program around it; an answer is what `--data` takes."""
    copier.run_update(
        project.path,
        data=answers,
        defaults=True,
        overwrite=True,
        quiet=True,
        unsafe=False,
        settings=Settings(),
    )
