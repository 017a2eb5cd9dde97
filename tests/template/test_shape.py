"""The templates are plain projects: few conditions, none in feature code, and Python that parses."""

import ast
import re
from pathlib import Path

import pytest

from tests.support.combinations import FRAMEWORKS, named
from tests.support.projects import REPOSITORY

TEMPLATES = REPOSITORY / "templates"
# Where two features meet inside a file, who may predict or ask for the weather and that looking for a user may fail, whether a
# socket signs in and whether there is a document that names the limit; and how many sockets a framework
# holds. Pages show what else there is: resources, an account, htmx. What is observed: sign-ins, sockets, queues, calls, connections to the database.
MEETINGS = {
    TEMPLATES / "shared/app/pages/fields.py.jinja",
    TEMPLATES / "shared/app/pages/flash.py.jinja",
    TEMPLATES / "shared/app/pages/paths.py.jinja",
    TEMPLATES / "shared/app/pages/rendering.py.jinja",
    TEMPLATES / "shared/app/pages/templates/base.html.jinja",
    TEMPLATES / "shared/app/pages/templates/error.html.jinja",
    TEMPLATES / "fastapi/app/pages/feature.py.jinja",
    TEMPLATES / "fastapi/app/pages/page_request.py.jinja",
    TEMPLATES / "fastapi/app/pages/responses.py.jinja",
    TEMPLATES / "flask/app/pages/feature.py.jinja",
    TEMPLATES / "flask/app/pages/page_request.py.jinja",
    TEMPLATES / "flask/app/pages/responses.py.jinja",
    TEMPLATES / "shared/app/websockets/demo/demo.js.jinja",
    TEMPLATES / "shared/app/websockets/demo/index.html.jinja",
    TEMPLATES / "shared/app/websockets/settings.py.jinja",
    TEMPLATES / "shared/app/websockets/subprotocols.py.jinja",
    TEMPLATES / "fastapi/app/ml/feature.py.jinja",
    TEMPLATES / "fastapi/app/ml/serving/open_inference.py.jinja",
    TEMPLATES / "fastapi/app/rate_limit/feature.py.jinja",
    TEMPLATES / "fastapi/app/weather/feature.py.jinja",
    TEMPLATES / "fastapi/app/websockets/routes.py.jinja",
    TEMPLATES / "flask/app/ml/feature.py.jinja",
    TEMPLATES / "fastapi/app/auth/sign_in_limiter.py.jinja",
    TEMPLATES / "fastapi/app/observability/feature.py.jinja",
    TEMPLATES / "fastapi/app/outbound/client.py.jinja",
    TEMPLATES / "fastapi/app/websockets/feature.py.jinja",
    TEMPLATES / "flask/app/auth/sign_in_limiter.py.jinja",
    TEMPLATES / "flask/app/observability/feature.py.jinja",
    TEMPLATES / "flask/app/outbound/client.py.jinja",
    TEMPLATES / "shared/app/ml/serving/batch_queue.py.jinja",
    TEMPLATES / "shared/app/observability/settings.py.jinja",
    TEMPLATES / "flask/app/ml/serving/open_inference.py.jinja",
    TEMPLATES / "shared/app/ml/importing/report.py.jinja",
    TEMPLATES / "flask/app/rate_limit/feature.py.jinja",
    TEMPLATES / "flask/app/weather/feature.py.jinja",
    TEMPLATES / "flask/app/websockets/routes.py.jinja",
}
# These name classes, functions and tables after a resource, so that they are no Python before they are
# rendered, and hold what follows from its fields.
OF_RESOURCES = re.compile(
    r"\{% yield resource |/app/resource/|/migrations/versions/(0002_auth|resource)\.py"
    r"|/tests/test_resource\.py"
)
CONDITION = re.compile(r"\{%[-+]?\s*(?:if|elif)\b")
OF_ITS_OWN = re.compile(r"# \{%\+? raw -?%\}.*?# \{% endraw %\}", re.DOTALL)
TAG_LINES = 15  # in each main.py.jinja, however many options there are


def sources() -> list[Path]:
    """Every template that a person reads; the model is none, and no library that lies beside pages."""
    return [
        path
        for path in TEMPLATES.rglob("*")
        if path.is_file()
        and path.suffix != ".onnx"
        and ".min.js" not in path.name
        and not {"__pycache__", ".ruff_cache", ".mypy_cache"} & set(path.parts)
    ]


def evaluated(path: Path) -> str:
    """What Copier evaluates of a file: all but the text that has tags of its own."""
    return OF_ITS_OWN.sub("", path.read_text())


def is_of_resources(path: Path) -> bool:
    """Whether the file names what it defines after a resource."""
    return OF_RESOURCES.search(path.as_posix()) is not None


def test_there_are_at_most_three_conditional_tags_in_two_hundred_lines() -> None:
    # Those that pages have of their own count, too.
    texts = [path.read_text() for path in sources()]
    conditions = sum(len(CONDITION.findall(text)) for text in texts)
    assert 100 * conditions / sum(text.count("\n") for text in texts) <= 1.5


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_an_option_adds_no_tag_where_the_application_is_put_together(framework: str) -> None:
    lines = (TEMPLATES / framework / "app/main.py.jinja").read_text().splitlines()
    assert sum("{%" in line for line in lines) <= TAG_LINES


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_each_feature_registers_itself(framework: str) -> None:
    app, project = TEMPLATES / framework / "app", named(f"{framework}-all")
    features = {path.parent.name: path for path in app.glob("[a-z]*/feature.py*")}
    (each_resource,) = app.glob("#*/feature.py.jinja")
    assert features.keys() | {r["name"] for r in project.resource_facts} == set(project.features)
    connections = [path for name in project.connections for path in app.glob(f"{name}.py*")]
    assert len(connections) == len(project.connections)
    for path in (*features.values(), each_resource, *connections):
        assert "\ndef init_app(app: " in path.read_text(), path


def test_feature_code_holds_no_tag() -> None:
    features = {
        path
        for path in sources()
        if re.search(r"app/(?!server/)[a-z_]+/", path.as_posix()) and not is_of_resources(path)
    }
    assert features > MEETINGS
    for path in features - MEETINGS:
        text = evaluated(path)
        assert "{%" not in text, path
        assert "{{" not in text, path


def test_both_frameworks_have_the_same_model() -> None:
    models = [path.read_bytes() for path in sorted(TEMPLATES.glob("*/model/model.onnx"))]
    assert len(models) == 2
    assert models[0] == models[1]


def test_python_templates_parse_unrendered() -> None:
    python = [path for path in sources() if path.name.endswith((".py", ".py.jinja"))]
    others = [path for path in python if is_of_resources(path) and not parses(path)]
    assert len(others) <= 0.05 * len(python)
    for path in python:
        assert path in others or parses(path), path


def parses(path: Path) -> bool:
    """Whether a file is Python as it lies there."""
    try:
        ast.parse(path.read_text())
    except SyntaxError:
        return False
    return True


def test_only_a_file_whose_suffix_says_so_is_rendered() -> None:
    for path in sources():
        if path.suffix != ".jinja":
            assert not re.search(r"\{%|\{\{|\{#", path.read_text()), path
