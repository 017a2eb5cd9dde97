"""Copier renders one version of a template, and its errors are told in our words."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scaffold.errors import InvalidAnswer, ScaffoldError, UsageError
from scaffold.template import render
from scaffold.template.questions import Question
from scaffold.template.template import Template
from tests.cli.conftest import Repository, make_repository
from tests.unit.conftest import template_at

QUESTIONS = {
    name: Question(name, "str") for name in ("project_name", "framework", "database", "auth")
}


@pytest.fixture
def template(released: Repository) -> Template:
    return template_at(released, "v1.0.0", **QUESTIONS)


def rendered(folder: Path, copier_yml: str, **files: str) -> render.Rendering:
    """What becomes of a template of its own."""
    content = {name.replace("__", "/").replace("_jinja", ".jinja"): t for name, t in files.items()}
    repository = make_repository(folder / "t", {"copier.yml": copier_yml, "a.txt": "a", **content})
    return render.render(template_at(repository), folder / "out", {}, {})


def test_what_is_not_given_takes_a_default(template: Template, tmp_path: Path) -> None:
    made = render.render(template, tmp_path / "api", {"framework": "flask"}, {"project_name": "x"})
    assert made.answers == {"project_name": "x", "framework": "flask", "database": "none"}
    assert made.hidden == {"auth", "secret_settings"}
    assert made.facts["secret_settings"] == []
    assert made.generate_once == {"once.txt"}
    assert (tmp_path / "api" / "README.md").read_text() == "# x\n\nMade with flask.\n\nEnd.\n"


def test_it_is_the_version_of_the_template_and_not_its_work_tree(
    template: Template, tmp_path: Path
) -> None:
    render.render(template, tmp_path / "api", {}, {})
    assert (tmp_path / "api" / "app" / "main.py").read_text().endswith("five\n")
    assert not (tmp_path / "api" / "app" / "new.py").exists()
    recorded = (tmp_path / "api" / ".copier-answers.yml").read_text()
    assert f"_src_path: {template.src_path}\n" in recorded
    assert "_commit: v1.0.0\n" in recorded


def test_secrets_follow_from_the_answers(template: Template, tmp_path: Path) -> None:
    made = render.render(template, tmp_path / "api", {"database": "sqlite", "auth": "jwt"}, {})
    assert made.facts["secret_settings"] == ["JWT_SECRET"]
    assert made.answers["auth"] == "jwt"


def test_resolving_writes_nothing(template: Template, tmp_path: Path) -> None:
    made = render.resolve(template, "unwritten", {"database": "sqlite"}, {})
    assert made.answers["auth"] == "none"
    assert made.generate_once == frozenset()
    assert not (template.workspace / "unwritten").exists()


def test_a_rule_that_refuses_an_answer_names_the_question(
    template: Template, tmp_path: Path
) -> None:
    with pytest.raises(InvalidAnswer) as caught:
        render.render(template, tmp_path / "api", {"project_name": "a b"}, {})
    assert (caught.value.question, caught.value.message) == ("project_name", "Use no spaces.")
    with pytest.raises(InvalidAnswer) as caught:
        render.render(template, tmp_path / "api", {"framework": "django"}, {})
    assert caught.value.question == "framework"


@pytest.mark.parametrize(
    ("copier_yml", "files", "kind", "message"),
    [
        ("a: {type: str}", {}, UsageError, "a has no default"),
        ("_tasks: [echo]", {}, ScaffoldError, "the template wants to run code of its own (tasks)"),
        (
            "_jinja_extensions: [os.x]",
            {},
            ScaffoldError,
            "the template wants to run code of its own (jinja_extensions)",
        ),
        ("", {"x_jinja": "{{ 1"}, ScaffoldError, "cannot render the template: unexpected end"),
        ("", {"x_jinja": "{{ a.b.c }}"}, ScaffoldError, "cannot render the template: 'a' is undef"),
        ("a: {default: 1, type: nonsense}", {}, ScaffoldError, "cannot render the template: "),
        ("_min_copier_version: '999.0'", {}, ScaffoldError, "cannot render the template: "),
        ("_subdirectory: 3", {}, ScaffoldError, "cannot render the template: "),
    ],
)
def test_a_template_that_cannot_be_rendered_is_one_line(
    tmp_path: Path,
    copier_yml: str,
    files: dict[str, str],
    kind: type[ScaffoldError],
    message: str,
) -> None:
    with pytest.raises(ScaffoldError) as caught:
        rendered(tmp_path, f"{copier_yml}\n", **files)
    assert type(caught.value) is kind
    assert caught.value.message.startswith(message)
    assert "\n" not in caught.value.message


def test_a_repository_that_is_gone_is_told(template: Template, tmp_path: Path) -> None:
    gone = Template(**{**vars(template), "repository": tmp_path / "gone"})
    with pytest.raises(ScaffoldError, match="cannot read the template: fatal: "):
        render.render(gone, tmp_path / "api", {}, {})


def test_a_place_that_cannot_be_written_to_is_told(template: Template, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ScaffoldError, match="cannot render the project: "):
        render.render(template, tmp_path / "file" / "api", {}, {})


def test_only_what_the_template_may_ask_is_an_answer(template: Template, tmp_path: Path) -> None:
    narrow = Template(**{**vars(template), "questions": {"framework": QUESTIONS["framework"]}})
    assert render.resolve(narrow, "x", {}, {}).answers == {"framework": "fastapi"}


def test_nothing_is_left_in_copiers_own_cache(template: Template, tmp_path: Path) -> None:
    render.render(template, tmp_path / "api", {}, {})
    assert Path(os.environ["COPIER_CACHE_DIR"]).is_relative_to(template.workspace)


def test_a_program_does_not_end_in_the_middle_of_the_import_of_copier(tmp_path: Path) -> None:
    done = tmp_path / "done"
    (tmp_path / "copier.py").write_text(
        "import pathlib, threading, time\n"
        "threading.main_thread().join()\n"
        "time.sleep(0.2)  # a program that does not wait is over by then\n"
        f"pathlib.Path({str(done)!r}).touch()\n"
    )
    program = "from scaffold.template import render; render.preload_copier()"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    subprocess.run([sys.executable, "-c", program], env=environment, check=True)  # noqa: S603
    assert done.exists()
