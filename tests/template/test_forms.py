"""Every form of every file: no scar, no remnant of an option that is off, linted and parsed.

Of a file that is composed of pieces, those where any three answers meet; at night all of them.
"""

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from jinja2 import Environment, TemplateSyntaxError

from tests.support import questions
from tests.support.combinations import FRAMEWORKS, covering
from tests.support.forms import TEMPLATES, Form, write_forms
from tests.support.questions import REPOSITORY, Answers, each_way

# Rendered once, by the process that needs them.
pytestmark = pytest.mark.xdist_group("forms")

# Words that a project does not have unless that is the answer, or the fact that follows from answers.
WORDS: dict[str, dict[object, str]] = {
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
        r"|\bowne[dr]\b(?!=)|owner_id|\busers\b|user_id|current_user|\be-?mail(?!\.utils)"
        r"|passwords|password_hash|pwdlib|argon|\bsign.?in\b|\bsign.?up\b|signed.in|log.?out"
        r"|multipart|dnspython",
    },
    "pages": {
        # Not "page" or "form": lists have them, and sign-in. Calls to other services keep no cookies.
        "none": r'app[./]pages|(?<!["-])\bcookies?\b|\bcsrf|jinja(?!2==)|\bflash'
        r"|fetch.site|\bhtml pages?\b|sign-in page|htmx",
        "plain": r"htmx|\bhx-",
    },
    "websockets": {False: r"web.?sockets?\b|pub.?sub|ws-demo|\brooms?\b"},
    "ml": {
        False: r"\bml\b|predict|\bmodel\.(json|onnx)|onnx|numpy|inference|kserve|triton|sklearn"
    },
    "outbound": {False: r"outbound|weather|httpcore2(?!==)|open-meteo"},
    "observability": {
        False: r"observability|prometheus|grafana|opentelemetry(?!-api==)|\botel|sentry|\btrace_id|metrics_port"
    },
    "rate_limit": {False: r"app[./]rate_limit|request_limiter|ratelimit-|rate_limit\b=|600/"},
    "deploy": {"none": r"kustomiz|deploy/kubernetes|test_manifests|\bautoscaler\b|yaml>="},
    "limits": {False: r"\blimits==|\bcount_as\b"},
    "redis": {False: r"redis"},
    "app/trace_context.py": {False: r"trace_?(context|parent)"},
    "compose.yaml": {False: r"(?<!sklearn\.)(?<!onnx\.)compose"},
}
PATTERNS = {
    (name, value): re.compile(word, re.IGNORECASE)
    for name, words in WORDS.items()
    for value, word in words.items()
}
SCARS = re.compile(r"\n\n\n\n|[ \t]\n|\n\n\Z|[^\n]\Z")
TAGS = re.compile(r"\{%|%\}|\{\{|\{#")
# The templates of a service have tags of their own; those of the generator stand in comments.
OF_PAGES = ("app/pages/templates/", re.compile(r"#\s*\{%"))
# A library as it was released.
RELEASED = ("app/pages/static/htmx.min.js",)


def parse_css(text: str) -> None:
    """Check that every block is closed, and that each declaration in it is one."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    if text.count("{") != text.count("}"):
        raise ValueError("a block is open")
    for block in re.findall(r"\{([^{}]*)\}", text):
        for declaration in filter(None, map(str.strip, block.split(";"))):
            if not re.fullmatch(r"[\w-]+:\s[^:]+", declaration):
                raise ValueError(declaration)


def parse_svg(text: str) -> None:
    """Check that it is XML."""
    ElementTree.fromstring(text)  # noqa: S314 - our own file


def parse_yaml(text: str) -> None:
    """Check that each of its documents is one."""
    for _ in yaml.safe_load_all(text):
        pass


PARSE: dict[str, Callable[[str], object]] = {
    ".css": parse_css,
    ".html": Environment(autoescape=True).parse,
    ".json": json.loads,
    ".py": ast.parse,
    ".svg": parse_svg,
    ".toml": tomllib.loads,
    ".yaml": parse_yaml,
    ".yml": parse_yaml,
}


def fact(name: str) -> Callable[[Answers], object]:
    """What decides on the words of that name: an answer, a fact, or whether there is such a file."""
    if name in questions.QUESTIONS:
        return lambda answers: questions.answer(name, answers)
    return lambda answers: not questions.is_left_out(name, answers)


@cache
def named_in(text: str) -> frozenset[tuple[str, object]]:
    """Of which answers and facts a text has words that not every project has."""
    return frozenset().union(*map(_named_in_line, text.splitlines()))


@cache
def _named_in_line(line: str) -> frozenset[tuple[str, object]]:
    # Thousands of forms are made of the same lines, and no word goes on in the next one.
    return frozenset(key for key, word in PATTERNS.items() if word.search(line))


@pytest.fixture(scope="module")
def folder(all_forms: tuple[Form, ...], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Each distinct text of each file, in folders that are like projects."""
    return write_forms(all_forms, tmp_path_factory.mktemp("forms"))


