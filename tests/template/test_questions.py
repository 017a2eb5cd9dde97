"""copier.yml: the questions, their rules, and who owns which path."""

import re
from pathlib import Path

import pytest
import yaml
from copier import Settings, run_copy

from tests.support.combinations import FRAMEWORKS
from tests.support.forms import (
    SHARED,
    TEMPLATES,
    Form,
    path_in_project,
    template_files,
)
from tests.support.projects import Projects
from tests.support.questions import (
    ASKED,
    CONFIGURATION,
    OWNED,
    QUESTIONS,
    REPOSITORY,
    TABLE,
    Answers,
    answer,
    environment,
    owners,
)

DOCS = "http://127.0.0.1:8000/docs"
STUB = "# {% yield path from shared_files %}{{ path }}# {% endyield %}.jinja"


def test_nothing_in_the_template_needs_trust() -> None:
    assert not {"_tasks", "_migrations", "_jinja_extensions"} & CONFIGURATION.keys()


@pytest.mark.parametrize("name", ASKED)
def test_a_question_has_help_and_a_default(name: str) -> None:
    assert ASKED[name]["help"].strip()
    assert "default" in ASKED[name]


@pytest.mark.parametrize("name", ["framework", "database", "auth", "pages", "deploy"])
def test_each_choice_says_when_to_choose_it(name: str) -> None:
    for label in ASKED[name]["choices"]:
        assert re.search(r": .*choose .*(avoid|otherwise|left out)", label, re.IGNORECASE), label


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_is_read_by_something(name: str) -> None:
    others = {key: value for key, value in CONFIGURATION.items() if key != name}
    texts = [yaml.safe_dump(others)]
    texts += [path.read_text() for path in TEMPLATES.rglob("*.jinja")]
    texts += [path.name for path in TEMPLATES.rglob("*.jinja")]
    texts += [path.read_text() for path in (REPOSITORY / "src").rglob("*.py")]
    assert any(re.search(rf"\b{name}\b", text) for text in texts)


@pytest.mark.parametrize(
    ("answers", "commands", "note"),
    [
        (
            {"database": "postgresql", "websockets": True},
            ["docker compose up --detach --wait database", "uv run poe dev"],
            f"`poe dev` applies the migrations and serves {DOCS} and http://127.0.0.1:8000/ws-demo",
        ),
        (
            {"database": "sqlite", "websockets": False},
            ["uv run poe dev"],
            f"`poe dev` applies the migrations and serves {DOCS}",
        ),
        (
            {"database": "none", "websockets": False},
            ["uv run poe dev"],
            f"`poe dev` serves {DOCS}",
        ),
    ],
    ids=["server", "file", "none"],
)
def test_what_starts_a_service_depends_on_its_answers(
    answers: Answers, commands: list[str], note: str
) -> None:
    assert answer("start_commands", answers) == commands
    assert answer("start_note", answers) == note


def test_the_table_holds_paths_with_their_conditions_and_what_tools_leave_behind() -> None:
    others = [pattern for pattern in CONFIGURATION["_exclude"] if not OWNED.fullmatch(pattern)]
    assert not [pattern for pattern in others if "{" in pattern]


@pytest.mark.parametrize("path", TABLE)
def test_a_path_in_the_ownership_table_exists(path: str) -> None:
    assert any(path in owners(file) for f in FRAMEWORKS for file in paths(f))


def test_what_lies_in_the_shared_folder_is_what_projects_are_made_of() -> None:
    files = (path for path in SHARED.rglob("*") if path.is_file() and not is_left_behind(path))
    listed = yaml.safe_load(QUESTIONS["shared_files"]["default"])
    of_resources = yaml.safe_load(QUESTIONS["resource_files"]["default"])
    assert of_resources == sorted(of_resources)
    listed += [f"app/resource/{path}" for path in of_resources]
    listed += ["migrations/versions/resource.py", "tests/test_resource.py"]
    assert sorted(listed) == sorted(map(path_in_project, files))


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_some_project_has_the_file(all_forms: tuple[Form, ...], framework: str) -> None:
    forms = (form for form in all_forms if ("framework", framework) in form.answers)
    assert {form.template for form in forms} == set(paths(framework))


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_no_two_files_of_the_template_have_one_path(framework: str) -> None:
    assert len(set(paths(framework))) == len(paths(framework))


def test_both_frameworks_bring_the_shared_files_in_alike() -> None:
    stubs = [
        {
            stub.relative_to(TEMPLATES / framework): stub.read_bytes()
            for stub in (TEMPLATES / framework).rglob("*")
            if stub.is_file() and "{% yield " in stub.name
        }
        for framework in FRAMEWORKS
    ]
    assert Path(STUB) in stubs[0]
    assert stubs[0] == stubs[1]


def test_no_shared_file_is_executable_for_it_gets_the_mode_of_the_stub() -> None:
    files = [*SHARED.rglob("*"), *TEMPLATES.rglob("*{% yield *")]
    assert not [path for path in files if path.is_file() and path.stat().st_mode & 0o111]


def test_windows_allows_every_name() -> None:
    names = {path.name for path in TEMPLATES.rglob("*")}
    assert not [name for name in names if re.search(r'[<>:"/\\|?*]|[. ]\Z', name)]


def test_text_with_tags_of_its_own_is_kept_by_raw() -> None:
    text = "<p>{{ title }}</p>\n{# mine #}\n{% block main %}\n"
    template = f"# {{% raw -%}}\n{text}# {{% endraw %}}\n"
    assert environment().from_string(template).render() == text


def paths(framework: str) -> list[str]:
    """The paths, as rendered, of a framework's template."""
    return [path_in_project(file) for file in template_files(framework)]


def is_left_behind(path: Path) -> bool:
    """Whether Python or a tool put the file there."""
    return any(part == "__pycache__" or part.endswith("_cache") for part in path.parts)


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
        ({"pages": "django"}, "Invalid choice"),
        ({"database": "none", "pages": "plain"}, "what a database keeps"),
        ({"deploy": "helm"}, "Invalid choice"),
        ({"database": "sqlite", "deploy": "kubernetes"}, "SQLite is a file"),
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
