"""The command that makes the same project again. No I/O."""

import shlex

from scaffold.new.plan import NewRequest
from scaffold.template.flags import answer_options
from scaffold.template.questions import Answers
from scaffold.template.template import Template


def destination(request: NewRequest) -> str:
    """DEST as a command can take it."""
    return f"./{request.dest}" if request.dest.startswith("-") else request.dest


def reproducing_command(request: NewRequest, template: Template, answers: Answers) -> str:
    """The one command that reproduces this run."""
    words = ["scaffold", "new", destination(request), "--yes", *answer_options(template, answers)]
    for flag, on in (
        ("--no-git", not request.git),
        ("--no-install", not request.install),
        ("--check", request.check),
    ):
        if on:
            words.append(flag)
    return shlex.join(words)
