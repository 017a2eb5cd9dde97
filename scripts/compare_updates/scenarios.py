"""Twenty things that happen to teams, and what is right in each."""

import os
from collections.abc import Iterator

from scripts.compare_updates.checks import (
    Outcome,
    conflict,
    finished,
    gone,
    has,
    lacks,
    refused,
    untouched,
)
from scripts.compare_updates.project import Content, Project, Ran
from scripts.compare_updates.scenario import Scenario, update
from scripts.compare_updates.tools import Tool, Version

TEXT = "".join(f"line {number}\n" for number in range(1, 13))
LOGO = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256))
MINE, MY_LOGO = "a line of yours\n", LOGO + b"yours"
THEIRS, THEIR_LOGO = "a line of the template\n", LOGO + b"the template's"
UNRELEASED = "a line of the pre-release\n"
UNREACHABLE = "https://127.0.0.1:1/template.git"

LOST = "your edit is lost"
MISSING = "the template's change is missing"


def mine(text: str) -> str:
    """The user's edit, near the end."""
    return text.replace("line 10\n", f"line 10\n{MINE}")


def theirs(text: str) -> str:
    """The template's change, near the beginning."""
    return text.replace("line 2\n", THEIRS)


def mine_in_the_same_place(text: str) -> str:
    """The user's edit of the line that the template changes."""
    return text.replace("line 2\n", MINE)


def app(text: Content) -> Version:
    """A template of one file."""
    return Version({"app.py": text})


def edit_app(project: Project) -> None:
    project.write("app.py", mine(TEXT))


def edit_app_in_the_same_place(project: Project) -> None:
    project.write("app.py", mine_in_the_same_place(TEXT))


def edit_app_and_logo(project: Project) -> None:
    edit_app(project)
    project.write("logo.png", MY_LOGO)


def edit_app_beside_others(project: Project) -> None:
    """Have files of the same name elsewhere in the repository."""
    edit_app(project)
    for name in ("../app.py", "../../app.py"):
        project.write(name, TEXT)


def edit_with_crlf(project: Project) -> None:
    project.write("app.py", mine(TEXT).replace("\n", "\r\n"))


def make_executable(project: Project) -> None:
    (project.path / "app.py").chmod(0o755)


def lose_the_template(project: Project) -> None:
    """Have the project name a template that nobody can reach."""
    for name in (".copier-answers.yml", ".cruft.json"):
        if record := project.read(name).decode():
            project.write(name, record.replace(str(project.template), UNREACHABLE))


def update_and_abort(tool: Tool, project: Project) -> Ran:
    update(tool, project)
    return [project.run(command) for command in tool.abort][-1]


def update_after_kill(tool: Tool, project: Project) -> Ran:
    project.machine.must_kill(tool.update, project)
    return update(tool, project)


def is_executable(outcome: Outcome) -> Iterator[str]:
    if not os.access(outcome.project.path / "app.py", os.X_OK):
        yield "it is not executable any more"


def ends_every_line_with_crlf(outcome: Outcome) -> Iterator[str]:
    content = outcome.project.read("app.py")
    if content.count(b"\n") != content.count(b"\r\n"):
        yield "some lines end with LF"


def left_others_alone(outcome: Outcome) -> Iterator[str]:
    after = outcome.project.files()
    if any(after[name] != outcome.before[name] for name in ("app.py", "services/app.py")):
        yield "files of other projects are changed"


def updated_as_if_never_killed(outcome: Outcome) -> Iterator[str]:
    expected = {"app.py": mine(theirs(TEXT)), "service.py": theirs(TEXT)}
    if any(outcome.project.read(name) != text.encode() for name, text in expected.items()):
        yield "the project is half updated"
    if outcome.ran.code:
        yield "run again, it refuses"


