"""`scaffold update` merges what is new in a template into a project."""

import pytest
from uv import find_uv_bin

from tests.cli.conftest import Cli
from tests.support.projects import run
from tests.update.conftest import COPIER_YML, Project, Template, changes, lines, make_project

PLAN = """\
  changed   .copier-answers.yml
  conflict  README.md  (edit it where it says <<<<<<<, then `git add` it)
  kept      app/gone.py  (you deleted it)
  merged    app/main.py
  added     app/new.py
  removed   app/old.py
  changed   app/here.py → app/there.py
  changed   app/tools.py
  kept      once.txt  (it is yours, and the template leaves it alone)
  merged    place.py
"""


def test_a_plan_says_what_would_happen_to_each_file_and_writes_nothing(
    everything_happens: Project,
) -> None:
    project = everything_happens
    before = project.state()
    ran = project.update("--dry-run")
    assert ran.code == 3, ran.err
    assert f"Would update {project.path} from v1.0.1 to v1.1.0\n\n{PLAN}" in ran.out
    assert project.state() == before


def test_a_plan_in_json_is_what_the_update_then_does(everything_happens: Project) -> None:
    project = everything_happens
    planned = project.update("--dry-run", "--json").json
    made = project.update("--json").json
    assert planned["status"] == "planned"
    assert made["status"] == "conflicts"
    assert made["template"] == {
        "source": f"git+file://{project.cli.cwd.parents[1] / 'template'}",
        "from": "v1.0.1",
        "to": "v1.1.0",
    }
    assert {**made, "status": "", "skipped": "", "next": ""} == {
        **planned,
        "status": "",
        "skipped": "",
        "next": "",
    }
    assert changes(made) == {
        ".copier-answers.yml": "changed",
        "README.md": "conflict",
        "app/gone.py": "kept",
        "app/main.py": "merged",
        "app/new.py": "added",
        "app/old.py": "removed",
        "app/there.py": "changed",
        "app/tools.py": "changed",
        "once.txt": "kept",
        "place.py": "merged",
    }
    (moved,) = (change for change in made["changes"] if change["path"] == "app/there.py")
    assert moved["source"] == "app/here.py"


def test_an_update_does_what_was_planned_and_stages_it(everything_happens: Project) -> None:
    project = everything_happens
    ran = project.update()
    assert ran.code == 3, ran.err
    assert f"Updated {project.path} from v1.0.1 to v1.1.0\n\n{PLAN}" in ran.out
    assert project.read("app/main.py") == lines("main", {5: "new", 15: "mine"})
    assert project.read("app/there.py") == lines("here")
    assert project.read("app/tools.py") == lines("tools", {5: "new"})
    assert project.read("place.py") == lines("place", {5: "new"})
    assert project.read("once.txt") == "the template's\n"
    assert "_commit: v1.1.0\n" in project.read(".copier-answers.yml")
    assert sorted(project.status()) == [
        "A  app/new.py",
        "D  app/old.py",
        "M  .copier-answers.yml",
        "M  app/main.py",
        "M  app/tools.py",
        "M  place.py",
        "R  app/here.py -> app/there.py",
        "UU README.md",
    ]


def test_the_diff_shows_every_changed_line(project: Project, template: Template) -> None:
    template.release("v1.1.0", {"app/main.py": lines("main", {5: "new"})})
    ran = project.update("--dry-run", "--diff")
    assert ran.code == 0
    assert "\n-main 5\n+new\n" in ran.out
    assert "\x1b" not in ran.out
    assert "\n-main 5\n+new\n" in project.update("--dry-run", "--diff", "--json").json["diff"]


# Which version.


def test_an_update_goes_to_the_newest_release(project: Project, template: Template) -> None:
    for version in ("v1.9.0", "v1.10.0", "v2.0.0-rc.1"):
        template.release(version, {"app/main.py": version})
    template.commit({"template/app/main.py": "not released"})
    assert project.update().code == 0
    assert project.read("app/main.py") == "v1.10.0"


def test_a_version_may_be_chosen(project: Project, template: Template) -> None:
    for version in ("v1.1.0", "v1.2.0", "v2.0.0-rc.1"):
        template.release(version, {"app/main.py": version})
    for version in ("v1.1.0", "v2.0.0-rc.1"):
        ran = project.update("--to", version)
        assert ran.code == 0, ran.err
        assert project.read("app/main.py") == version
        assert f"_commit: {version}\n" in project.read(".copier-answers.yml")
        project.commit({})


def test_without_a_newer_release_a_project_is_up_to_date(
    project: Project, template: Template
) -> None:
    before = project.state()
    ran = project.update()
    assert (ran.code, ran.out) == (0, f"{project.path} is up to date (v1.0.0)\n")
    assert project.update("--json").json["status"] == "up to date"
    assert project.state() == before


def test_a_second_update_changes_nothing(project: Project, template: Template) -> None:
    template.release("v1.1.0", {"app/main.py": lines("main", {5: "new"})})
    assert project.update().code == 0
    before = project.state()
    assert project.update().code == 0
    assert project.state() == before
    project.commit({})
    before = project.state()
    assert project.update().code == 0
    assert project.state() == before


