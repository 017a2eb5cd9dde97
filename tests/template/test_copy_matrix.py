"""What Copier makes of whole sets of answers is what the forms of single files promise."""

import json
import re
from pathlib import Path

import pytest
from pytest_copie.plugin import Copie

from scaffold.compare import code_lines
from tests.support.combinations import Combination, every_service
from tests.support.forms import forms_for
from tests.support.projects import Projects
from tests.support.questions import AWKWARD, TEXTS, is_asked

pytestmark = every_service
ANSWERS = TEXTS | {name: texts[0] for name, texts in AWKWARD.items()}


@pytest.fixture(scope="session")
def rendered(copie_session: Copie, projects: Projects, combination: Combination) -> Path:
    """The combination as Copier alone renders it, with awkward but valid texts."""
    asked = {
        name: value for name, value in ANSWERS.items() if is_asked(name, dict(combination.given))
    }
    result = copie_session.copy(
        extra_answers={**asked, **combination.answers},
        template_dir=projects.template(),
    )
    assert result.exception is None
    assert combination.answers.items() <= result.answers.items()
    assert result.project_dir is not None
    return result.project_dir


def test_a_project_consists_of_the_forms_that_its_answers_choose(
    rendered: Path, combination: Combination
) -> None:
    made = {
        path.relative_to(rendered).as_posix(): path.read_text()
        for path in rendered.rglob("*")
        if path.is_file() and path.suffix != ".onnx"
    }
    del made[".copier-answers.yml"]
    answers = {**ANSWERS, **dict(combination.given)}
    assert made == {form.path: form.text for form in forms_for(answers)}


def test_the_api_document_and_the_readme_say_what_the_service_is_for(
    rendered: Path, combination: Combination
) -> None:
    document = {"fastapi": "app/main.py", "flask": "app/openapi.json"}[combination.framework]
    for name in ("README.md", "pyproject.toml", document):
        assert str(ANSWERS["description"]) in (rendered / name).read_text()


def test_renovate_leaves_the_images_of_the_template_alone(rendered: Path) -> None:
    places = ("Dockerfile", "compose.yaml", ".github/workflows/ci.yml")
    sources = [(rendered / place).read_text() for place in places if (rendered / place).exists()]
    images = set(re.findall(r"(?:^FROM|image:) ([a-z]+):", "\n".join(sources), re.MULTILINE))
    [_, pinned] = json.loads((rendered / "renovate.json").read_text())["packageRules"]
    assert set(pinned["matchPackageNames"]) == images


def test_a_service_is_small_and_without_a_database_tiny(combination: Combination) -> None:
    # What an owner reads, without the folders that are the template's own.
    answers = {**ANSWERS, "resources": TEXTS["resources"], **dict(combination.given)}
    lines = sum(
        code_lines.count(form.text)
        for form in forms_for(answers)
        if form.path.endswith(".py")
        and not form.path.startswith(("app/server/", "app/ml/importing/", "app/ml/serving/"))
    )
    limit = 400 if combination.database == "none" else 1_400
    limit += 800 * (combination.auth == "jwt") + 900 * combination.websockets
    limit += 1_200 * combination.ml + 250 * combination.rate_limit + 750 * combination.outbound
    limit += (800 + 400 * (combination.auth == "jwt")) * (combination.pages != "none")
    limit += 750 * combination.observability + 100 * (combination.deploy != "none")
    assert lines < limit
