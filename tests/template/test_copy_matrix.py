"""Every combination of answers renders, and what is rendered is final."""

import json
import re
from pathlib import Path

import pytest
from pytest_copie.plugin import Copie

from scaffold.compare import code_lines
from tests.support.combinations import Combination, every_combination
from tests.support.projects import Projects

pytestmark = every_combination


@pytest.fixture(scope="session")
def rendered(copie_session: Copie, projects: Projects, combination: Combination) -> Path:
    """The combination as Copier alone renders it, with awkward but valid texts."""
    result = copie_session.copy(
        extra_answers={
            "project_name": "my-shop2",
            "description": "Zoë's \u00ab50 %\u00bb shop: #1 & <best>!",
            "author": "O'Brien & Søn",
            **combination.answers,
        },
        template_dir=projects.template(),
    )
    assert result.exception is None
    assert combination.answers.items() <= result.answers.items()
    assert result.project_dir is not None
    return result.project_dir


def files(project: Path) -> list[Path]:
    return [path for path in project.rglob("*") if path.is_file()]


def texts(project: Path) -> dict[Path, str]:
    """Every file that a person reads; the model is none."""
    return {path: path.read_text() for path in files(project) if path.suffix != ".onnx"}


def test_no_file_shows_that_it_was_rendered(rendered: Path) -> None:
    scars = re.compile(r"\{%|%\}|\{\{|\{#|\n\n\n\n|[ \t]\n|\n\n\Z|[^\n]\Z")
    for path, text in texts(rendered).items():
        assert not scars.search(text), path
        assert path.suffix != ".jinja"


def test_no_file_names_what_was_not_chosen(rendered: Path, combination: Combination) -> None:
    others: dict[str, dict[object, str]] = {
        "framework": {
            "fastapi": r"flask|gunicorn|wsgi",
            "flask": r"fastapi|uvicorn|starlette|asgi",
        },
        "database": {
            "none": r"sqlalchemy|alembic|database|migrat|sqlite|postgres|mysql|mariadb",
            "sqlite": r"postgres|mysql|mariadb",
            "postgresql": r"mysql|mariadb",
            "mysql": r"postgres",
        },
        "auth": {
            # Not "password" or "user": databases have them, and an image.
            "none": r"\bauth\b|jwt|bearer|(access|refresh).token|\btokens\b"
            r"|\bowne[dr]\b(?!=)|owner_id|\busers\b|user_id|current_user|\be-?mail"
            r"|passwords|password_hash|pwdlib|argon|\bsign.?in\b|\bsign.?up\b|signed.in|log.?out"
            r"|trusted.prox|forwarded|multipart|dnspython|\blimits==",
            "jwt": r"(?!)",
        },
        "websockets": {
            False: r"web.?sockets?\b|flask.sock|fan.?out|ws-demo|wsproto|\brooms?\b",
            True: r"(?!)",
        },
        "ml": {
            False: r"\bml\b|predict|\bmodel\.(json|onnx)|onnx|numpy|inference|kserve|triton|sklearn",
            True: r"(?!)",
        },
        "compose": {False: r"(?<!sklearn\.)compose", True: r"(?!)"},
        "redis": {False: r"redis", True: r"(?!)"},
    }
    remnant = re.compile(
        "|".join(words[getattr(combination, name)] for name, words in others.items()),
        re.IGNORECASE,
    )
    for path, text in texts(rendered).items():
        if path.name != ".copier-answers.yml":
            found = remnant.search(text)
            assert found is None, f"{path}: {found}"


def test_the_api_document_and_the_readme_say_what_the_service_is_for(
    rendered: Path, combination: Combination
) -> None:
    document = {"fastapi": "app/main.py", "flask": "app/openapi.json"}[combination.framework]
    for name in ("README.md", "pyproject.toml", document):
        assert "Zoë's \u00ab50 %\u00bb shop: #1 & <best>!" in (rendered / name).read_text()


def test_renovate_leaves_the_images_of_the_template_alone(rendered: Path) -> None:
    places = ("Dockerfile", "compose.yaml", ".github/workflows/ci.yml")
    sources = [(rendered / place).read_text() for place in places if (rendered / place).exists()]
    images = set(re.findall(r"(?:^FROM|image:) ([a-z]+):", "\n".join(sources), re.MULTILINE))
    [_, pinned] = json.loads((rendered / "renovate.json").read_text())["packageRules"]
    assert set(pinned["matchPackageNames"]) == images


def test_a_service_is_small_and_without_a_database_tiny(
    rendered: Path, combination: Combination
) -> None:
    lines = code_lines.count_in(rendered)
    limit = 400 if combination.database == "none" else 1_200
    limit += 800 * (combination.auth == "jwt") + 900 * combination.websockets
    limit += 1_200 * combination.ml
    assert lines < limit
