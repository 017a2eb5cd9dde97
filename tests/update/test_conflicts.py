"""Conflicts are shown and waited for, and an update is taken back whole."""

import subprocess

import pytest

from tests.cli.conftest import Cli
from tests.update.conftest import Project, Template, lines, make_project


def test_a_conflict_shows_both_sides_and_what_to_do(conflicting: Project) -> None:
    ran = conflicting.update()
    assert ran.code == 3
    assert "  conflict  README.md  (edit it where it says <<<<<<<, then `git add` it)\n" in ran.out
    assert "git status    # what is left to resolve" in ran.out
    assert conflicting.read("README.md") == (
        "# api\n\n<<<<<<< yours\nIt is not red.\n=======\nIt is very red.\n>>>>>>> v1.1.0\n"
    )
    assert "UU README.md" in conflicting.status()


def test_a_conflict_cannot_be_committed_before_it_is_resolved(conflicting: Project) -> None:
    assert conflicting.update().code == 3
    with pytest.raises(subprocess.CalledProcessError):
        conflicting.git("commit", "-m", "Update")
    (conflicting.path / "README.md").write_text("# api\n\nIt is not very red.\n")
    conflicting.git("add", "README.md")
    conflicting.git("commit", "-m", "Update")
    assert conflicting.status() == []
    assert conflicting.update().code == 0


@pytest.mark.parametrize("arguments", [(), ("--dry-run",), ("--to", "v1.0.0")])
def test_an_update_waits_until_conflicts_are_resolved(
    conflicting: Project, arguments: tuple[str, ...]
) -> None:
    assert conflicting.update().code == 3
    before = conflicting.state()
    ran = conflicting.update(*arguments)
    assert (ran.code, ran.out) == (3, "")
    assert "the update to v1.1.0 waits for you: README.md" in ran.err
    assert "--abort" in ran.err
    assert conflicting.state() == before


def test_a_conflict_of_the_users_own_is_told_apart(conflicting: Project) -> None:
    conflicting.git("switch", "--quiet", "--create", "other", "HEAD~")
    conflicting.commit({"README.md": "# other\n\nIt is other.\n"})
    with pytest.raises(subprocess.CalledProcessError):
        conflicting.git("merge", "main")
    before = conflicting.state()
    ran = conflicting.update()
    assert ran.code == 2
    assert "a merge is under way here" in ran.err
    assert conflicting.state() == before


def test_both_versions_of_a_file_without_text_are_at_hand(
    bare_cli: Cli, template: Template
) -> None:
    template.release("v1.0.1", {"logo.png": "\0old"})
    project = make_project(bare_cli, template, "api")
    template.release("v1.1.0", {"logo.png": "\0theirs"})
    project.commit({"logo.png": "\0mine"})
    ran = project.update()
    assert ran.code == 3
    assert "  conflict  logo.png  (no text: " in ran.out
    assert project.read("logo.png") == "\0mine"
    project.git("checkout", "--theirs", "logo.png")
    assert project.read("logo.png") == "\0theirs"
    project.git("checkout", "--ours", "logo.png")
    assert project.read("logo.png") == "\0mine"


def test_what_the_template_deleted_and_the_user_edited_is_a_conflict_and_stays(
    project: Project, template: Template
) -> None:
    project.commit({"app/old.py": lines("old", {15: "mine"})})
    template.release("v1.1.0", {}, without=["app/old.py"])
    ran = project.update()
    assert ran.code == 3
    assert "  conflict  app/old.py  (the template deleted it, and you changed it: " in ran.out
    assert project.read("app/old.py") == lines("old", {15: "mine"})
    assert "UD app/old.py" in project.status()
    project.git("add", "app/old.py")
    project.git("commit", "--quiet", "-m", "Keep it")
    assert project.update().code == 0
    assert project.read("app/old.py") == lines("old", {15: "mine"})


