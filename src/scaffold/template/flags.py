"""The options of the command line that answer a template's questions. No I/O."""

from scaffold.template import resources
from scaffold.template.questions import Answers, answer_text, json_text
from scaffold.template.template import Template

# The options that `new` and `compare` have of their own.
OWN_OPTIONS = frozenset(
    (
        "check",
        "data",
        "data-file",
        "debug",
        "dry-run",
        "help",
        "html",
        "json",
        "migrated",
        "no-git",
        "no-install",
        "no-items",
        "quick",
        "ref",
        "resource",
        "template",
        "yes",
    )
)


def flag(question: str) -> str | None:
    """The option that answers a question; none where the commands have one of that name."""
    word = "name" if question == "project_name" else question.replace("_", "-")
    # `new` has `--resource` in place of a document in YAML.
    taken = question in ("name", resources.QUESTION) or not OWN_OPTIONS.isdisjoint(
        (word, f"no-{word}")
    )
    if taken or word.startswith("no-") or not question.isidentifier():
        return None
    return f"--{word}"


def flag_of(question: str) -> str:
    """How an answer to this question is given on the command line."""
    return flag(question) or f"--data {question}=…"


def answer_options(template: Template, answers: Answers) -> list[str]:
    """The options that give these answers to this version of the template."""
    words = []
    for name, value in answers.items():
        question, option = template.questions[name], flag(name)
        made = (
            resources.resource_options(answers, template.questions)
            if name == resources.QUESTION
            else None
        )
        text = json_text(value) if question.type in ("yaml", "json") else answer_text(value)
        if made is not None:
            words += made
        elif option and question.is_switch:
            words.append(option if value else option.replace("--", "--no-", 1))
        elif option:
            words += [option, text]
        else:
            words += ["--data", f"{name}={text}"]
    if template.given:
        words += ["--template", template.given]
    return [*words, "--ref", template.version]
