"""What the user has set up for their own git neither stops the tool nor changes what it makes."""

from pathlib import Path

import pytest

from tests.cli.conftest import make_repository
from tests.support import hostile
from tests.update.conftest import Project, Template, changes, lines


def configure(project: Project, text: str) -> None:
    with (project.cli.home / ".gitconfig").open("a") as settings:
        settings.write(text)


@pytest.fixture
def outdated(project: Project, template: Template) -> Project:
    """A project whose template has a newer release."""
    template.release("v1.1.0", {"app/main.py": lines("main", {5: "new"}), "app/new.py": "new\n"})
    return project


def test_templates_are_read_where_a_bare_repository_has_to_be_named(
    outdated: Project, template: Template
) -> None:
    configure(outdated, "[safe]\n\tbareRepository = explicit\n")
    bare = template.path.parent / "bare.git"
    template.git("clone", "--quiet", "--bare", str(template.path), str(bare))
    for command, place in (
        (("update", "--dry-run"), f"file://{template.path}"),
        (("diff",), str(bare)),
        (("export", "backstage"), f"file://{template.path}"),
        (("export", "backstage"), str(bare)),
    ):
        ran = outdated.cli.run(*command, f"--template={place}")
        assert ran.code == 0, (command, ran.err)
    assert outdated.cli.run("check", SCAFFOLD_TEMPLATE=str(bare)).code == 4


def test_what_else_lies_in_the_repository_does_not_stop_an_abort(outdated: Project) -> None:
    assert outdated.update().code == 0
    (outdated.path / "app/new.py").write_text("mine\n")
    outdated.git("init", "--quiet", "elsewhere/empty")
    configure(outdated, "[core]\n\tautocrlf = true\n\tsafecrlf = true\n")
    ran = outdated.abort()
    assert ran.code == 0, ran.err
    kept = outdated.git("diff", "--name-only", "HEAD", "refs/scaffold/aborted")
    assert kept == "app/new.py"
    assert outdated.git("show", "refs/scaffold/aborted:app/new.py") == "mine"
    assert outdated.status() == ["?? elsewhere/empty/"]
    assert outdated.cli.run("diff").code == 0


def test_a_new_file_is_staged_also_where_the_user_ignores_such_files(
    project: Project, template: Template
) -> None:
    configure(project, f"[core]\n\texcludesFile = {project.cli.home}/ignore\n")
    (project.cli.home / "ignore").write_text("new.py\nmine.py\n")
    before = project.state()
    (project.path / "mine.py").write_text("mine\n")
    template.release("v1.1.0", {"new.py": "new\n", "mine.py": "mine\n", "local/it": "local\n"})
    assert project.update().code == 0
    assert project.status() == ["M  .copier-answers.yml", "A  new.py", "?? mine.py"]
    assert project.read("local/it") == "local\n"
    (project.path / "new.py").write_text("edited\n")
    assert project.abort().code == 0
    assert project.git("show", "refs/scaffold/aborted:new.py") == "edited"
    (project.path / "mine.py").unlink()
    assert project.state() == before


def test_nothing_that_is_set_up_for_git_changes_an_update(
    everything_happens: Project, tmp_path: Path
) -> None:
    project = everything_happens
    calm = project.update("--dry-run", "--diff", "--json")
    other = make_repository(tmp_path / "other", {"file": ""})
    before = project.state(), Project(other.path, project.cli).state(), other.git("count-objects")
    project.cli.env |= hostile.arranged(tmp_path / "hostile", project.cli.home, other.path)
    assert project.cli.run("check").code == 4
    ran = project.update("--diff", "--json")
    assert ran.code == calm.code == 3, ran.err
    assert [ran.json[name] for name in ("changes", "diff")] == [
        calm.json[name] for name in ("changes", "diff")
    ]
    (project.path / "app/new.py").write_text("mine\n")
    assert project.abort().code == 0
    assert project.git("show", "refs/scaffold/aborted:app/new.py") == "mine"
    found = project.cli.run("diff", "--json")
    assert "app/main.py" in changes(found.json), found.err
    after = project.state(), Project(other.path, project.cli).state(), other.git("count-objects")
    assert after == before
    assert not (tmp_path / "hostile" / "ran").exists()
