"""What stands in the way of an update is named, with what would help, and nothing is written."""

import shutil
from pathlib import Path

import pytest

from tests.update.conftest import Project, Template, lines


def test_uncommitted_changes_elsewhere_are_no_obstacle_and_stay(
    project: Project, template: Template
) -> None:
    template.release("v1.1.0", {"app/main.py": lines("main", {5: "new"})})
    (project.path / "app/tools.py").write_text("staged\n")
    project.git("add", "app/tools.py")
    (project.path / "app/tools.py").write_text("edited\n")
    (project.path / "mine.txt").write_text("untracked\n")
    (project.path / "once.txt").unlink()
    ran = project.update()
    assert ran.code == 0, ran.err
    assert project.read("app/main.py") == lines("main", {5: "new"})
    assert project.read("app/tools.py") == "edited\n"
    assert project.git("show", ":app/tools.py") == "staged"
    assert project.read("mine.txt") == "untracked\n"
    assert not (project.path / "once.txt").exists()


@pytest.mark.parametrize("staged", [False, True])
def test_an_uncommitted_change_that_the_update_would_touch_is_refused(
    project: Project, template: Template, staged: bool
) -> None:
    template.release("v1.1.0", {"app/main.py": lines("main", {5: "new"})})
    (project.path / "app/main.py").write_text(lines("main", {15: "mine"}))
    if staged:
        project.git("add", "app/main.py")
    before = project.state()
    for option in ((), ("--dry-run",)):
        ran = project.update(*option)
        assert (ran.code, ran.out) == (2, "")
        assert "not committed: app/main.py\n" in ran.err
        assert "hint: commit or stash them" in ran.err
        assert project.state() == before


def test_an_untracked_file_in_the_way_is_refused(project: Project, template: Template) -> None:
    template.release("v1.1.0", {"app/new.py": "new\n"})
    (project.path / "app/new.py").write_text("mine\n")
    before = project.state()
    ran = project.update()
    assert ran.code == 2
    assert "not committed: app/new.py\n" in ran.err
    assert project.state() == before


def test_many_files_in_the_way_are_counted(project: Project, template: Template) -> None:
    new = {f"app/new_{n}.py": f"{n}\n" for n in range(5)}
    template.release("v1.1.0", new)
    for name in new:
        (project.path / name).write_text("mine\n")
    assert "app/new_0.py, app/new_1.py, app/new_2.py and 2 more\n" in project.update().err


def test_nothing_is_written_through_a_link_that_leads_elsewhere(
    project: Project, template: Template, tmp_path: Path
) -> None:
    template.release("v1.1.0", {"local/new.txt": "new\n"})
    (tmp_path / "elsewhere").mkdir()
    (project.path / "local").symlink_to(tmp_path / "elsewhere")
    before = project.state()
    ran = project.update()
    assert ran.code == 2
    assert "local is not a folder of the project" in ran.err
    assert project.state() == before
    assert list((tmp_path / "elsewhere").iterdir()) == []


# Where an update cannot be.


def test_a_project_outside_of_git_is_refused(project: Project) -> None:
    shutil.rmtree(project.path / ".git")
    project.refused(2, "is not in a git repository", "git init")


def test_a_repository_without_a_commit_is_refused(project: Project) -> None:
    shutil.rmtree(project.path / ".git")
    project.git("init", "--quiet")
    project.refused(2, "has no commit", "git commit")


def test_a_folder_without_answers_is_refused(project: Project) -> None:
    (project.path / ".copier-answers.yml").unlink()
    project.refused(2, "has no .copier-answers.yml", "scaffold new")


def test_a_folder_that_is_not_there_is_refused(project: Project) -> None:
    ran = project.update("nowhere")
    assert (ran.code, ran.out) == (2, "")
    assert "nowhere has no .copier-answers.yml" in ran.err


@pytest.mark.parametrize(
    "text",
    ["", "a: [", "- a\n", "_commit: v1.0.0\n", "_src_path: 7\n_commit: v1.0.0\n", "\x00"],
    ids=["empty", "cut-off", "list", "no-source", "no-text", "no-yaml"],
)
def test_broken_answers_are_refused(project: Project, text: str) -> None:
    (project.path / ".copier-answers.yml").write_text(text)
    project.refused(2, ".copier-answers.yml")


def test_a_version_that_is_not_there_is_refused(project: Project) -> None:
    before = project.state()
    ran = project.update("--to", "v9")
    assert (ran.code, ran.out) == (2, "")
    assert "the template has no version 'v9'" in ran.err
    assert "--to takes a tag, a branch or a commit" in ran.err
    assert project.state() == before


def test_a_template_that_is_gone_is_an_error(project: Project, template: Template) -> None:
    shutil.rmtree(template.path)
    project.refused(1, f"cannot fetch the template from file://{template.path}", "--template")


def test_a_recorded_version_that_nobody_knows_is_an_error(project: Project) -> None:
    answers = project.read(".copier-answers.yml").replace("v1.0.0", "v0.9.0")
    project.commit({".copier-answers.yml": answers})
    project.refused(1, "has no version v0.9.0, from which this project was made", "--template")


def test_abort_goes_with_no_other_option(project: Project) -> None:
    ran = project.update("--abort", "--dry-run")
    assert (ran.code, ran.out) == (2, "")
