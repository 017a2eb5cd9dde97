"""The tool as its users install it: from a wheel that `poe release` built, or from a tag."""

import shutil
import sys
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path
from zipfile import ZipFile

import pytest
import yaml
from packaging.metadata import Metadata
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from uv import find_uv_bin

from scaffold.distribution import DISTRIBUTION
from tests.cli.conftest import Cli, Ran, Repository, make_repository
from tests.support.projects import run

pytestmark = pytest.mark.xdist_group("wheel")  # built once

CHECKOUT = Path(__file__).parents[2]
URL = "https://git.example.com/acme/scaffold"
MARK = "made-by.txt"  # a file of the template that says its version
NOTES = "# Changelog\n\n## [Unreleased]\n\n- Something.\n"
# Nothing but what lies on this machine can be reached.
OFFLINE = {
    "ALL_PROXY": "http://127.0.0.1:1",
    "GIT_CONFIG_COUNT": "2",
    "GIT_CONFIG_KEY_0": "protocol.allow",
    "GIT_CONFIG_VALUE_0": "never",
    "GIT_CONFIG_KEY_1": "protocol.file.allow",
    "GIT_CONFIG_VALUE_1": "always",
}


@dataclass(frozen=True)
class Release:
    """Version 1.0.0 of this working tree, after 0.9.0."""

    repository: Repository
    wheel: Path


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    repository = make_repository(tmp_path_factory.mktemp("release") / "scaffold", {})
    listed = Repository(CHECKOUT).git(
        "ls-files", "-z", "--cached", "--others", "--exclude-standard"
    )
    for name in listed.split("\0"):
        if (CHECKOUT / name).is_file():
            (repository.path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(CHECKOUT / name, repository.path / name)
    for key, value in (("user.name", "Tess"), ("user.email", "tess@example.com")):
        repository.git("config", key, value)
    repository.git("remote", "add", "origin", URL)
    repository.commit({f"templates/fastapi/{MARK}": "0.9.0"})
    repository.git("tag", "v0.9.0")
    repository.commit({f"templates/fastapi/{MARK}": "1.0.0", "CHANGELOG.md": NOTES})
    run(sys.executable, "-m", "scripts.release", "1.0.0", folder=repository.path)
    return Release(repository, repository.path / "dist" / f"{DISTRIBUTION}-1.0.0-py3-none-any.whl")


@pytest.fixture(scope="session")
def wheel_environment(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean environment with the wheel, as an index gives it, beside its locked dependencies."""
    folder = tmp_path_factory.mktemp("installed")
    # What is locked is in uv's cache. A choice of versions would ask the index for more.
    offline = {"UV_OFFLINE": "1", "UV_PROJECT_ENVIRONMENT": str(folder / "venv")}
    locked = ("sync", "--quiet", "--frozen", "--no-default-groups", "--no-install-project")
    run(find_uv_bin(), *locked, folder=CHECKOUT, **offline)
    index = ("--no-deps", "--find-links", str(release.wheel.parent))
    pip = (find_uv_bin(), "pip")
    into = ("--quiet", "--python", "venv")
    run(*pip, "install", *into, *index, DISTRIBUTION, folder=folder, **offline)
    run(*pip, "check", *into, folder=folder, **offline)
    assert not list(folder.rglob(f"{DISTRIBUTION}-*.dist-info/direct_url.json"))
    return folder / "venv"


class Installed(Cli):
    """The tool of another environment, on a machine without a network."""

    def __init__(self, cli: Cli, program: Path) -> None:
        super().__init__(cli.cwd, cli.home)
        self.env |= OFFLINE
        self.program = program

    def command(self, *args: str) -> list[str]:
        return [str(self.program), *args]

    def run(self, *args: str, stdin: str = "", **env: str) -> Ran:
        return self.process(*args, stdin=stdin, **env)

    def made(self, *args: str) -> tuple[str, str, str]:
        """What a new project records of its template, and the version that rendered it."""
        ran = self.new("api", "--yes", *args)
        assert ran.code == 0, ran.err
        return self.recorded()

    def recorded(self) -> tuple[str, str, str]:
        project = self.cwd / "api"
        answers = yaml.safe_load((project / ".copier-answers.yml").read_text())
        return answers["_src_path"], answers["_commit"], (project / MARK).read_text()


@pytest.fixture
def installed(bare_cli: Cli, wheel_environment: Path) -> Installed:
    return Installed(bare_cli, wheel_environment / "bin" / DISTRIBUTION)


def test_a_wheel_holds_the_package_as_it_lies_in_the_clone_and_nothing_else(
    release: Release,
) -> None:
    package = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for folder in (CHECKOUT / "src", CHECKOUT / "generated")
        for path in (folder / "scaffold").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    with ZipFile(release.wheel) as wheel:
        held = {name: wheel.read(name) for name in wheel.namelist() if not name.endswith("/")}
    facts = f"{DISTRIBUTION}-1.0.0.dist-info/"
    metadata = held[f"{facts}METADATA"]
    for name in ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE"):
        del held[facts + name]
    questions = f"{DISTRIBUTION}-1.0.0.data/purelib/scaffold/questions.json"
    held["scaffold/questions.json"] = held.pop(questions)
    assert held.pop("scaffold/template.url") == f"git+{URL}\n".encode()
    assert held.pop("scaffold/template.bundle").startswith(b"# v2 git bundle\n")
    assert held == package
    assert "scaffold/py.typed" in package
    checked = Metadata.from_email(metadata, validate=True)
    assert checked.project_urls == {"Source": URL}
    assert f"]({URL}/blob/v1.0.0/docs/install.md)" in (checked.description or "")


def test_the_version_the_tag_and_what_is_rendered_agree(installed: Installed) -> None:
    assert installed.run("--version").out == "scaffold 1.0.0\n"
    ran = installed.new("api", "--yes", "--database", "none")
    assert (ran.code, ran.err) == (0, "")
    assert "--database none" in ran.out
    assert "--ref v1.0.0" in ran.out
    assert installed.recorded() == (f"git+{URL}", "v1.0.0", "1.0.0")


def test_the_tool_brings_no_package_of_its_developers(wheel_environment: Path) -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
    needed = names(project["project"]["dependencies"])
    groups = (line for lines in project["dependency-groups"].values() for line in lines)
    [packages] = wheel_environment.glob("lib/*/site-packages")
    installed = {canonicalize_name(d.name) for d in distributions(path=[str(packages)])}
    assert needed < installed
    assert not (names(groups) - needed) & installed


def names(requirements: Iterable[str]) -> set[str]:
    return {canonicalize_name(Requirement(line).name) for line in requirements}


def test_a_version_that_the_wheel_does_not_carry_is_refused(installed: Installed) -> None:
    message = installed.refused("api", "--yes", "--ref=main")
    assert "has no version 'main'" in message
    assert "carries v1.0.0 and earlier; --template" in message


def test_a_project_of_an_earlier_release_is_made_and_updated_with_the_wheel_alone(
    installed: Installed,
) -> None:
    assert installed.made("--ref=v0.9.0") == (f"git+{URL}", "v0.9.0", "0.9.0")
    ran = installed.run("update", "api", "--no-install")
    assert ran.code == 0, ran.err
    assert installed.recorded() == (f"git+{URL}", "v1.0.0", "1.0.0")


def test_a_damaged_wheel_is_one_clear_message(
    installed: Installed, wheel_environment: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "damaged"
    without_uv = shutil.ignore_patterns("uv", "uvx")  # large, and not needed to fail
    shutil.copytree(wheel_environment, copy, symlinks=True, ignore=without_uv)
    for bundle in copy.rglob("template.bundle"):
        bundle.unlink()  # it is a hard link to uv's cache
        bundle.write_text("damaged")
    ran = Installed(installed, copy / "bin" / "python").run("-m", "scaffold", "new", "api", "--yes")
    assert ran.code == 1
    assert "cannot read the template in " in ran.err
    assert "install scaffold again" in ran.err


def test_a_wheel_installed_from_a_file_is_the_same(
    bare_cli: Cli, release: Release, tmp_path: Path
) -> None:
    tool = uv_tool(bare_cli, tmp_path, str(release.wheel))
    assert tool.made() == (f"git+{URL}", "v1.0.0", "1.0.0")


def test_a_tool_installed_from_a_tag_renders_that_tag(
    bare_cli: Cli, release: Release, tmp_path: Path
) -> None:
    source = f"git+file://{release.repository.path}"
    tool = uv_tool(bare_cli, tmp_path, f"{source}@v0.9.0")
    ran = tool.new("api", "--yes", "--no-ml")
    assert ran.code == 0, ran.err
    assert tool.recorded() == (source, "v0.9.0", "0.9.0")
    assert f"the template is {source}, which only this machine has" in ran.err


def uv_tool(cli: Cli, folder: Path, source: str) -> Installed:
    """The tool as `uv tool install` puts it beside the user's other tools."""
    places = {"UV_TOOL_DIR": str(folder / "tools"), "UV_TOOL_BIN_DIR": str(folder / "bin")}
    run(find_uv_bin(), "tool", "install", "--quiet", source, folder=folder, **places)
    return Installed(cli, folder / "bin" / "scaffold")
