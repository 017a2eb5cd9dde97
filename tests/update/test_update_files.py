"""Where a project lies, and what its files are, changes nothing about an update."""

import shutil
import stat
from pathlib import Path

from tests.cli.conftest import Cli, make_repository
from tests.update.conftest import Project, Template, changes, lines, make_project


def test_a_project_in_a_folder_of_a_repository_is_updated_there_alone(
    project: Project, template: Template
) -> None:
    template.release(
        "v1.1.0", {"app/main.py": lines("main", {5: "new"}), "app/new.py": "new\n"}, ["app/old.py"]
    )
    mono = make_repository(project.path.parent / "mono", {"app/main.py": "another\n"})
    (mono.path / "services").mkdir()
    shutil.rmtree(project.path / ".git")
    inside = Project(project.path.rename(mono.path / "services" / "my api"), project.cli)
    mono.commit({})
    (mono.path / "app/main.py").write_text("dirty\n")
    inside.cli.cwd = mono.path
    before = Project(mono.path, project.cli).state()

    ran = inside.update("services/my api")
    assert ran.code == 0, ran.err
    assert inside.read("app/main.py") == lines("main", {5: "new"})
    assert mono.git("diff", "--cached", "--name-status").splitlines() == [
        "M\tservices/my api/.copier-answers.yml",
        "M\tservices/my api/app/main.py",
        "A\tservices/my api/app/new.py",
        "D\tservices/my api/app/old.py",
    ]
    assert (mono.path / "app/main.py").read_text() == "dirty\n"
    assert inside.cli.run("update", "--abort", "services/my api").code == 0
    assert Project(mono.path, project.cli).state() == before


def test_a_conflict_in_a_folder_of_a_repository_waits_there(
    conflicting: Project,
) -> None:
    mono = make_repository(conflicting.path.parent / "mono", {"README.md": "another\n"})
    shutil.rmtree(conflicting.path / ".git")
    inside = Project(conflicting.path.rename(mono.path / "api"), conflicting.cli)
    mono.commit({})
    inside.cli.cwd = inside.path
    assert inside.update().code == 3
    assert mono.git("ls-files", "--unmerged").count("\tapi/README.md") == 3
    ran = inside.update()
    assert ran.code == 3
    assert "waits for you: README.md" in ran.err


def test_a_linked_work_tree_is_updated_like_any_other(project: Project, template: Template) -> None:
    template.release("v1.1.0", {"app/main.py": lines("main", {5: "new"})})
    project.git("worktree", "add", "--quiet", "../branch")
    branch = Project(project.path.parent / "branch", project.cli)
    branch.cli.cwd = branch.path
    before, elsewhere = branch.state(), project.state()
    assert branch.update().code == 0
    assert branch.read("app/main.py") == lines("main", {5: "new"})
    assert project.state() == elsewhere
    assert branch.abort().code == 0
    assert branch.state() == before


def test_a_repository_with_sha256_is_updated_like_any_other(
    project: Project, template: Template
) -> None:
    template.release("v1.1.0", {"app/new.py": "new\n"}, without=["app/old.py"])
    shutil.rmtree(project.path / ".git")
    project.git("init", "--quiet", "--object-format=sha256")
    project.commit({})
    before = project.state()
    ran = project.update()
    assert ran.code == 0, ran.err
    assert project.status() == ["M  .copier-answers.yml", "A  app/new.py", "D  app/old.py"]
    assert project.abort().code == 0
    assert project.state() == before


def test_windows_line_endings_stay_and_do_not_conflict(
    project: Project, template: Template
) -> None:
    template.release("v1.1.0", {"app/main.py": lines("main", {5: "new"})})
    (project.path / "app/main.py").write_bytes(windows(lines("main", {15: "mine"})))
    project.commit({})
    ran = project.update()
    assert ran.code == 0, ran.out
    found = (project.path / "app/main.py").read_bytes()
    assert found == windows(lines("main", {5: "new", 15: "mine"}))


