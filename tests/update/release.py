"""A release with a change of every kind, for projects with random edits to be updated to."""

import re
from pathlib import Path

from tests.cli.conftest import Repository
from tests.support.combinations import FRAMEWORKS
from tests.support.projects import snapshot

OLD, NEW = "v0.0.1", "v0.1.0"
RENAMED = {"app/documentation.py": "app/describe.py"}
RENAMED_FOLDER = ("app/docs/", "app/manual/")
DELETED = "tests/test_settings.py"
ADDED = {"app/release.py": "# The release's.\n", "tests/test_release.py": "# The release's test.\n"}
EXECUTABLE = "tests/conftest.py"
ONCE = "model/model.json"
# What becomes no file of a project, but an answer.
LEFT_ALONE = ("includes/constraints.toml.jinja", "includes/resources/")
_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)


def published(folder: Path) -> Repository:
    """The template as it lies in the working tree, and the release after it."""
    template = Repository(folder)
    snapshot(folder)
    sources = sorted(path for path in (folder / "templates").rglob("*") if path.suffix != ".onnx")
    for path in sources[::2]:
        if path.is_file() and not any(part in path.as_posix() for part in LEFT_ALONE):
            _revise(path, edges=path in sources[::4])
    once = folder / "templates/shared" / ONCE
    once.write_text(once.read_text() + "\n")
    readme = folder / "templates/shared/README.md.jinja"
    readme.write_text(
        f'{readme.read_text()}# {{% if auth == "jwt" %}}\nFor users.\n# {{% endif %}}\n'
    )
    old_folder, new_folder = RENAMED_FOLDER
    (folder / "templates/shared" / old_folder).rename(folder / "templates/shared" / new_folder)
    (folder / "templates/shared" / DELETED).unlink()
    questions = folder / "copier.yml"
    listed = questions.read_text().replace(f"- {old_folder}", f"- {new_folder}")
    questions.write_text(listed.replace(f"    - {DELETED}\n", ""))
    for framework in FRAMEWORKS:
        place = folder / "templates" / framework
        for old, new in RENAMED.items():
            _source(place, old).rename(place / new)
        _source(place, EXECUTABLE).chmod(0o755)
        for added, text in ADDED.items():
            (place / added).write_text(text)
    template.commit({})
    template.git("tag", NEW)
    return template


def place(path: str) -> str | None:
    """Where the release has a file of the version before."""
    if path == DELETED:
        return None
    old, new = RENAMED_FOLDER
    return new + path.removeprefix(old) if path.startswith(old) else RENAMED.get(path, path)


def _source(folder: Path, path: str) -> Path:
    plain = folder / path
    return plain if plain.exists() else plain.with_name(f"{plain.name}.jinja")


def _revise(path: Path, *, edges: bool) -> None:
    """Change a line, insert two and remove one; in some files also before the first and after the last."""
    lines = path.read_text().splitlines(keepends=True)
    plain = [
        number
        for number, line in enumerate(lines)
        if line.strip()
        and not set("{}%") & set(line)
        and lines.count(line) == 1
        and not _in_a_tag("".join(lines[:number]))
    ]
    if len(plain) < 20:
        return
    changed, grown, removed = (plain[len(plain) * part // 4] for part in (1, 2, 3))
    lines[changed] = "# release: changed\n"
    lines[grown] += "# release: inserted\n# release: inserted too\n"
    lines[removed] = ""
    if edges:
        lines = ["# release: first\n", *lines, "# release: last\n"]
    path.write_text("".join(lines))


def _in_a_tag(text: str) -> bool:
    """Whether a tag of the template goes on after this text."""
    return re.search(r"\{[{%#]", _TAG.sub("", text)) is not None
