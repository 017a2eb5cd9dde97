"""`scaffold diff`: how a project differs from what its template made."""

from tests.update.conftest import Project, Template, changes, everything, lines


def diff(project: Project, *args: str) -> str:
    ran = project.cli.run("diff", *args)
    assert ran.code == 0, ran.err
    return ran.out


def test_a_project_that_nobody_changed_does_not_differ(
    project: Project, template: Template
) -> None:
    template.release("v1.1.0", {"app/new.py": "new\n"})
    assert diff(project) == f"{project.path} is as v1.0.0 of its template made it\n"
    told = project.cli.run("diff", "--json").json
    assert (told["status"], told["changes"], told["diff"]) == ("same", [], "")


def test_what_is_committed_and_what_is_not_is_shown_and_nothing_is_written(
    project: Project,
) -> None:
    project.commit({"app/main.py": lines("main", {5: "mine"})})
    project.git("mv", "app/tools.py", "app/helpers.py")
    (project.path / "app" / "own.py").write_text("own\n")
    (project.path / "once.txt").unlink()
    (project.path / "local").mkdir()
    (project.path / "local" / "ignored").touch()
    before = everything(project.path)
    shown = diff(project)
    assert "\n-main 5\n+mine\n" in shown
    assert "rename from app/tools.py\nrename to app/helpers.py\n" in shown
    assert "ignored" not in shown
    assert "\x1b" not in shown
    told = project.cli.run("diff", "--json").json
    assert (told["status"], told["template"]["ref"]) == ("different", "v1.0.0")
    assert told["diff"] == shown
    assert changes(told) == {
        "app/helpers.py": "changed",
        "app/main.py": "changed",
        "app/own.py": "added",
        "once.txt": "removed",
    }
    assert everything(project.path) == before


def test_the_version_it_was_updated_to_is_the_one_to_differ_from(
    project: Project, template: Template
) -> None:
    template.release("v1.1.0", {"app/main.py": lines("main", {5: "new"})})
    assert project.update().code == 0
    assert diff(project) == f"{project.path} is as v1.1.0 of its template made it\n"


def test_a_folder_that_is_no_project_is_refused(project: Project) -> None:
    ran = project.cli.run("diff", "app")
    assert ran.code == 2
    assert ".copier-answers.yml" in ran.err