def windows(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


def test_a_file_without_a_last_newline_is_merged(project: Project, template: Template) -> None:
    template.release("v1.1.0", {"app/main.py": lines("main", {5: "new"})})
    project.commit({"app/main.py": lines("main").rstrip("\n")})
    assert project.update().code == 0
    assert project.read("app/main.py") == lines("main", {5: "new"}).rstrip("\n")


def test_what_the_user_made_executable_stays_so(project: Project, template: Template) -> None:
    template.release("v1.1.0", {"app/main.py": lines("main", {5: "new"})})
    (project.path / "app/main.py").chmod(0o755)
    project.commit({})
    assert project.update().code == 0
    assert project.read("app/main.py") == lines("main", {5: "new"})
    assert (project.path / "app/main.py").stat().st_mode & stat.S_IXUSR
    assert project.git("ls-files", "--stage", "app/main.py").startswith("100755 ")


def test_what_the_template_makes_executable_becomes_so(
    project: Project, template: Template
) -> None:
    (template.path / "template/app/main.py").chmod(0o755)
    template.release("v1.1.0")
    project.commit({"app/main.py": lines("main", {15: "mine"})})
    assert project.update().code == 0
    assert project.read("app/main.py") == lines("main", {15: "mine"})
    assert (project.path / "app/main.py").stat().st_mode & stat.S_IXUSR
    assert project.status() == ["M  .copier-answers.yml", "M  app/main.py"]
    assert project.abort().code == 0
    assert not (project.path / "app/main.py").stat().st_mode & stat.S_IXUSR


def test_a_link_of_the_users_stays_a_link(project: Project, template: Template) -> None:
    template.release("v1.1.0", {"app/main.py": lines("main", {5: "new"})})
    (project.path / "linked.py").symlink_to("app/main.py")
    (project.path / "app/tools.py").unlink()
    (project.path / "app/tools.py").symlink_to("main.py")
    project.commit({})
    assert project.update().code == 0
    assert (project.path / "linked.py").readlink() == Path("app/main.py")
    assert (project.path / "app/tools.py").readlink() == Path("main.py")


def test_a_link_that_takes_the_place_of_a_file_of_the_template_is_a_conflict(
    project: Project, template: Template
) -> None:
    template.release("v1.1.0", {"app/tools.py": lines("tools", {5: "new"})})
    (project.path / "app/tools.py").unlink()
    (project.path / "app/tools.py").symlink_to("main.py")
    project.commit({})
    before = project.state()
    ran = project.update()
    assert ran.code == 3
    assert "app/tools.py" in ran.out
    assert project.read("app/main.py") == lines("main"), "not written through the link"
    assert project.abort().code == 0
    assert project.state() == before


def test_names_may_have_any_characters(bare_cli: Cli, template: Template) -> None:
    names = ("app/a file.py", "app/naïve.py", 'app/"quoted".py', "app/back\\slash.py", "-x.py")
    template.release("v1.0.1", {name: lines(name) for name in names})
    project = make_project(bare_cli, template, "api")
    template.release(
        "v1.1.0",
        {name: lines(name, {5: "new"}) for name in names} | {"app/néw.py": "new\n"},
    )
    project.commit({name: lines(name, {15: "mine"}) for name in names})
    before = project.state()
    ran = project.update("--json")
    assert ran.code == 0, ran.err
    assert {name for name, status in changes(ran.json).items() if status == "merged"} >= set(names)
    for name in names:
        assert project.read(name) == lines(name, {5: "new", 15: "mine"})
    assert project.git("diff", "--name-only") == ""
    assert project.abort().code == 0
    assert project.state() == before


def test_a_file_that_git_ignores_is_merged_on_the_disk_and_stays_ignored(
    bare_cli: Cli, template: Template
) -> None:
    template.release("v1.0.1", {"local/notes.txt": lines("notes")})
    project = make_project(bare_cli, template, "api")
    template.release("v1.1.0", {"local/notes.txt": lines("notes", {5: "new"})})
    (project.path / "local/notes.txt").write_text(lines("notes", {15: "mine"}))
    ran = project.update()
    assert ran.code == 0, ran.err
    assert project.read("local/notes.txt") == lines("notes", {5: "new", 15: "mine"})
    assert project.status() == ["M  .copier-answers.yml"]
    assert project.abort().code == 0
    assert project.read("local/notes.txt") == lines("notes", {15: "mine"})


def test_a_new_file_that_git_ignores_is_written_and_not_staged(
    project: Project, template: Template
) -> None:
    template.release("v1.1.0", {"local/notes.txt": "new\n"})
    assert project.update().code == 0
    assert project.read("local/notes.txt") == "new\n"
    assert project.status() == ["M  .copier-answers.yml"]


def test_a_conflict_in_a_file_that_git_ignores_is_shown_and_can_be_taken_back(
    bare_cli: Cli, template: Template
) -> None:
    template.release("v1.0.1", {"local/notes.txt": lines("notes")})
    project = make_project(bare_cli, template, "api")
    template.release("v1.1.0", {"local/notes.txt": lines("notes", {5: "new"})})
    (project.path / "local/notes.txt").write_text(lines("notes", {5: "mine"}))
    before = project.state()
    ran = project.update()
    assert ran.code == 3
    assert "  conflict  local/notes.txt" in ran.out
    assert "<<<<<<< yours\nmine\n=======\nnew\n>>>>>>> v1.1.0\n" in project.read("local/notes.txt")
    assert project.abort().code == 0
    assert project.state() == before


def test_a_file_that_becomes_a_folder_in_the_template_is_followed(
    project: Project, template: Template
) -> None:
    template.git("rm", "--quiet", "template/app/tools.py")
    template.release("v1.1.0", {"app/tools.py/part.py": "part\n"})
    before = project.state()
    ran = project.update()
    assert ran.code == 0, ran.err
    assert project.read("app/tools.py/part.py") == "part\n"
    assert project.abort().code == 0
    assert project.state() == before


def test_a_file_that_the_user_deleted_and_the_template_renamed_stays_deleted(
    project: Project, template: Template
) -> None:
    project.git("rm", "--quiet", "app/tools.py")
    project.git("commit", "--quiet", "-m", "No tools")
    template.git("mv", "template/app/tools.py", "template/app/helpers.py")
    template.release("v1.1.0")
    told = project.update("--json")
    assert told.code == 0, told.err
    assert changes(told.json) == {".copier-answers.yml": "changed", "app/tools.py": "kept"}
    assert not (project.path / "app" / "helpers.py").exists()
