"""Every text that a template file becomes, whatever the answers are."""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tests.support import questions
from tests.support.combinations import covering
from tests.support.questions import REPOSITORY, Answers, Offered, Value

TEMPLATES = REPOSITORY / "templates"
SHARED = TEMPLATES / "shared"
# Stubs stand for the shared files, and Copier writes the answers; the model is no text.
RESOURCE_FOLDER = "# {% yield resource from resource_facts %}{{ resource.name }}# {% endyield %}"
# A file that is put together of a piece for each part of a project, such as README.md.
COMPOSED = re.compile(r"# \{% for \w+ in [^%]*\b(parts|features|servers)\b")
EVERY_FORM = bool(os.environ.get("SCAFFOLD_EVERY_FORM"))
NO_TEMPLATES = ("*{% yield *", "*_copier_conf*", "*.onnx", "*.pyc", "**/.*_cache/**")


@dataclass(frozen=True)
class Form:
    """A file of a project: its path there and in the template, the answers that decide on it, and its text."""

    path: str
    template: str
    answers: tuple[tuple[str, Value], ...]
    text: str

    def __str__(self) -> str:
        told = ", ".join(f"{name}={value}" for name, value in self.answers)
        return f"{self.path} ({told})"


def template_files(framework: str) -> list[Path]:
    """The text files of a framework's template, with those that both share."""
    return sorted(
        path
        for root in (TEMPLATES / framework, SHARED)
        for path in root.rglob("*")
        if path.is_file() and not any(path.match(pattern) for pattern in NO_TEMPLATES)
    )


def path_in_project(template: Path) -> str:
    """Where a project has the file; what each resource has is named after a resource `resource`."""
    _, _, path = template.relative_to(TEMPLATES).as_posix().partition("/")
    return path.replace(RESOURCE_FOLDER, "resource").removesuffix(".jinja")


def instances(path: str, answers: Answers) -> list[tuple[str, dict[str, object]]]:
    """The files that a project has of this one, and what the text of each sees beside the answers."""
    if path.startswith("app/resource/") or path == "tests/test_resource.py":
        return [
            (path.replace("resource", resource["name"]), {"resource": resource})
            for resource in questions.answer("resource_facts", answers)
        ]
    if path == "migrations/versions/resource.py":
        return [
            (path.replace("resource", migration["file"]), {"migration": migration})
            for migration in questions.answer("resource_migrations", answers)["steps"]
        ]
    return [(path, {})]


def forms_of(
    framework: str, template: Path, offered: Offered = questions.possible
) -> Iterator[Form]:
    """The forms of a file: one for each set of values of the answers that it reads."""
    path = path_in_project(template)
    source = template.relative_to(REPOSITORY).as_posix()

    def texts(answers: Answers) -> list[tuple[str, str]]:
        if questions.is_left_out(path, answers):
            return []
        return [(place, text(answers, seen)) for place, seen in instances(path, answers)]

    def text(answers: Answers, seen: dict[str, object]) -> str:
        if template.suffix != ".jinja":
            return template.read_text()
        return questions.environment().get_template(source).render(seen, _answers=answers)

    for answers, rendered in questions.each_way(texts, {"framework": framework}, offered):
        for place, form in rendered:
            yield Form(place, path, tuple(answers.items()), form)


def is_composed(template: Path) -> bool:
    """Whether a file has a piece of each part of a project."""
    return template.suffix == ".jinja" and bool(COMPOSED.search(template.read_text()))


def chosen_forms_of(framework: str, template: Path) -> Iterator[Form]:
    """The forms of a file that are looked at: all, but of a composed one those where any three answers meet.

    Each option doubles the forms of a composed file. The night looks at all of them.
    """
    if EVERY_FORM or not is_composed(template):
        yield from forms_of(framework, template)
        return
    seen = set()
    for row in covering(3):
        # Those of the other framework as well, so that any three answers meet in each of them.
        given = {**dict(row.given), "framework": framework}
        if questions.feasible(given):
            for form in forms_of(framework, template, of_project(given)):
                if form.answers not in seen:
                    seen.add(form.answers)
                    yield form


def of_project(given: Answers) -> Offered:
    """What can be answered where these answers are given."""
    return lambda name, answers: (
        [given[name]] if name in given else questions.possible(name, answers)
    )


def forms_for(answers: Answers) -> Iterator[Form]:
    """The forms that a project with these answers consists of."""
    framework = str(answers["framework"])
    for template in template_files(framework):
        yield from forms_of(framework, template, of_project(answers))


def forms_at(path: str, framework: str) -> Iterator[Form]:
    """The forms of the file that a framework's projects have at this path."""
    for template in template_files(framework):
        if path_in_project(template) == path:
            yield from chosen_forms_of(framework, template)


def all_forms() -> Iterator[Form]:
    """The chosen forms of every file; where several answers make the same text, all of them with one object."""
    texts: dict[str, str] = {}
    for framework in map(str, questions.VALUES["framework"]):
        for template in template_files(framework):
            for form in chosen_forms_of(framework, template):
                yield replace(form, text=texts.setdefault(form.text, form.text))


def write_forms(forms: Iterable[Form], folder: Path) -> Path:
    """Write each distinct text of each file once: the second text of `app/main.py` to `2/app/main.py`."""
    texts: dict[str, set[str]] = {}
    for form in forms:
        known = texts.setdefault(form.path, set())
        if form.text not in known:
            known.add(form.text)
            file = folder / str(len(known)) / form.path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(form.text)
    return folder
