"""Commands in the manual are commands of the program, and the manual names all of its options."""

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from markdown_it.token import Token
from typer.core import TyperGroup
from typer.main import get_command

from scaffold.cli.main import app
from tests.docs.manual import FRONT, PAGES, README, ROOT, commands, name, tokens
from tests.support.projects import Projects, render, run

PROGRAM = get_command(app)
# `[options]` stands for what the table below it lists.
PLACEHOLDER = "[options]"


def walk(command: object, *path: str) -> Iterator[tuple[str, ...]]:
    """The path of the program itself, and of each command that does something."""
    if not isinstance(command, TyperGroup):
        yield path
        return
    if path == ("scaffold",):
        yield path
    for word, below in command.commands.items():
        yield from walk(below, *path, word)


COMMANDS = list(walk(PROGRAM, "scaffold"))


def options(path: tuple[str, ...]) -> set[str]:
    """Every name of every option of a command."""
    command = PROGRAM
    for word in path[1:]:
        assert isinstance(command, TyperGroup)
        command = command.commands[word]
    context = command.make_context(path[-1], [], resilient_parsing=True)
    names = {n for p in command.get_params(context) for n in (*p.opts, *p.secondary_opts)}
    return {n for n in names if n.startswith("-")}


def documented(path: tuple[str, ...]) -> Iterator[set[str]]:
    """The options in the tables of each section that has the command in its heading."""
    for page in PAGES:
        blocks = tokens(page)
        for place, block in enumerate(blocks):
            if block.type == "heading_open" and " ".join(path) in code(blocks[place + 1]):
                yield listed(section(blocks, place))


def code(token: Token) -> list[str]:
    """What stands in code font in a line."""
    return [child.content for child in token.children or [] if child.type == "code_inline"]


def section(blocks: list[Token], place: int) -> list[Token]:
    """What stands below a heading, up to the next one that is as high."""
    level = blocks[place].tag
    below = blocks[place + 1 :]
    ends = (n for n, b in enumerate(below) if b.type == "heading_open" and b.tag <= level)
    return below[: next(ends, len(below))]


def listed(blocks: list[Token]) -> set[str]:
    """The first column of the tables of options."""
    found: set[str] = set()
    of_options = False
    for place, block in enumerate(blocks):
        if block.type == "table_open":
            of_options = blocks[place + 4].content == "option"
        elif block.type == "tr_open" and of_options:
            found.update(code(blocks[place + 2]))
    return found


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_the_manual_lists_the_options_of_a_command_in_one_place(path: tuple[str, ...]) -> None:
    tables = [found for found in documented(path) if found]
    assert tables == [options(path)], f"a heading with `{' '.join(path)}`, and below it a table"


@pytest.mark.parametrize("page", PAGES + FRONT, ids=name)
def test_a_command_in_the_manual_is_one_of_the_program(page: Path) -> None:
    for words in commands(page):
        if "scaffold" in words and is_ours(words[: words.index("scaffold")]):
            parse([w for w in words[words.index("scaffold") + 1 :] if w != PLACEHOLDER])


def is_ours(before: list[str]) -> bool:
    """Whether what stands before `scaffold` only starts it; variables may be set."""
    starter = [word for word in before if "=" not in word]
    return " ".join(starter) in ("", "uv run", "uvx --from .", "python3 -m uv tool run --from .")


def parse(words: list[str]) -> None:
    """Read a command line as the program does, and run nothing."""
    command = PROGRAM
    while isinstance(command, TyperGroup) and words and not words[0].startswith("-"):
        command = command.commands[words[0]]
        words = words[1:]
    if isinstance(command, TyperGroup):
        assert set(words) <= options(("scaffold",))
    else:
        command.make_context(command.name or "", words)


def test_the_first_command_runs_the_tool_without_the_packages_of_its_developers() -> None:
    _, first, *_ = commands(README)
    assert first[:9] == ["python3", "-m", "uv", "tool", "run", "--from", ".", "scaffold", "new"]


def test_the_tests_have_one_command_which_ci_runs_too() -> None:
    *_, pip, tests = commands(README)
    assert tests == ["python3", "-m", "uv", "run", "poe", "test"]
    line = f"{' '.join(pip)} && {' '.join(tests)}"
    assert line in README.read_text().splitlines()
    assert f"{{ {line}; }}" in (ROOT / ".ci" / "run").read_text()


def test_copier_alone_makes_a_project_with_the_command_of_the_readme(
    projects: Projects, tmp_path: Path
) -> None:
    [words] = [words for words in commands(README) if "copier" in words]
    [url] = [word for word in words if word.startswith("git+https://")]
    (tmp_path / "clone").mkdir()
    run(
        *(sys.executable, "-m", *words[words.index("copier") :], "--defaults", "--quiet"),
        folder=tmp_path / "clone",
        GIT_CONFIG_COUNT="1",  # the template as it lies here stands in for the repository
        GIT_CONFIG_KEY_0=f"url.file://{projects.template()}.insteadOf",
        GIT_CONFIG_VALUE_0=url.removeprefix("git+"),
    )
    answers = (tmp_path / "myapi" / ".copier-answers.yml").read_text()
    assert f"_src_path: {url}\n" in answers


def test_a_task_in_the_manual_is_one_of_this_project_or_of_a_service(
    projects: Projects, tmp_path: Path
) -> None:
    known = tasks(ROOT)
    for framework in ("fastapi", "flask"):
        service = tmp_path / framework
        render(projects.template(), service, framework=framework, auth="jwt", ml=True)
        known |= tasks(service)
    named = {
        (name(page), task)
        for page in PAGES + FRONT
        for task in re.findall(r"\buv run poe ([\w-]+)", page.read_text())
    }
    assert {(page, task) for page, task in named if task not in known} == set()


def tasks(project: Path) -> set[str]:
    """The tasks of a project."""
    document = tomllib.loads((project / "pyproject.toml").read_text())
    return set(document["tool"]["poe"]["tasks"])
