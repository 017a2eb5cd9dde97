"""One pyproject.toml for an application that `scaffold` did not make and the new one: theirs first, ours added."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scaffold.errors import UsageError
from scaffold.migrate import pyproject
from scaffold.project import uv

FILE, REQUIREMENTS, SETUP = "pyproject.toml", "requirements.txt", "setup.py"
# Only the new application is held to the template's rules.
_THEIRS = {"dependency-groups", "tool.pytest", "tool.ruff", "tool.uv"}
_CHECKS = (
    ('test = "pytest"', 'test = "python -m pytest"'),
    ('cmd = "ruff check"', 'cmd = "ruff check --isolated --line-length 100 app"'),
    ('cmd = "ruff format --check"', 'cmd = "ruff format --isolated --line-length 100 --check app"'),
    ('files = ["app", "tests"]', 'files = ["app"]'),
)


def merge_packages(folder: Path, template: str, package: str, *, in_src: bool) -> str:
    """Write the merged file into a copy of their project, and return it; uv adds each package where it belongs."""
    file = folder / FILE
    theirs = file.read_text(encoding="utf-8") if file.exists() else ""
    try:
        mine, ours = tomllib.loads(theirs), tomllib.loads(template)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{FILE} cannot be read: {error}") from None
    if "poetry" in mine.get("tool", {}):
        raise UsageError(
            f"{FILE} lists its packages for Poetry, and uv cannot read them there",
            "`uvx migrate-to-uv` turns them into [project]; commit that, and run this again",
        )
    has_project = "project" in mine
    file.write_text(_with_tables(theirs, template, package, in_src=in_src), encoding="utf-8")
    if not has_project:
        _empty_list(file)
        if (folder / REQUIREMENTS).exists():
            _add(folder, "--requirements", REQUIREMENTS)
        elif listed := _listed_in_setup(folder / SETUP):
            _add(folder, *listed)
    _add(folder, *ours["project"]["dependencies"])
    _add(folder, "--group", "dev", *ours["dependency-groups"]["dev"])
    return file.read_text(encoding="utf-8")


def add_new_packages(theirs: str, before: str, after: str, folder: Path) -> str:
    """Their file with the packages that the template names now and did not before; `folder` is a scratch one."""
    (folder / FILE).write_text(theirs, encoding="utf-8")
    old, new = (_listed(text) for text in (before, after))
    for group, specifications in new.items():
        if added := [spec for spec in specifications if spec not in old.get(group, [])]:
            _add(folder, *(("--group", group) if group else ()), *added)
    return (folder / FILE).read_text(encoding="utf-8")


def _listed(text: str) -> dict[str, list[str]]:
    """The packages of the project, under no name, and those of each group."""
    parsed = tomllib.loads(text)
    return {"": parsed["project"]["dependencies"], **parsed.get("dependency-groups", {})}


def _add(folder: Path, *options: str) -> None:
    try:
        uv.add(folder, *options)
    except uv.UvError as error:
        raise UsageError(
            f"the packages cannot be merged: {error.message}",
            f"mend that in {FILE} or {REQUIREMENTS}, commit it, and run this again",
        ) from None


def _empty_list(file: Path) -> None:
    """Take the packages of our template out: uv adds them after theirs."""
    text = file.read_text(encoding="utf-8")
    names = pyproject.packages(text, pyproject.DEPENDENCIES).keys()
    file.write_text(
        pyproject.without_packages(text, pyproject.DEPENDENCIES, names), encoding="utf-8"
    )


def _with_tables(theirs: str, template: str, package: str, *, in_src: bool) -> str:
    """Their file with the tables of ours that it lacks."""
    for before, after in _CHECKS:
        template = template.replace(before, after)
    known = {_owner(header) for header, _ in _tables(theirs)}
    added = [text for header, text in _tables(template) if _owner(header) not in known | _THEIRS]
    if "tool.mypy" not in known:
        added.append(
            f'[[tool.mypy.overrides]]\nmodule = ["{package}.*"]\nfollow_imports = "skip"\n'
        )
    if "tool.uv" not in known:
        # A package in src/ can only be imported once it is installed.
        added.append(f"[tool.uv]\npackage = {str(in_src).lower()}\n")
    parts = [theirs.rstrip(), *(text.rstrip() for text in added)]
    merged = "\n\n".join(part for part in parts if part) + "\n"
    return _with_python(merged, tomllib.loads(template)["project"]["requires-python"])


def _tables(text: str) -> Iterator[tuple[str, str]]:
    """Each table with its name; what stands before the first has none of ours."""
    for part in re.split(r"(?m)^(?=\[)", text):
        if match := re.match(r"\[+\s*([^\]]+?)\s*\]", part):
            yield match[1], part


def _owner(header: str) -> str:
    """Whose table it is: all those of a tool belong together."""
    words = header.split(".")
    return ".".join(words[: 2 if words[0] == "tool" else 1])


def _with_python(text: str, needed: str) -> str:
    """The file with the Python that FastAPI's edition needs, where theirs is an older one."""
    project: dict[str, Any] = tomllib.loads(text)["project"]
    stated = str(project.get("requires-python", ""))
    oldest = re.fullmatch(r">=\s*3\.(\d+)(\.\d+)?", stated)
    if oldest and int(oldest[1]) >= int(needed.rpartition(".")[2]):
        return text
    line = f'requires-python = "{needed}"\n'
    if stated:
        return re.sub(r"(?m)^requires-python\s*=.*\n", line, text, count=1)
    return re.sub(r"(?m)^\[project\]\n", f"[project]\n{line}", text, count=1)


def _listed_in_setup(file: Path) -> list[str]:
    """What `install_requires` of a setup.py says, where that is a list."""
    if not file.exists():
        return []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.keyword) and node.arg == "install_requires":
            try:
                return [str(package) for package in ast.literal_eval(node.value)]
            except ValueError:
                return []
    return []