SCENARIOS = (
    Scenario(
        "Edits apart",
        "You and the template changed different places of a file: it has both changes.",
        old=app(TEXT),
        new=app(theirs(TEXT)),
        edit=edit_app,
        checks=(has("app.py", MINE, LOST), has("app.py", THEIRS, MISSING), finished),
    ),
    Scenario(
        "Same edit",
        "You made one of the template's changes before it did: you get the others, and no conflict.",
        old=app(TEXT),
        new=app(mine(theirs(TEXT))),
        edit=edit_app,
        checks=(has("app.py", MINE, LOST), has("app.py", THEIRS, MISSING), finished),
    ),
    Scenario(
        "Conflict",
        "You and the template changed the same line: both are shown, and the exit code is not 0.",
        old=app(TEXT),
        new=app(theirs(TEXT)),
        edit=edit_app_in_the_same_place,
        checks=(has("app.py", MINE, LOST), has("app.py", THEIRS, MISSING), conflict("app.py")),
    ),
    Scenario(
        "Renamed file",
        "The template renamed a file that you edited: your edit is in the renamed file.",
        old=app(TEXT),
        new=Version({"service.py": theirs(TEXT)}),
        edit=edit_app,
        checks=(
            has("service.py", MINE, LOST),
            has("service.py", THEIRS, MISSING),
            gone("app.py", "the old file is still there"),
            finished,
        ),
    ),
    Scenario(
        "Moved file",
        "You moved a file, and the template changed it: the moved file has the change.",
        old=app(TEXT),
        new=app(theirs(TEXT)),
        edit=lambda project: project.move("app.py", "src/service.py"),
        checks=(
            has("src/service.py", THEIRS, MISSING),
            gone("app.py", "it is back at the old place"),
            finished,
        ),
    ),
    Scenario(
        "Deleted file",
        "You deleted a file, and the template changed it: it stays deleted.",
        old=Version({"app.py": TEXT, "example.py": TEXT}),
        new=Version({"app.py": theirs(TEXT), "example.py": theirs(TEXT)}),
        edit=lambda project: (project.path / "example.py").unlink(),
        checks=(gone("example.py", "it is back"), has("app.py", THEIRS, MISSING), finished),
    ),
    Scenario(
        "Edited deletion",
        "The template deleted a file that you edited: it is still there, as a conflict, and the "
        "exit code is not 0.",
        old=Version({"app.py": TEXT, "example.py": TEXT}),
        new=app(theirs(TEXT)),
        edit=lambda project: project.write("example.py", mine(TEXT)),
        checks=(
            has("example.py", MINE, LOST),
            has("app.py", THEIRS, MISSING),
            conflict("example.py"),
        ),
    ),
    Scenario(
        "File of the same name",
        "You and the template added a file of one name: both are shown, and the exit code is not 0.",
        old=app(TEXT),
        new=Version({"app.py": TEXT, "tasks.py": theirs(TEXT)}),
        edit=lambda project: project.write("tasks.py", MINE),
        checks=(
            has("tasks.py", MINE, LOST),
            has("tasks.py", THEIRS, MISSING),
            conflict("tasks.py"),
        ),
    ),
    Scenario(
        "Ignored file",
        "You edited a file of the template that git ignores: it has your edit and the change.",
        old=Version({".gitignore": "local.cfg\n", "local.cfg": TEXT}),
        new=Version({".gitignore": "local.cfg\n", "local.cfg": theirs(TEXT)}),
        edit=lambda project: project.write("local.cfg", mine(TEXT)),
        checks=(has("local.cfg", MINE, LOST), has("local.cfg", THEIRS, MISSING), finished),
    ),
    Scenario(
        "File written once",
        "The template leaves a file to you once it is there: it stays as you made it.",
        old=Version({"app.py": TEXT, "settings.py": TEXT}, once=("settings.py",)),
        new=Version({"app.py": theirs(TEXT), "settings.py": THEIRS}, once=("settings.py",)),
        edit=lambda project: project.write("settings.py", mine(TEXT)),
        checks=(has("settings.py", mine(TEXT), LOST), has("app.py", THEIRS, MISSING), finished),
    ),
    Scenario(
        "Executable file",
        "You made a file executable, and the template changed it: it has the change, and is still "
        "executable.",
        old=app(TEXT),
        new=app(theirs(TEXT)),
        edit=make_executable,
        checks=(is_executable, has("app.py", THEIRS, MISSING), finished),
    ),
    Scenario(
        "CRLF",
        "You keep a file with CRLF: it has the template's change, and every line ends so.",
        old=app(TEXT),
        new=app(theirs(TEXT)),
        edit=edit_with_crlf,
        checks=(
            has("app.py", MINE.strip(), LOST),
            has("app.py", THEIRS.strip(), MISSING),
            ends_every_line_with_crlf,
            finished,
        ),
    ),
    Scenario(
        "Binary file",
        "You and the template changed a picture, and a text: the text has both changes, and of the "
        "picture both are kept, as a conflict.",
        old=Version({"app.py": TEXT, "logo.png": LOGO}),
        new=Version({"app.py": theirs(TEXT), "logo.png": THEIR_LOGO}),
        edit=edit_app_and_logo,
        checks=(
            has("app.py", MINE, LOST),
            has("app.py", THEIRS, MISSING),
            has("logo.png", MY_LOGO, "your picture is lost"),
            has("logo.png", THEIR_LOGO, "the template's picture is missing"),
            conflict("logo.png"),
        ),
    ),
    Scenario(
        "Renamed answer",
        "The template renamed a question, whose default is the old one's answer: so is the answer.",
        old=Version({"app.py": "database = '{{ db }}'\n"}, {"db": "none"}),
        new=Version(
            {"app.py": "database = '{{ database }}'\n"}, {"database": "{{ db | default('none') }}"}
        ),
        edit=lambda project: project.write("tasks.py", MINE),
        answers={"db": "mysql"},
        checks=(has("app.py", "'mysql'", "your answer is lost"), finished),
    ),
    Scenario(
        "Pre-release",
        "After a release the template has a pre-release: the project goes to the release.",
        old=app(TEXT),
        new=app(theirs(TEXT)),
        prerelease=app(theirs(TEXT) + UNRELEASED),
        edit=edit_app,
        checks=(
            has("app.py", MINE, LOST),
            has("app.py", THEIRS, MISSING),
            lacks("app.py", UNRELEASED, "it goes to the pre-release"),
            finished,
        ),
    ),
    Scenario(
        "Monorepo",
        "The project is a folder of a larger repository: what is outside of it stays as it is.",
        old=app(TEXT),
        new=app(theirs(TEXT)),
        folder="services/api",
        edit=edit_app_beside_others,
        checks=(
            has("app.py", MINE, LOST),
            has("app.py", THEIRS, MISSING),
            left_others_alone,
            finished,
        ),
    ),
    Scenario(
        "Dirty tree",
        "A file has an edit that is not committed, and the template changed it: a message, nothing "
        "is written, and the exit code is not 0.",
        old=app(TEXT),
        new=app(theirs(TEXT)),
        edit=edit_app,
        committed=False,
        checks=(refused,),
    ),
    Scenario(
        "No network",
        "The template cannot be reached: a message, nothing is written, and the exit code is not 0.",
        old=app(TEXT),
        new=app(theirs(TEXT)),
        edit=lose_the_template,
        checks=(refused,),
    ),
    Scenario(
        "Abort",
        "You take an update back that has a conflict: every file is as it was before.",
        old=app(TEXT),
        new=Version({"app.py": theirs(TEXT), "service.py": TEXT}),
        edit=edit_app_in_the_same_place,
        act=update_and_abort,
        checks=(untouched, finished),
    ),
    Scenario(
        "Killed",
        "All its processes are killed as it changes the first file: run again, it ends well.",
        old=Version({"app.py": TEXT, "service.py": TEXT}),
        new=Version({"app.py": theirs(TEXT), "service.py": theirs(TEXT)}),
        edit=edit_app,
        act=update_after_kill,
        checks=(updated_as_if_never_killed,),
    ),
)
