"""copier.yml: the questions, their rules, and who owns which path."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from copier import Settings, run_copy

from tests.support.combinations import COMBINATIONS, FRAMEWORKS
from tests.support.projects import REPOSITORY, Projects, render

CONFIGURATION: dict[str, Any] = yaml.safe_load((REPOSITORY / "copier.yml").read_text())
QUESTIONS = {key: value for key, value in CONFIGURATION.items() if not key.startswith("_")}
ASKED = {key: value for key, value in QUESTIONS.items() if value.get("when") is not False}
TEMPLATES = REPOSITORY / "templates"
OWNED = re.compile(r"\{\{ '/(?P<path>[^']+)' if (?P<condition>.+) \}\}")
TABLE = {
    match["path"].rstrip("/"): match["condition"]
    for pattern in CONFIGURATION["_exclude"]
    if (match := OWNED.fullmatch(pattern))
}


def template_files(framework: str) -> set[str]:
    """The paths, as rendered, of a framework's template."""
    root = TEMPLATES / framework
    return {
        str(path.relative_to(root)).removesuffix(".jinja")
        for path in root.rglob("*")
        if path.is_file() and "_copier_conf" not in path.name and "__pycache__" not in path.parts
    }


def owners(path: str) -> list[str]:
    """The paths in the ownership table that a file falls under."""
    return [p for p in TABLE if path == p or path.startswith(f"{p}/")]


def test_nothing_in_the_template_needs_trust() -> None:
    assert not {"_tasks", "_migrations", "_jinja_extensions"} & CONFIGURATION.keys()


@pytest.mark.parametrize("name", ASKED)
def test_a_question_has_help_and_a_default(name: str) -> None:
    assert ASKED[name]["help"].strip()
    assert "default" in ASKED[name]


@pytest.mark.parametrize("name", ["framework", "database", "auth"])
def test_each_choice_says_when_to_choose_it(name: str) -> None:
    for label in ASKED[name]["choices"]:
        assert re.search(r": .*choose .*(avoid|otherwise|left out)", label, re.IGNORECASE), label


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_is_read_by_something(name: str) -> None:
    others = {key: value for key, value in CONFIGURATION.items() if key != name}
    texts = [yaml.safe_dump(others)]
    texts += [path.read_text() for path in TEMPLATES.rglob("*.jinja")]
    texts += [path.read_text() for path in (TEMPLATES / "shared").rglob("*") if path.is_file()]
    texts += [path.read_text() for path in (REPOSITORY / "src").rglob("*.py")]
    assert any(re.search(rf"\b{name}\b", text) for text in texts)


@pytest.mark.parametrize("path", TABLE)
def test_a_path_in_the_ownership_table_exists(path: str) -> None:
    assert any(path in owners(file) for f in FRAMEWORKS for file in template_files(f))


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_path_belongs_to_every_project_or_has_an_owner(
    framework: str, projects: Projects, tmp_path: Path
) -> None:
    for combination in COMBINATIONS:
        if combination.framework != framework:
            continue
        facts = {
            **vars(combination),
            "operations": combination.operations,
            "redis": combination.redis,
        }
        project = tmp_path / str(combination)
        render(projects.template(), project, **combination.answers)
        rendered = {str(p.relative_to(project)) for p in project.rglob("*") if p.is_file()}
        left_out = {
            file
            for file in template_files(framework)
            if any(eval(TABLE[p], facts) for p in owners(file))  # noqa: S307
        }
        assert rendered == template_files(framework) - left_out | {".copier-answers.yml"}


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"project_name": "My API"}, "lower-case letters"),
        ({"project_name": "-api"}, "lower-case letters"),
        ({"project_name": "api--x"}, "lower-case letters"),
        ({"project_name": "café"}, "lower-case letters"),
        ({"project_name": "api\n"}, "lower-case letters"),
        ({"project_name": "a" * 51}, "at most 50"),
        ({"project_name": "fastapi"}, "fastapi-service"),
        ({"description": " "}, "1 to 200"),
        ({"description": "two\nlines"}, "one line"),
        ({"description": 'says "hi"'}, "double quotes"),
        ({"description": "back\\slash"}, "backslashes"),
        ({"description": "x" * 201}, "1 to 200"),
        ({"author": 'A "B" C'}, "double quotes"),
        ({"author": "A <a@b.c>"}, "angle brackets"),
        ({"framework": "django"}, "Invalid choice"),
        ({"database": "oracle"}, "Invalid choice"),
        ({"auth": "basic"}, "Invalid choice"),
        ({"database": "none", "auth": "jwt"}, "keeps its users in a database"),
    ],
)
def test_a_wrong_answer_is_refused_with_its_rule(
    answers: dict[str, str], message: str, projects: Projects, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=message):
        run_copy(
            str(projects.template()),
            tmp_path / "project",
            data=answers,
            defaults=True,
            quiet=True,
            settings=Settings(),
        )
    assert not (tmp_path / "project").exists()