def test_what_is_new_in_the_template_is_told(project: Project, template: Template) -> None:
    log = "# Changes\n\n## 1.2\n\n- Two\n\n## 1.1\n\n- One\n\n## 1.0\n\n- Zero\n"
    template.release(
        "v1.1.0", {"CHANGELOG.md": log[: log.index("## 1.2")] + log[log.index("## 1.1") :]}
    )
    assert project.update().code == 0
    project.commit({})
    template.release("v1.2.0", {"CHANGELOG.md": log})
    ran = project.update("--dry-run")
    assert "New in the template\n\n## 1.2\n\n- Two\n" in ran.out
    assert "One" not in ran.out
    assert project.update("--dry-run", "--json").json["changelog"] == "## 1.2\n\n- Two"


# Where the template is.


def test_a_password_opens_the_template_and_is_neither_shown_nor_kept(
    project: Project, template: Template
) -> None:
    template.release("v1.1.0", {"app/main.py": lines("main", {5: "new"})})
    public, private = (
        "https://templates.example/t.git",
        "https://me:secret@templates.example/t.git",
    )
    answers = project.read(".copier-answers.yml").replace(f"git+file://{template.path}", public)
    project.commit({".copier-answers.yml": answers})
    with (project.cli.home / ".gitconfig").open("a") as settings:
        settings.write(f'[url "{template.path}"]\n\tinsteadOf = {private}\n')
    for place in ({"SCAFFOLD_TEMPLATE": private}, {}):
        option = () if place else (f"--template={private}",)
        ran = project.cli.run("update", "--no-install", "--json", "--diff", *option, **place)
        assert ran.code == 0, ran.err
        assert ran.json["template"]["source"] == public
        assert "secret" not in ran.out + ran.err
        assert f"_src_path: {public}\n" in project.read(".copier-answers.yml")
        for path in project.path.rglob("*"):
            assert not path.is_file() or b"secret" not in path.read_bytes(), path
        assert project.abort().code == 0


def test_a_template_that_moved_is_read_at_its_new_place_and_recorded(
    project: Project, template: Template
) -> None:
    template.release("v1.1.0", {"app/main.py": lines("main", {5: "new"})})
    place = template.path.rename(template.path.parent / "moved")
    ran = project.update(f"--template={place}")
    assert ran.code == 0, ran.err
    assert project.read("app/main.py") == lines("main", {5: "new"})
    assert f"_src_path: git+file://{place}\n" in project.read(".copier-answers.yml")


def test_a_template_that_wants_to_run_code_is_refused(project: Project, template: Template) -> None:
    template.release("v1.1.0", {"copier.yml": f"{COPIER_YML}\n_tasks: [touch pwned]\n"})
    project.refused(1, "wants to run code of its own")


def test_an_update_from_elsewhere_says_where_to_go(project: Project, template: Template) -> None:
    template.release("v1.1.0", {"app/main.py": lines("main", {5: "new"})})
    project.cli.cwd = project.path.parent
    ran = project.update("api")
    assert ran.code == 0, ran.err
    assert f"Next\n  cd {project.path}\n" in ran.out


# The versions of dependencies.

PYPROJECT = """\
[project]
name = "api"
version = "{version}"
requires-python = ">=3.11"
dependencies = [{dependencies}]
"""


@pytest.fixture
def locked(bare_cli: Cli, template: Template) -> Project:
    """A project with a lock file."""
    template.release(
        "v1.0.1", {"pyproject.toml": PYPROJECT.format(version="0.1.0", dependencies="")}
    )
    project = make_project(bare_cli, template, "api")
    run(find_uv_bin(), "lock", "--quiet", folder=project.path, UV_OFFLINE="1")
    assert 'version = "0.1.0"' in project.read("uv.lock")
    project.commit({})
    return project


def test_the_lock_file_follows_what_the_project_depends_on(
    locked: Project, template: Template
) -> None:
    change = {"pyproject.toml": PYPROJECT.format(version="0.2.0", dependencies="")}
    template.release("v1.1.0", change)
    before = locked.state()
    planned = locked.cli.run("update", "--dry-run", "--json")
    assert changes(planned.json)["uv.lock"] == "changed"
    assert locked.state() == before
    ran = locked.cli.run("update", "--json")
    assert ran.code == 0, ran.err
    assert ran.json["skipped"] == []
    assert 'version = "0.2.0"' in locked.read("uv.lock")
    assert "M  uv.lock" in locked.status()
    assert locked.abort().code == 0
    assert locked.state() == before


def test_without_network_the_lock_file_stays_and_the_update_says_why(
    locked: Project, template: Template
) -> None:
    dependencies = '"no-such-package-anywhere>=1"'
    change = {"pyproject.toml": PYPROJECT.format(version="0.1.0", dependencies=dependencies)}
    template.release("v1.1.0", change)
    before = locked.read("uv.lock")
    ran = locked.cli.run("update")
    assert ran.code == 0, ran.err
    assert "Skipped: lock, because " in ran.out
    assert "\n  later: uv lock\n" in ran.out
    assert locked.read("uv.lock") == before
    assert "no-such-package-anywhere" in locked.read("pyproject.toml")


def test_no_install_leaves_the_lock_file_alone(locked: Project, template: Template) -> None:
    change = {"pyproject.toml": PYPROJECT.format(version="0.2.0", dependencies="")}
    template.release("v1.1.0", change)
    ran = locked.update("--json")
    assert ran.code == 0, ran.err
    assert "uv.lock" not in changes(ran.json)
    assert 'version = "0.1.0"' in locked.read("uv.lock")