def test_what_both_added_is_a_conflict(project: Project, template: Template) -> None:
    project.commit({"app/new.py": "mine\n"})
    template.release("v1.1.0", {"app/new.py": "theirs\n"})
    ran = project.update()
    assert ran.code == 3
    assert "  conflict  app/new.py  (you and the template both added it: " in ran.out
    assert project.read("app/new.py") == ("<<<<<<< yours\nmine\n=======\ntheirs\n>>>>>>> v1.1.0\n")


def test_a_file_that_comes_where_the_user_has_a_folder_is_a_conflict_beside_it(
    project: Project, template: Template
) -> None:
    template.release("v1.1.0", {"app/new": "new\n"})
    project.commit({"app/new/mine.txt": "mine\n"})
    ran = project.update()
    assert ran.code == 3
    assert "  conflict  app/new~v1.1.0  (" in ran.out
    assert project.read("app/new~v1.1.0") == "new\n"
    assert project.read("app/new/mine.txt") == "mine\n"


# Taking it back.


def test_abort_puts_everything_back(everything_happens: Project) -> None:
    project = everything_happens
    (project.path / "app/main.py").chmod(0o755)
    project.commit({"staged.txt": ""})
    (project.path / "staged.txt").write_text("staged\n")
    project.git("add", "staged.txt")
    (project.path / "staged.txt").write_text("edited\n")
    (project.path / "untracked.txt").write_text("untracked\n")
    (project.path / "once.txt").unlink()
    before = project.state()
    assert project.update().code == 3
    assert project.state() != before
    ran = project.abort()
    assert (ran.code, ran.out) == (0, f"Took the update of {project.path} to v1.1.0 back\n")
    assert project.state() == before
    assert project.git("for-each-ref", "refs/scaffold") == ""


def test_after_an_abort_the_update_can_be_made_again(everything_happens: Project) -> None:
    project = everything_happens
    assert project.update().code == 3
    made = project.state()
    assert project.abort().code == 0
    assert project.update().code == 3
    assert project.state() == made


def test_abort_keeps_the_edits_since_the_update_aside(conflicting: Project) -> None:
    before = conflicting.state()
    assert conflicting.update().code == 3
    (conflicting.path / "README.md").write_text("# api\n\nIt is half resolved.\n")
    ran = conflicting.abort()
    assert ran.code == 0
    assert "refs/scaffold/aborted" in ran.err
    assert conflicting.state() == before
    kept = conflicting.git("show", "refs/scaffold/aborted:README.md")
    assert kept == "# api\n\nIt is half resolved."


def test_abort_leaves_an_ignored_file_that_was_edited_since_as_it_is(
    bare_cli: Cli, template: Template
) -> None:
    template.release("v1.0.1", {"local/notes.txt": lines("notes")})
    project = make_project(bare_cli, template, "api")
    template.release("v1.1.0", {"local/notes.txt": lines("notes", {5: "new"})})
    assert project.update().code == 0
    edited = lines("notes", {5: "new", 15: "mine"})
    (project.path / "local/notes.txt").write_text(edited)
    ran = project.abort()
    assert ran.code == 0
    assert "local/notes.txt" in ran.err
    assert project.read("local/notes.txt") == edited
    assert project.status() == []


def test_what_was_committed_is_not_aborted(project: Project, template: Template) -> None:
    template.release("v1.1.0", {"app/main.py": lines("main", {5: "new"})})
    assert project.update().code == 0
    project.commit({})
    before = project.state()
    ran = project.abort()
    assert (ran.code, ran.out) == (2, "")
    assert "there is no update to abort" in ran.err
    assert "git revert" in ran.err
    assert project.state() == before


def test_without_an_update_there_is_nothing_to_abort(conflicting: Project) -> None:
    assert conflicting.abort().code == 2
    assert conflicting.update().code == 3
    assert conflicting.abort().code == 0
    assert conflicting.abort().code == 2
