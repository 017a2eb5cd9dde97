"""`poe release`: a commit, a tag and a wheel that agree, or nothing at all."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest
import yaml

from scripts.distributions import absolute
from tests.cli.conftest import Ran, Repository, make_repository

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "scripts"
PUBLISH = ROOT / ".github" / "workflows" / "publish.yml"
CHANGELOG = """\
# Changelog

## [Unreleased]

### Added

- Something.

## [0.9.0] - 2026-01-31

- The first.
"""
FILES = {
    "CHANGELOG.md": CHANGELOG,
    "copier.yml": "project_name: api\n",
    "pyproject.toml": """\
[project]
name = "webscaffold"
version = "0.9.0"
readme = "README.md"

[build-system]
requires = ["uv-build>=0.13.6,<0.14"]
build-backend = "uv_build"

[tool.uv.build-backend]
module-name = "scaffold"
""",
    "README.md": "",
    ".gitignore": "dist\n__pycache__/\n",
    "src/scaffold/__init__.py": "",
}


@pytest.fixture
def clone(tmp_path: Path) -> Repository:
    """A repository of a maintainer who may release 1.0.0."""
    ours = (SCRIPTS / "release.py", SCRIPTS / "distributions.py")
    scripts = {f"scripts/{script.name}": script.read_text() for script in ours}
    repository = make_repository(tmp_path / "clone", {**FILES, **scripts})
    repository.git("config", "user.name", "Tess")
    repository.git("config", "user.email", "tess@example.com")
    repository.git("tag", "v0.9.0")
    repository.git("remote", "add", "origin", "https://me:secret@git.example.com/acme/scaffold")
    return repository


def release(clone: Repository, version: str) -> Ran:
    return run_script(clone, "scripts.release", version)


def run_script(clone: Repository, module: str, *args: str) -> Ran:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(  # noqa: S603 - the script under test
        [sys.executable, "-m", module, *args],
        cwd=clone.path,
        env={**inherited, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Ran(done.returncode, done.stdout, done.stderr)


def state(clone: Repository) -> tuple[str, ...]:
    """All of a repository that a release could change."""
    return (
        clone.git("rev-parse", "HEAD"),
        clone.git("for-each-ref"),
        clone.git("status", "--porcelain"),
        clone.git("worktree", "list"),
        str(sorted(clone.path.rglob("dist/*"))),
    )


def test_a_release_is_a_commit_a_tag_and_a_wheel(clone: Repository) -> None:
    ran = release(clone, "1.0.0")
    assert ran.code == 0, ran.err
    assert "secret" not in ran.out + ran.err
    assert clone.git("log", "--format=%s", "v0.9.0..v1.0.0") == "Release 1.0.0"
    assert clone.git("rev-parse", "v1.0.0^{commit}") == clone.git("rev-parse", "main")
    assert clone.git("cat-file", "-t", "v1.0.0") == "tag"
    assert clone.git("diff", "--name-only", "v0.9.0", "v1.0.0").split() == [
        "CHANGELOG.md",
        "pyproject.toml",
    ]
    assert 'version = "1.0.0"' in (clone.path / "pyproject.toml").read_text()
    assert clone.git("status", "--porcelain") == ""
    assert len(clone.git("worktree", "list").splitlines()) == 1
    assert {file.name for file in clone.path.glob("dist/*")} == {
        "webscaffold-1.0.0-py3-none-any.whl",
        "webscaffold-1.0.0.tar.gz",
    }


def test_the_files_of_a_tag_are_built_without_what_came_after_it(clone: Repository) -> None:
    clone.commit({"src/scaffold/later.py": ""})
    clone.git("switch", "--quiet", "--detach")
    before = state(clone)
    ran = run_script(clone, "scripts.distributions", "v0.9.0")
    assert ran.code == 0, ran.err
    wheel, source = ran.out.splitlines()
    assert source == "dist/webscaffold-0.9.0.tar.gz"
    names = ZipFile(clone.path / wheel).namelist()
    assert "scaffold/template.bundle" in names
    assert "scaffold/later.py" not in names
    shutil.rmtree(clone.path / "dist")
    assert state(clone) == before


def test_what_is_no_tag_of_a_release_is_not_built(clone: Repository) -> None:
    ran = run_script(clone, "scripts.distributions", "v1.0.0")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "error: v1.0.0 is not the tag of a release; `git tag` lists them\n"


def test_a_page_outside_the_repository_leads_into_it() -> None:
    page = "https://git.example.com/acme/scaffold"
    text = (
        "[a](docs/a.md#b) [c](#c) [d](https://d.example) ![e](docs/e.svg) "
        '<img src="docs/f.png"> [![g](g.svg)](docs/)'
    )
    assert absolute(text, page, "v1.0.0") == (
        f"[a]({page}/blob/v1.0.0/docs/a.md#b) [c](#c) [d](https://d.example) "
        f"![e]({page}/raw/v1.0.0/docs/e.svg) "
        f'<img src="{page}/raw/v1.0.0/docs/f.png"> '
        f"[![g]({page}/raw/v1.0.0/g.svg)]({page}/blob/v1.0.0/docs/)"
    )


def test_the_changelog_names_the_release_and_its_day(clone: Repository) -> None:
    assert release(clone, "1.0.0").code == 0
    day = clone.git("log", "-1", "--format=%cd", "--date=short-local")
    heading = f"## [Unreleased]\n\n## [1.0.0] - {day}\n"
    assert (clone.path / "CHANGELOG.md").read_text() == CHANGELOG.replace(
        "## [Unreleased]\n", heading
    )


def test_a_release_says_how_to_publish_and_does_not(clone: Repository) -> None:
    clone.git("branch", "--move", "trunk")
    clone.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk")
    ran = release(clone, "1.0.0")
    assert "git push --atomic origin trunk v1.0.0\n" in ran.out
    files = "dist/webscaffold-1.0.0-py3-none-any.whl dist/webscaffold-1.0.0.tar.gz"
    assert f"uv publish {files}\n" in ran.out


def nothing_new(clone: Repository) -> None:
    clone.commit({"CHANGELOG.md": CHANGELOG.replace("- Something.\n", "")})


def no_changelog(clone: Repository) -> None:
    clone.commit({"CHANGELOG.md": CHANGELOG.replace("## [Unreleased]", "## Unreleased")})


def a_change(clone: Repository) -> None:
    (clone.path / "new.txt").touch()


def another_branch(clone: Repository) -> None:
    clone.git("switch", "--quiet", "--create", "feature")


def no_branch(clone: Repository) -> None:
    clone.git("switch", "--quiet", "--detach")


def no_origin(clone: Repository) -> None:
    clone.git("remote", "remove", "origin")


def origin_on_this_machine(clone: Repository) -> None:
    clone.git("remote", "set-url", "origin", "file:///srv/git/scaffold.git")


def history_left_out(clone: Repository) -> None:
    (clone.path / ".git" / "shallow").write_text(clone.git("rev-parse", "HEAD") + "\n")


@pytest.mark.parametrize(
    ("arrange", "version", "words"),
    [
        (None, "0.9.0", "0.9.0 is not newer than v0.9.0"),
        (None, "0.8.10", "0.8.10 is not newer than v0.9.0"),
        (nothing_new, "1.0.0", "CHANGELOG.md says nothing"),
        (no_changelog, "1.0.0", "CHANGELOG.md says nothing"),
        (a_change, "1.0.0", "commit or remove them"),
        (another_branch, "1.0.0", "`git switch main`"),
        (no_branch, "1.0.0", "`git switch main`"),
        (no_origin, "1.0.0", "origin is not set"),
        (origin_on_this_machine, "1.0.0", "origin is file:///srv/git/scaffold.git"),
        (history_left_out, "1.0.0", "--unshallow"),
    ],
)
def test_what_cannot_be_released_is_one_line(
    clone: Repository,
    arrange: Callable[[Repository], None] | None,
    version: str,
    words: str,
) -> None:
    if arrange:
        arrange(clone)
    before = state(clone)
    ran = release(clone, version)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("error: ")
    assert ran.err.count("\n") == 1
    assert words in ran.err
    assert state(clone) == before


@pytest.mark.parametrize("version", ["1.0", "v1.0.0", "1.0.0rc1", "01.0.0"])
def test_what_is_no_version_is_wrong_usage(clone: Repository, version: str) -> None:
    ran = release(clone, version)
    assert ran.code == 2
    assert "is not a version such as 1.2.0" in ran.err


def build_that_fails(clone: Repository) -> None:
    clone.git("mv", "src/scaffold/__init__.py", "src/scaffold/other.py")
    clone.commit({})


def hook_that_refuses(clone: Repository) -> None:
    hook = clone.path / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)


def dist_that_cannot_be_written(clone: Repository) -> None:
    (clone.path / "dist").touch()


@pytest.mark.parametrize(
    "arrange", [build_that_fails, hook_that_refuses, dist_that_cannot_be_written]
)
def test_a_release_that_fails_half_way_leaves_the_repository_as_it_was(
    clone: Repository, arrange: Callable[[Repository], None]
) -> None:
    arrange(clone)
    before = state(clone)
    ran = release(clone, "1.0.0")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.count("error: ") == 1
    assert state(clone) == before


def test_only_the_job_that_publishes_may_sign_in_and_it_runs_nothing_of_its_own() -> None:
    workflow = yaml.safe_load(PUBLISH.read_text())
    jobs = workflow["jobs"]
    assert workflow["permissions"] == {"contents": "read"}
    assert {name for name, job in jobs.items() if "permissions" in job} == {"publish"}
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
    assert jobs["publish"]["environment"]["name"] == "pypi"
    assert not [step for step in jobs["publish"]["steps"] if "run" in step]
    assert (jobs["test"]["needs"], jobs["publish"]["needs"]) == ("build", "test")
