"""The template's renderings while a project is on its way: what the migration wrote is in both."""

from pathlib import Path

import pytest

from scaffold.migrate.renderings import follow_migration

MAIN = """\
from app.settings import Settings


def create_app() -> object:
    app.add_middleware(Middleware, settings=settings)
"""
PACKAGES = """\
[project]
dependencies = [
    "fastapi>=1",
]
"""
EXAMPLE = "".join(f"SETTING_{n}=\n" for n in range(20))


class Sides:
    """A project and both renderings, each with these files."""

    def __init__(self, folder: Path) -> None:
        self.project, self.old, self.new = (folder / name for name in ("project", "old", "new"))
        self.scratch = folder / "scratch"
        for side in (self.project, self.old, self.new):
            self.write(
                side, {"app/main.py": MAIN, ".env.example": EXAMPLE, "pyproject.toml": PACKAGES}
            )

    def write(self, side: Path, files: dict[str, str]) -> None:
        for path, text in files.items():
            (side / path).parent.mkdir(parents=True, exist_ok=True)
            (side / path).write_text(text)

    def follow(self) -> set[str]:
        return follow_migration(self.project, self.old, self.new, self.scratch)


@pytest.fixture
def sides(tmp_path: Path) -> Sides:
    return Sides(tmp_path)


@pytest.fixture
def migrating(sides: Sides) -> Sides:
    sides.write(sides.project, {"app/strangler/feature.py": ""})
    return sides


@pytest.fixture
def mounted(migrating: Sides) -> Sides:
    migrating.write(migrating.project, {"app/strangler/mounted.py": ""})
    return migrating


def test_nothing_changes_where_no_migration_is_under_way(sides: Sides) -> None:
    assert sides.follow() == set()
    assert (sides.new / "app/main.py").read_text() == MAIN


def test_what_the_migration_wrote_is_in_both(migrating: Sides) -> None:
    flask = '    # What flask_app/ needs, until `scaffold migrate --finish` removes it.\n    "flask>=3",\n'
    mine = PACKAGES.replace(",\n]", f",\n{flask}]")
    migrating.write(migrating.project, {"pyproject.toml": mine})
    assert migrating.follow() == set()
    for side in (migrating.old, migrating.new):
        assert "strangler.init_app(app, settings)" in (side / "app/main.py").read_text()
        assert "OLD_ROUTES=" in (side / ".env.example").read_text()
        assert (side / "pyproject.toml").read_text() == mine


def test_a_version_without_a_place_for_an_edit_stays_as_it_is(migrating: Sides) -> None:
    migrating.write(migrating.new, {"app/main.py": "app = None\n"})
    migrating.follow()
    assert (migrating.old / "app/main.py").read_text() == MAIN
    assert (migrating.new / "app/main.py").read_text() == "app = None\n"


def test_what_an_owner_had_before_is_theirs_and_what_the_template_wrote_is_not(
    mounted: Sides,
) -> None:
    readme = "".join(f"line {n}\n" for n in range(10))
    for side in (mounted.old, mounted.new):
        mounted.write(side, {"README.md": readme, "Dockerfile": readme})
    edited = readme.replace("line 3\n", "mine\n")
    mounted.write(mounted.project, {"README.md": "# Books\n", "Dockerfile": edited})
    assert mounted.follow() == {"README.md"}


@pytest.mark.parametrize("theirs", [True, False])
def test_tests_of_the_template_stay_out_where_the_owner_has_tests(
    mounted: Sides, theirs: bool
) -> None:
    for side in (mounted.old, mounted.new):
        mounted.write(side, {"tests/conftest.py": "one\ntwo\n"})
    mounted.write(mounted.new, {"tests/test_new.py": ""})
    mounted.write(mounted.project, {"tests/conftest.py": "mine\n" if theirs else "one\ntwo\n"})
    mounted.follow()
    assert (mounted.new / "tests/test_new.py").exists() != theirs


def test_new_packages_join_those_of_the_owner(mounted: Sides) -> None:
    mine = '[project]\nname = "books"\nversion = "1"\ndependencies = ["flask>=3"]\n'
    mounted.write(mounted.project, {"pyproject.toml": mine})
    more = PACKAGES.replace('"fastapi>=1",', '"fastapi>=1",\n    "redis>=7",')
    mounted.write(mounted.new, {"pyproject.toml": more})
    mounted.follow()
    assert (mounted.old / "pyproject.toml").read_text() == mine
    merged = (mounted.new / "pyproject.toml").read_text()
    assert "flask>=3" in merged
    assert "redis>=7" in merged
    assert "fastapi" not in merged