def test_every_option_has_words_to_search_for() -> None:
    assert questions.VALUES.keys() <= WORDS.keys()


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_each_line_that_a_piece_may_have_stands_in_a_file_that_is_looked_at(
    all_forms: tuple[Form, ...], framework: str
) -> None:
    texts = {form.text for form in all_forms if ("framework", framework) in form.answers}
    looked_at = frozenset().union(*map(str.splitlines, texts))
    for part, piece in pieces(framework):
        for answers, lines in each_way(partial(lines_of, piece), {"framework": framework}):
            missing = lines - looked_at
            assert not missing or not may_have(part, answers), f"{piece}, {answers}: {missing}"


def pieces(framework: str) -> Iterator[tuple[str, str]]:
    """Each part that projects of a framework may have, with each of its pieces."""
    for part in sorted({part for row in covering(3) for part in row.parts}):
        for piece in TEMPLATES.glob(f"includes/{part}/*.*"):
            if not any(piece.name.startswith(f"{other}-") for other in {*FRAMEWORKS} - {framework}):
                yield part, piece.relative_to(REPOSITORY).as_posix()


def lines_of(piece: str, answers: Answers) -> set[str]:
    """The lines that a piece becomes."""
    text = questions.environment().get_template(piece).render(_answers=answers)
    return set(text.splitlines())


def may_have(part: str, answers: Answers) -> bool:
    """Whether some project with these answers has the part."""
    return any(part in parts for _, parts in each_way(partial(questions.answer, "parts"), answers))


def test_no_file_shows_that_it_was_rendered(all_forms: tuple[Form, ...]) -> None:
    for form in all_forms:
        if form.path not in RELEASED:
            folder, tags = OF_PAGES
            assert not SCARS.search(form.text), form
            assert not (tags if form.path.startswith(folder) else TAGS).search(form.text), form


def test_no_file_names_what_was_not_chosen(all_forms: tuple[Form, ...]) -> None:
    for form in all_forms:
        if form.path in RELEASED:
            continue
        for name, value in named_in(form.text):
            values = {value for _, value in each_way(fact(name), dict(form.answers))}
            found = PATTERNS[name, value].search(form.text)
            assert value not in values, f"{form}: {found}, but {name} may be {value}"


def test_a_word_is_found_where_it_stands() -> None:
    assert named_in("One.\nTwo: Redis\n") == {("redis", False)}
    assert named_in("One.\nTwo.\n") == set()


@pytest.mark.parametrize("suffix", PARSE)
def test_every_form_parses(all_forms: tuple[Form, ...], suffix: str) -> None:
    texts = {form.text: form for form in all_forms if Path(form.path).suffix == suffix}
    assert texts
    for text, form in texts.items():
        try:
            PARSE[suffix](text)
        except (SyntaxError, TemplateSyntaxError, ValueError, yaml.YAMLError) as error:
            pytest.fail(f"{form}: {error}")


def test_no_compose_file_has_an_environment_with_nothing_in_it(all_forms: tuple[Form, ...]) -> None:
    texts = {form.text for form in all_forms if form.path == "compose.yaml"}
    assert texts
    for text in texts:
        assert yaml.safe_load(text)["x-app"].get("environment", "left out"), text


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]], ids=lambda c: c[0])
def test_ruff_finds_nothing_to_change_in_any_form(folder: Path, command: list[str]) -> None:
    # The rules of a project. Its own folders are beside a project's other ones, and here they are not.
    rules = ("--config", "1/pyproject.toml", "--no-cache")
    own = ("--config", 'lint.isort.known-first-party = ["app", "migrations", "tests"]')
    done = subprocess.run(  # noqa: S603 - ruff itself
        [sys.executable, "-m", "ruff", *command, *rules, *own, "."],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
